import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {findingOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {usualSettings} from '../../domain/memory/plan-samples.ts';
import {planOf} from '../../support/plan-of.ts';
import {gpuSample} from '../snapshot/observed.ts';
import type {FindingBench} from './finding-bench.ts';
import {type FindingRow, timePasses} from './finding-row.ts';

const plan = planOf(usualSettings, '8xH200');
const {totalBytes, outsideBytes, reserveBytes} = plan.perGpu;

/** What is in use of one GPU, every second from now on. */
function fill(bench: FindingBench, usedBytes: (second: number) => number): void {
  const from = bench.second;
  bench.deliver = (second) => {
    const gpus = [gpuSample(0, {memoryUsedBytes: usedBytes(second - from)})];
    bench.observe({
      type: 'gpus',
      event: {type: 'frame', frame: {stamp: bench.now, gpus, expectedCount: 1, missingIndexes: []}},
    });
  };
}

/** So much more than planned, and than the reserve. */
function useBeyond(bench: FindingBench, gib: number): void {
  fill(bench, () => totalBytes + outsideBytes + reserveBytes + gib * BYTES_PER_GIB);
  bench.pass(1);
}

/** A run that grows by 5 GiB, and ends with this failure in its log. */
function growUntil(bench: FindingBench, code: string): void {
  bench.serve();
  fill(bench, (second) => (100 + second / 180) * BYTES_PER_GIB);
  bench.pass(900);
  bench.post({type: 'log-failure', runId: bench.runId, finding: findingOf(code)});
  bench.exit(1);
  bench.deliver = () => undefined;
}

/** Findings about the GPU memory of a serving engine. */
export const memoryRows: readonly FindingRow[] = [
  {
    shown: ['gpu.memory-beyond-plan'],
    codes: ['gpu.memory-beyond-plan'],
    raisedBy:
      'a serving engine that uses more than `findings.memoryBeyondPlanGib` beyond the planned GPU memory; a warning once less than that is free',
    endedBy:
      'use of at most 80 % of that; growth, which is reported instead (`gpu.memory-growing`); the end of the run',
    raise: (bench) => {
      bench.plan = plan;
      bench.serve(usualSettings);
      useBeyond(bench, 1.5);
    },
    keeps: {
      'GPUs that are not read': (bench) => {
        bench.deliver = () => undefined;
        bench.pass(60);
      },
      'use just below the threshold': (bench) => useBeyond(bench, 0.9),
    },
    ends: {
      'clearly less use': (bench) => useBeyond(bench, 0.7),
      'a stop': (bench) => bench.stop(),
      'a crash': (bench) => bench.exit(1),
    },
  },
  {
    shown: ['gpu.memory-grew'],
    codes: ['gpu.memory-grew'],
    raisedBy:
      'an engine that ran out of GPU memory after it had used at least `findings.memoryGrewGib` more than at its start, without other programs and beyond the reserve of the plan',
    endedBy: 'with the crash: a run that served for `restart.stableMinutes`; a stop; a start with other settings',
    raise: (bench) => growUntil(bench, 'vllm.out-of-memory'),
    keeps: {
      'time passing': timePasses,
      'the next run, which serves': (bench) => {
        bench.passTimer('back-off');
        bench.launch();
        bench.becomeReady();
        bench.pass(300);
      },
    },
    ends: {
      'a run that served for the time': (bench) => {
        bench.passTimer('back-off');
        bench.launch();
        bench.becomeReady();
        bench.passTimer('stable');
      },
      'a later crash for another reason': (bench) => {
        bench.passTimer('back-off');
        bench.launch();
        bench.becomeReady();
        bench.pass(60);
        bench.post({type: 'log-failure', runId: bench.runId, finding: findingOf('vllm.out-of-memory')});
        bench.exit(1);
      },
      'a start with other settings': (bench) => bench.serve(settingsOf(65_536)),
    },
  },
];
