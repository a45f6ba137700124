import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {ModelOnDisk} from '../../../src/domain/memory/model/checkpoint.ts';
import {findKnownModel} from '../../../src/domain/memory/model/known-models.ts';
import {planOutcome} from '../../../src/domain/memory/plan/plan-outcome.ts';
import type {LaunchSettings} from '../../../src/domain/settings/launch-settings.ts';
import {vllmMemory} from '../../../src/engines/vllm/memory.ts';
import {err, ok, type Result} from '../../../src/shared/result.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../../src/shared/units.ts';
import type {JudgementWorld} from '../../../src/supervisor/launch/world/judgement-world.ts';
import {awaitCards} from '../../../src/supervisor/launch/world/observed-cards.ts';
import {createObserver} from '../../../src/supervisor/snapshot/observer.ts';
import {planOf} from '../../support/plan-of.ts';
import {configured, fakeWorld, idleCards, installed, inventoryOf, notInstalled} from './fake-world.ts';

/** The process of an engine that serves with the configured settings. */
export const OWN_PID = 41;

/** Whether an engine serves when somebody is asked. */
export type Present = 'none' | 'serving';

/** One world, and what everybody must say of a start in it. */
export type Row = {
  readonly name: string;
  readonly settings?: Partial<LaunchSettings>;
  readonly force?: boolean;
  /** Called for each asker: a world may change while it is asked. */
  readonly world?: () => Partial<JudgementWorld>;
  /** Only asked with this engine there; by default with each asker's own. */
  readonly engine?: Present;
  readonly verdict: string | null;
  readonly codes: readonly string[];
};

const cards = (change: Partial<Awaited<ReturnType<JudgementWorld['readCards']>>>): Partial<JudgementWorld> => ({
  readCards: () => Promise.resolve({inventory: inventoryOf(8), findings: [], unread: null, ...change}),
});
const model = (found: Result<ModelOnDisk | null, {code: string; message: string; remedy: string}>) => ({
  lookUpModel: () => Promise.resolve(found),
});
const installation = (version: string) => ({
  findInstallation: () => Promise.resolve(ok({...installed, version})),
});
const host = (change: Partial<Awaited<ReturnType<JudgementWorld['readHostFacts']>>>): Partial<JudgementWorld> => ({
  readHostFacts: async (places) => ({...(await fakeWorld().readHostFacts(places)), ...change}),
});
const port = (code: string) => ({
  findPortProblem: () => Promise.resolve({code, holder: {pid: 77, command: 'nginx'}}),
});

function critical(code: string): Finding {
  return {code, severity: 'critical', message: `${code}.`, evidence: null, remedy: 'Look.', settingsChange: null};
}

/** What every card has in use by a process of this pid, GiB. */
function busyCards(usedGib: number, pid: number) {
  const usedBytes = usedGib * BYTES_PER_GIB;
  const gpus = idleCards(8).map((gpu) => ({
    ...gpu,
    memoryUsedBytes: usedBytes,
    memoryFreeBytes: Number(gpu.memoryTotalBytes) - usedBytes,
  }));
  return inventoryOf(8, {
    gpus,
    processes: gpus.map(({uuid}) => ({pid, name: 'python', usedBytes, gpuUuid: uuid})),
  });
}

function modelAt(path: string, change: Partial<ModelOnDisk> = {}): ModelOnDisk {
  const known = findKnownModel('moonshotai/Kimi-K2.7-Code');
  if (known === undefined) throw new Error('the model is in the catalog');
  return {
    path,
    kind: 'safetensors',
    architecture: known.architecture,
    quantization: null,
    format: 'int4',
    tensorBytes: 595e9,
    bytesByPart: {'routed-experts': 570e9},
    otherBytes: 25e9,
    fileCount: 64,
    missingFiles: [],
    notes: [],
    ...change,
  };
}

/** A supervisor whose source yields the cards after some looks; never, for infinity. */
function freshSupervisor(looks: number): Partial<JudgementWorld> {
  let nowMs = 0;
  let left = looks;
  const clock = {nowMs: () => nowMs, monotonicMs: () => nowMs};
  const observer = createObserver(clock);
  const pause = (durationMs: number): Promise<void> => {
    nowMs += durationMs;
    left -= 1;
    if (left === 0) observer.observe({type: 'gpus', event: {type: 'inventory', inventory: inventoryOf(8)}});
    return Promise.resolve();
  };
  return {readCards: () => awaitCards(observer.get, {...clock, pause})};
}

