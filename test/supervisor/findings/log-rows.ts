import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import type {LogLine} from '../../../src/samples/log-line.ts';
import {createLogReader} from '../../../src/supervisor/watch/log-reader.ts';
import type {RunSinks} from '../../../src/supervisor/watch/watched-run.ts';
import {findingOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {catalogCodes} from './engine-codes.ts';
import type {FindingBench} from './finding-bench.ts';
import {type FindingRow, timePasses} from './finding-row.ts';

const other = settingsOf(65_536);

/** Written by vLLM 0.28; the other failures take the same way. */
const memoryTaken =
  'ValueError: Free memory on device cuda:0 (60.11/139.80 GiB) on startup is less than desired GPU memory utilization (0.9, 125.82 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.';

/** A line of this run's log that has this finding: a failure, or a notice. */
function logFailure(bench: FindingBench, code: string): void {
  if (code === 'vllm.memory-taken') {
    readVllmLines(bench, memoryTaken);
    return;
  }
  bench.post({type: 'log-failure', runId: bench.runId, finding: findingOf(code)});
}

function logNotice(bench: FindingBench, code: string, isLasting = false): void {
  bench.observe({type: 'log-notice', finding: findingOf(code, 'warning'), isLasting});
}

/** Lines as vLLM writes them. */
function readVllmLines(bench: FindingBench, ...texts: readonly string[]): void {
  const sinks: RunSinks = {post: (event) => bench.post(event), observe: (observation) => bench.observe(observation)};
  const read = createLogReader(bench.runId, vllm, {monotonicMs: () => bench.now.monotonicMs}, sinks);
  read(texts.map((text, index): LogLine => ({number: index + 1, offsetBytes: 0, text})));
}

const unreadable: Finding = findingOf('source.log.unreadable', 'warning');

const endOfRun: FindingRow['ends'] = {
  'a stop': (bench) => bench.stop(),
  'another run': (bench) => {
    bench.post({type: 'restart-requested', settings: other, drainMs: 0, force: false});
    bench.exit(0);
    bench.launch();
  },
};

export const logRows: readonly FindingRow[] = [
  {
    shown: ['host.out-of-memory', 'host.xid', '`vllm.*`, `sglang.*`, `llamacpp.*` as failures'],
    codes: ['host.out-of-memory', 'host.xid', ...catalogCodes(({severity}) => severity === undefined)],
    raisedBy:
      'a line of the log before an exit, or of the kernel log after it; `host.xid` of a GPU that works is a warning for an hour',
    endedBy: 'the next start; a stop',
    raise: (bench, code) => {
      bench.stayDown();
      bench.start();
      logFailure(bench, code);
      bench.exit(1);
    },
    keeps: {
      'time passing': timePasses,
      'a policy that restarts from now on': (bench) => {
        bench.setRestarts(true);
      },
    },
    ends: {'the next start': (bench) => bench.start(other), 'a stop': (bench) => bench.stop()},
  },
  {
    shown: ['`vllm.*`, `sglang.*`, `llamacpp.*` as notices'],
    codes: catalogCodes(({severity, isLasting}) => severity !== undefined && isLasting === undefined),
    raisedBy: 'a line of the log',
    endedBy: '`findings.noticeMinutes` without such a line; the end of the run',
    raise: (bench, code) => {
      bench.serve();
      logNotice(bench, code);
    },
    keeps: {
      'the line again': (bench, code) => {
        bench.pass(200);
        logNotice(bench, code);
        bench.pass(200);
      },
    },
    ends: {'the time without it': (bench) => void bench.pass(301), ...endOfRun},
  },
  {
    shown: ['the same, as properties of the run', 'source.log.start-unread'],
    codes: [
      'llamacpp.layers-on-cpu',
      'llamacpp.no-latent-tensors',
      'sglang.kv-cache-smaller-than-context',
      'source.log.start-unread',
      ...catalogCodes(({severity, isLasting}) => severity !== undefined && isLasting === true),
    ],
    raisedBy: 'a line of the log; a beginning of the log that cannot be read',
    endedBy: 'the end of the run',
    raise: (bench, code) => {
      bench.serve();
      logNotice(bench, code, true);
    },
    keeps: {
      'time passing': (bench) => void bench.pass(3_600),
      'a log that can be read again': (bench) =>
        bench.observe({type: 'log-trouble', finding: unreadable}, {type: 'log-trouble', finding: null}),
    },
    ends: endOfRun,
  },
  {
    shown: ['source.log.unreadable'],
    codes: ['source.log.unreadable'],
    raisedBy: 'a log that cannot be read',
    endedBy: 'a log that can be read; the end of the run',
    raise: (bench) => {
      bench.serve();
      bench.observe({type: 'log-trouble', finding: unreadable});
    },
    keeps: {'time passing': timePasses},
    ends: {'a log that can be read': (bench) => bench.observe({type: 'log-trouble', finding: null}), ...endOfRun},
  },
  {
    shown: ['source.log.flood', 'supervisor.log-not-rotated'],
    codes: ['source.log.flood', 'supervisor.log-not-rotated'],
    raisedBy: 'log lines that were skipped, or a rotation that failed',
    endedBy: '`findings.noticeMinutes` without another; the end of the run',
    raise: (bench, code) => {
      bench.serve();
      logNotice(bench, code);
    },
    keeps: {'time passing': timePasses},
    ends: {'the time without it': (bench) => void bench.pass(301), ...endOfRun},
  },
];
