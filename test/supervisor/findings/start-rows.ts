import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {ModelOnDisk} from '../../../src/domain/memory/model/checkpoint.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {absent} from '../../../src/samples/reading.ts';
import {ok} from '../../../src/shared/result.ts';
import {StartConditions} from '../../../src/supervisor/launch/start-conditions.ts';
import {createObserver} from '../../../src/supervisor/snapshot/observer.ts';
import {otherProgramAnswers} from '../../../src/supervisor/watch/endpoint/answering-program.ts';
import {findingOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {fakeWorld} from '../launch/fake-world.ts';
import {onDisk} from '../launch/model-samples.ts';
import type {FindingBench, ProbeAnswer} from './finding-bench.ts';
import {noAnswer} from './finding-bench.ts';
import {type FindingRow, timePasses} from './finding-row.ts';
import {preflightCodes} from './preflight-codes.ts';

const warning = (code: string): Finding => findingOf(code, 'warning');
const other = settingsOf(65_536);

/** What ends a finding about the answers of a starting engine's port. */
const endsOfAnAnswer: FindingRow['ends'] = {
  'a generated token': (bench) => {
    bench.probe = {type: 'probe-succeeded'};
    bench.pass(1);
  },
  'no answer': (bench) => {
    bench.probe = noAnswer;
    bench.pass(1);
  },
};

const vllm = {engine: 'vllm'} as const;
const sglang = {engine: 'sglang'} as const;
const llamacpp = {engine: 'llamacpp', model: '/srv/model.gguf'} as const;

/** Settings with which the checks of a start find each of these. */
const conflicting: Readonly<Record<string, Partial<LaunchSettings>>> = {
  'vllm.argument-conflict': {...vllm, extraArguments: ['--port', '1']},
  'vllm.endpoint-argument': {...vllm, extraArguments: ['--uds', '/run/engine']},
  'vllm.secret-argument': {...vllm, extraArguments: ['--api-key', 'x']},
  'sglang.argument-conflict': {...sglang, extraArguments: ['--port', '1']},
  'sglang.endpoint-argument': {...sglang, extraArguments: ['--encoder-only']},
  'sglang.secret-argument': {...sglang, extraArguments: ['--api-key', 'x']},
  'sglang.vision-mode': {...sglang, model: 'moonshotai/Kimi-K2.7-Code', visionMode: 'absent'},
  'llamacpp.argument-conflict': {...llamacpp, extraArguments: ['--port', '1']},
  'llamacpp.endpoint-argument': {...llamacpp, extraArguments: ['--api-prefix', '/x']},
  'llamacpp.secret-argument': {...llamacpp, extraArguments: ['--api-key', 'x']},
  'vllm.gguf-not-supported': {...vllm, model: 'unsloth/Kimi-K2.7-Code-GGUF:Q4_K_M'},
  'sglang.gguf-not-supported': {...sglang, model: 'unsloth/Kimi-K2.7-Code-GGUF:Q4_K_M'},
  'llamacpp.model-not-gguf': {...llamacpp, model: 'moonshotai/Kimi-K2.7-Code'},
};

/** A start whose checks found something. */
function startWith(bench: FindingBench, findings: readonly Finding[]): void {
  bench.post({type: 'start-requested', settings: settingsOf(), force: false});
  bench.observe({type: 'preflight', findings});
  bench.launch();
}

/** The checks refused the start. */
function refuse(bench: FindingBench, finding: Finding): void {
  bench.post({type: 'start-requested', settings: settingsOf(), force: false});
  bench.observe({type: 'preflight', findings: [finding]});
  bench.post({type: 'preflight-refused', attempt: bench.lifecycle.internal.attempt, finding});
}

/** The next start, whose checks find nothing. */
function startClean(bench: FindingBench): void {
  bench.start(other);
  bench.observe({type: 'preflight', findings: []});
}

const attention = (code: string) => ({...noAnswer, finding: findingOf(code)});
const broken = (code: string): ProbeAnswer => ({...attention(code), isBrokenOutput: true});

/** Whether the files of a model can be read, by its name. */
function withModelProblem(bench: FindingBench, code: string): {readonly repair: () => void} {
  const {model} = settingsOf();
  const problems = new Map([[model, {code, message: `${code} happened.`, remedy: 'Look.'}]]);
  const clock = {nowMs: () => 0, monotonicMs: () => 0};
  const conditions = new StartConditions({
    knowledge: {
      hasLooked: () => true,
      problemOf: (asked) => problems.get(asked) ?? null,
      onDisk: () => null,
      lookUpModel: () => Promise.resolve(ok(null)),
      noteVersion: () => false,
    },
    world: fakeWorld(),
    observer: createObserver(clock),
    clock,
    settings: () => bench.lifecycle.settings ?? settingsOf(),
    plan: () => absent('nothing planned'),
    onRead: () => undefined,
  });
  bench.modelFinding = () => conditions.modelFinding();
  return {repair: () => void problems.delete(model)};
}

/** A model of which only its configuration is on the disk. */
function withoutWeights(bench: FindingBench): {readonly complete: () => void} {
  const {model} = settingsOf();
  let kind: ModelOnDisk['kind'] = 'config';
  const clock = {nowMs: () => 0, monotonicMs: () => 0};
  const conditions = new StartConditions({
    knowledge: {
      hasLooked: () => true,
      problemOf: () => null,
      onDisk: (asked) => (asked === model ? onDisk('/models/kimi/config.json', {kind}) : null),
      lookUpModel: () => Promise.resolve(ok(null)),
      noteVersion: () => false,
    },
    world: fakeWorld(),
    observer: createObserver(clock),
    clock,
    settings: () => bench.lifecycle.settings ?? settingsOf(),
    plan: () => absent('nothing planned'),
    onRead: () => undefined,
  });
  bench.modelFinding = () => conditions.modelFinding();
  return {
    complete: () => {
      kind = 'safetensors';
    },
  };
}

const notFound = findingOf('source.nvidia-smi.not-found');

export const startRows: readonly FindingRow[] = [
  {
    shown: ['engine.output-collapsed'],
    codes: ['engine.output-collapsed'],
    raisedBy: 'a probe or canary with broken output, twice in a row',
    endedBy: 'valid output; a stop',
    raise: (bench, code) => {
      bench.start();
      bench.probe = broken(code);
      bench.pass(3);
    },
    keeps: {
      'time passing, with the same answer': timePasses,
      'an engine that makes steps': (bench) => bench.post({type: 'progress-resumed', runId: bench.runId}),
      'one unanswered probe': (bench, code) => {
        bench.probe = noAnswer;
        bench.pass(5);
        bench.probe = broken(code);
      },
    },
    ends: {
      'valid output': (bench) => {
        bench.probe = {type: 'probe-succeeded'};
        bench.pass(5);
      },
      'a stop': (bench) => bench.stop(),
    },
  },
  {
    shown: ['engine.generates-nothing'],
    codes: ['engine.generates-nothing'],
    raisedBy: 'a probe without a token: while starting the first one, while serving two in a row',
    endedBy: 'a generated token; a stop',
    raise: (bench, code) => {
      bench.serve();
      bench.probe = attention(code);
      bench.post({type: 'metrics-silent', runId: bench.runId});
      bench.pass(5);
    },
    keeps: {'time passing, with the same answer': timePasses},
    ends: {
      'a generated token': (bench) => {
        bench.probe = {type: 'probe-succeeded'};
        bench.pass(5);
      },
      'a stop': (bench) => bench.stop(),
    },
  },
  {
    shown: ['engine.port-in-use'],
    codes: ['engine.port-in-use'],
    raisedBy: 'an answer to the probe from another program, while the log says that the engine still loads',
    endedBy: 'the next probe with another answer; the exit of the engine; a stop',
    raise: (bench) => {
      bench.start();
      bench.probe = {type: 'probe-failed', ...otherProgramAnswers({host: '127.0.0.1', port: 8000}, null)};
      bench.pass(3);
    },
    // However long it loads, it is not degraded by answers that are not its own.
    keeps: {'time passing, with the same answer': timePasses},
    ends: {
      ...endsOfAnAnswer,
      'the exit of the engine': (bench) => bench.exit(1),
      'a stop': (bench) => bench.stop(),
    },
  },
  {
    shown: ['engine.probe-unauthorized', 'engine.probe-refused', 'engine.probe-not-understood'],
    codes: ['engine.probe-unauthorized', 'engine.probe-refused', 'engine.probe-not-understood'],
    raisedBy: 'an answer to the probe that needs attention',
    endedBy: 'the next probe with another answer; a stop',
    raise: (bench, code) => {
      bench.start();
      bench.probe = attention(code);
      bench.pass(3);
    },
    keeps: {'time passing, with the same answer': timePasses},
    ends: {
      ...endsOfAnAnswer,
      'while serving, no answer: it is reported as not generating': (bench, code) => {
        bench.becomeReady();
        bench.probe = attention(code);
        bench.post({type: 'metrics-silent', runId: bench.runId});
        bench.pass(10);
        if (!bench.has(code)) throw new Error(`${code} is not raised while serving`);
        bench.probe = noAnswer;
        bench.pass(5);
      },
      'a stop': (bench) => bench.stop(),
    },
  },
  {
    shown: ['engine.not-found', 'process.*', '`preflight.*` of a refused start'],
    codes: [
      'engine.not-found',
      'process.cannot-prepare',
      'process.cannot-spawn',
      'process.executable-not-found',
      'process.never-started',
      'process.secret-on-command-line',
      ...preflightCodes,
    ],
    raisedBy: 'a start that is refused or cannot be launched',
    endedBy: 'the next start; a stop',
    raise: (bench, code) => refuse(bench, findingOf(code)),
    keeps: {'time passing': timePasses},
    ends: {'the next start': startClean, 'a stop': (bench) => bench.stop()},
  },
  {
    shown: ['lifecycle.refused-earlier'],
    codes: ['lifecycle.refused-earlier'],
    raisedBy: 'a start that was refused because of the GPUs or nvidia-smi, whose problem has been solved since',
    endedBy: 'the next start; a stop; the problem, which is reported again',
    raise: (bench) => {
      bench.observe({type: 'gpus', event: {type: 'findings', findings: [notFound]}});
      refuse(bench, notFound);
      bench.observe({type: 'gpus', event: {type: 'findings', findings: []}});
      if (bench.has(notFound.code)) throw new Error('the problem has outlived its cause');
    },
    keeps: {'time passing': timePasses},
    ends: {
      'the next start': startClean,
      'a stop': (bench) => bench.stop(),
      'the problem': (bench) => bench.observe({type: 'gpus', event: {type: 'findings', findings: [notFound]}}),
    },
  },
  {
    shown: ['preflight.limit-low', 'preflight.shared-memory-small', 'preflight.disk-low', 'preflight.disk-too-small'],
    codes: ['preflight.limit-low', 'preflight.shared-memory-small', 'preflight.disk-low', 'preflight.disk-too-small'],
    raisedBy: 'the checks of a start',
    endedBy: 'the same check, repeated each minute, when it passes; never by serving',
    raise: (bench, code) => startWith(bench, [warning(code)]),
    keeps: {
      serving: (bench) => {
        bench.becomeReady();
        bench.pass(600);
      },
      'a stop': (bench) => bench.stop(),
      'the same check, which still fails': (bench, code) => bench.observe({type: 'host', findings: [warning(code)]}),
    },
    ends: {
      'the check, when it passes': (bench) => bench.observe({type: 'host', findings: []}),
      'the checks of another start': (bench) => {
        bench.stop();
        startClean(bench);
      },
    },
  },
  {
    shown: ['other `preflight.*`', '`*.too-old`'],
    codes: [
      'preflight.key-guards-partly',
      'preflight.leftovers-ended',
      'preflight.unchecked',
      'vllm.too-old',
      'sglang.too-old',
    ],
    raisedBy: 'the checks of a start',
    endedBy: 'the engine serving, also when it exits later; the next start; a stop',
    raise: (bench, code) => startWith(bench, [warning(code)]),
    keeps: {
      'time passing': timePasses,
      'the failure of the start': (bench) => bench.exit(1),
    },
    ends: {
      serving: (bench) => bench.becomeReady(),
      'serving, and a crash after it': (bench) => {
        bench.becomeReady();
        bench.exit(1);
      },
      'the next start': (bench) => {
        bench.exit(1);
        startClean(bench);
      },
      'a stop': (bench) => bench.stop(),
    },
  },
  {
    shown: [
      '`*.argument-conflict`',
      '`*.endpoint-argument`',
      '`*.secret-argument`',
      '`*.gguf-not-supported`',
      'llamacpp.model-not-gguf',
      'sglang.vision-mode',
    ],
    codes: Object.keys(conflicting),
    raisedBy:
      'the checks of a start, which is refused; a running engine with such arguments, which an earlier version of Gantry started',
    endedBy: 'the end of the run; after a refused start, the next start or a stop',
    raise: (bench, code) => bench.start({...settingsOf(), ...conflicting[code]}),
    keeps: {
      'time passing': timePasses,
      serving: (bench) => {
        bench.becomeReady();
        bench.pass(600);
      },
    },
    ends: {
      'a stop': (bench) => bench.stop(),
      'another start': (bench) => {
        bench.stop();
        bench.serve();
      },
      'a crash': (bench) => {
        bench.becomeReady();
        bench.exit(1);
      },
    },
  },
  {
    shown: ['preflight.no-weights'],
    codes: ['preflight.no-weights'],
    raisedBy: 'a model directory with only its configuration',
    endedBy: 'weights there, read again each time the GPUs are listed; another model; never by serving',
    raise: (bench) => void withoutWeights(bench),
    keeps: {
      serving: (bench) => bench.serve(),
      'a stop': (bench) => {
        bench.serve();
        bench.stop();
      },
    },
    ends: {
      weights: (bench) => withoutWeights(bench).complete(),
      'another model': (bench) => bench.start({...settingsOf(), model: 'org/other'}),
    },
  },
  {
    shown: ['`memory.*` about model files'],
    codes: [
      'memory.broken-config',
      'memory.broken-model-file',
      'memory.download-incomplete',
      'memory.index-differs',
      'memory.missing-first-part',
      'memory.model-incomplete',
      'memory.model-not-found',
      'memory.model-not-readable',
      'memory.no-model-files',
      'memory.several-models',
      'memory.truncated-model-file',
      'memory.unknown-architecture',
      'memory.unknown-quantization',
    ],
    raisedBy: 'files that cannot be read',
    endedBy: 'the files read again, each time the GPUs are listed; another model',
    raise: (bench, code) => void withModelProblem(bench, code),
    keeps: {
      serving: (bench) => bench.serve(),
      'a stop': (bench) => {
        bench.serve();
        bench.stop();
      },
    },
    ends: {
      'the files read again': (bench, code) => withModelProblem(bench, code).repair(),
      'another model': (bench) => bench.start({...settingsOf(), model: 'org/other'}),
    },
  },
];