/** A start that was seen to need far more than the plan's defaults say. */
function taught(): Partial<JudgementWorld> {
  const outcome = planOutcome({
    runId: 'run-1',
    atMs: 1,
    plan: planOf(configured, '8xH200', '0.28.0'),
    engine: vllmMemory,
    engineVersion: '0.28.0',
    facts: {kvCachePoolBytesPerGpu: BYTES_PER_GIB},
    usedBytes: null,
    isOfFailedStart: true,
  });
  return {outcomes: () => (outcome === null ? [] : [outcome])};
}

const tooBig = {tensorParallelSize: 2};
const gguf = {engine: 'llamacpp', model: 'unsloth/Kimi-K2.7-Code-GGUF', format: 'UD-Q4_K_XL'};
const path = '/models/kimi';
const problem = (code: string) => err({code, message: `${code}.`, remedy: 'Download it again.'});

/** What must be said in each world. */
export const rows: readonly Row[] = [
  {name: 'it fits', verdict: 'fits', codes: []},
  {name: 'it is tight', settings: {memoryFraction: 0.68}, verdict: 'tight', codes: []},
  {name: 'it is too big', settings: tooBig, verdict: 'does-not-fit', codes: ['preflight.does-not-fit']},
  {name: 'it is too big, and forced', settings: tooBig, force: true, verdict: 'does-not-fit', codes: []},
  {
    name: 'a context exceeds the model',
    settings: {contextLengthTokens: 524_288},
    verdict: 'does-not-fit',
    codes: ['preflight.does-not-fit'],
  },
  {
    name: 'a context that no agent can use',
    settings: {contextLengthTokens: 5},
    verdict: 'does-not-fit',
    codes: ['preflight.does-not-fit'],
  },
  {
    name: 'a context that no agent can use, and forced',
    settings: {contextLengthTokens: 5},
    force: true,
    verdict: 'does-not-fit',
    codes: [],
  },
  {name: 'the shortest context', settings: {contextLengthTokens: 1_024}, verdict: 'fits', codes: []},
  {
    name: 'a memory fraction that leaves no room for graphs',
    settings: {memoryFraction: 0.99},
    verdict: 'tight',
    codes: [],
  },
  {
    name: 'a memory fraction that leaves no room for CUDA',
    settings: {memoryFraction: 1},
    verdict: 'does-not-fit',
    codes: ['preflight.does-not-fit'],
  },
  {
    name: 'a static fraction of SGLang that leaves no room for activations',
    settings: {engine: 'sglang', memoryFraction: 0.99},
    verdict: 'tight',
    codes: [],
  },
  {
    name: 'a memory fraction that an engine ignores',
    settings: {...gguf, memoryFraction: 0.99},
    verdict: 'fits',
    codes: [],
  },
  {
    name: 'a context that no agent can use, of an engine that allocates it',
    settings: {...gguf, contextLengthTokens: 5},
    verdict: 'does-not-fit',
    codes: ['preflight.does-not-fit'],
  },
  {name: 'cards that are read a moment later', world: () => freshSupervisor(40), verdict: 'fits', codes: []},
  {
    name: 'it is too big, on cards that are read a moment later',
    settings: tooBig,
    world: () => freshSupervisor(40),
    verdict: 'does-not-fit',
    codes: ['preflight.does-not-fit'],
  },
  {
    name: 'cards that are never read',
    world: () => freshSupervisor(Number.POSITIVE_INFINITY),
    verdict: null,
    codes: ['preflight.cards-unread'],
  },
  {
    name: 'cards that are never read, and forced',
    force: true,
    world: () => freshSupervisor(Number.POSITIVE_INFINITY),
    verdict: null,
    codes: [],
  },
  {
    name: 'no nvidia-smi at all',
    world: () => cards({inventory: null, findings: [critical('source.nvidia-smi.not-found')]}),
    verdict: null,
    codes: ['source.nvidia-smi.not-found'],
  },
  {
    name: 'too few cards',
    world: () => cards({inventory: inventoryOf(4)}),
    verdict: 'does-not-fit',
    codes: ['preflight.does-not-fit'],
  },
  {
    name: 'a lost card',
    world: () => cards({inventory: inventoryOf(8), findings: [critical('source.nvidia-smi.gpu-lost')]}),
    verdict: 'fits',
    codes: ['source.nvidia-smi.gpu-lost'],
  },
  {
    name: 'somebody else on the cards',
    world: () => cards({inventory: busyCards(90, 99)}),
    verdict: 'fits',
    codes: ['preflight.gpu-memory-taken'],
  },
  {
    name: 'the engine itself on the cards and on its port',
    world: () => ({...cards({inventory: busyCards(120, OWN_PID)}), ...port('EADDRINUSE')}),
    engine: 'serving',
    verdict: 'fits',
    codes: [],
  },
  {
    name: 'the engine itself on the cards, and settings that are too big',
    settings: tooBig,
    world: () => cards({inventory: busyCards(120, OWN_PID)}),
    engine: 'serving',
    verdict: 'does-not-fit',
    codes: ['preflight.does-not-fit'],
  },
  {
    name: 'a stranger beside the engine',
    world: () => cards({inventory: busyCards(90, 99)}),
    engine: 'serving',
    verdict: 'fits',
    codes: ['preflight.gpu-memory-taken'],
  },
  {
    name: 'the model on disk',
    settings: {model: path},
    world: () => model(ok(modelAt(path))),
    verdict: 'fits',
    codes: [],
  },
  {
    name: 'a local model that is not there',
    settings: {model: '/models/none'},
    verdict: null,
    codes: ['preflight.model-not-found'],
  },
  {name: 'a hub model that nobody knows', settings: {model: 'org/none'}, verdict: null, codes: ['preflight.no-plan']},
  {
    name: 'a hub model that nobody knows, and forced',
    settings: {model: 'org/none'},
    force: true,
    verdict: null,
    codes: [],
  },
  {
    name: 'model files cut short',
    settings: {model: path},
    world: () => model(problem('memory.truncated-model-file')),
    verdict: null,
    codes: ['memory.truncated-model-file'],
  },
  {
    name: 'model files missing',
    settings: {model: path},
    world: () => model(ok(modelAt(path, {missingFiles: ['model-00003-of-00064.safetensors']}))),
    verdict: 'fits',
    codes: ['preflight.model-incomplete'],
  },
  {
    name: 'a download of the hub that has begun',
    world: () => model(problem('memory.model-incomplete')),
    verdict: 'fits',
    codes: [],
  },
  {
    name: 'no space for the download',
    world: () => host({modelDisk: {path: '/hub', freeBytes: 100e9}}),
    verdict: 'fits',
    codes: ['preflight.disk-too-small'],
  },
  {
    name: 'no space for a download that is not needed',
    settings: {model: path},
    world: () => ({...host({modelDisk: {path: '/hub', freeBytes: 1}}), ...model(ok(modelAt(path)))}),
    verdict: 'fits',
    codes: [],
  },
  {
    name: 'the shared memory of a container',
    world: () => host({sharedMemoryBytes: 64 * BYTES_PER_MIB}),
    verdict: 'fits',
    codes: ['preflight.shared-memory-small'],
  },
  {
    name: 'it fits by the defaults, and not by what an earlier start taught',
    world: taught,
    verdict: 'does-not-fit',
    codes: ['preflight.does-not-fit'],
  },
  {name: 'another engine', settings: {engine: 'sglang'}, verdict: 'fits', codes: []},
  {
    name: 'an engine that nobody knows, even forced',
    settings: {engine: 'tgi'},
    force: true,
    verdict: null,
    codes: ['preflight.unknown-engine'],
  },
  {
    name: 'an engine that is not installed, even forced',
    force: true,
    world: () => ({findInstallation: () => Promise.resolve(notInstalled)}),
    verdict: 'fits',
    codes: ['engine.not-found'],
  },
  {name: 'an engine that is too old', world: () => installation('0.11.0'), verdict: 'fits', codes: ['vllm.too-old']},
  {
    name: 'an engine that is too old, and forced',
    force: true,
    world: () => installation('0.11.0'),
    verdict: 'fits',
    codes: [],
  },
  {
    name: 'a port that a stranger has, even forced',
    settings: {port: 8443},
    force: true,
    world: () => port('EADDRINUSE'),
    verdict: 'fits',
    codes: ['preflight.port-in-use'],
  },
  {
    name: 'a port that this user may not have',
    settings: {port: 80},
    world: () => port('EACCES'),
    verdict: 'fits',
    codes: ['preflight.port-unusable'],
  },
  {
    name: 'a full state directory, even forced',
    force: true,
    world: () => ({findWriteProblem: () => Promise.resolve('ENOSPC: no space left on device')}),
    verdict: 'fits',
    codes: ['preflight.state-unwritable'],
  },
  {
    name: 'an extra argument that conflicts, even forced',
    settings: {extraArguments: ['--port', '9000']},
    force: true,
    verdict: 'fits',
    codes: ['vllm.argument-conflict'],
  },
  {
    name: 'several things at once',
    settings: {port: 8443},
    world: () => ({
      ...cards({inventory: inventoryOf(8), findings: [critical('source.nvidia-smi.gpu-lost')]}),
      ...port('EADDRINUSE'),
      ...installation('0.11.0'),
    }),
    verdict: 'fits',
    codes: ['source.nvidia-smi.gpu-lost', 'preflight.port-in-use', 'vllm.too-old'],
  },
];
