import type {MemoryPlan} from '../../../src/domain/memory/plan/memory-plan.ts';
import type {GpuProcessSample} from '../../../src/samples/gpu.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {findingOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {usualSettings} from '../../domain/memory/plan-samples.ts';
import {planOf} from '../../support/plan-of.ts';
import {gpuSample} from '../snapshot/observed.ts';
import type {FindingBench} from './finding-bench.ts';
import type {FindingRow} from './finding-row.ts';

const plan = planOf(usualSettings, '8xH200');
const {perGpu, checkpoint, kvCache, node} = plan;
const other = {...usualSettings, contextLengthTokens: 65_536};

const ENGINE_PID = 41;
const OTHER_PID = 77;

function log(bench: FindingBench, facts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(facts)) {
    bench.post({type: 'log-fact', runId: bench.runId, name, value});
  }
}

/** A start with this plan, whose log has these numbers. */
function startLogging(bench: FindingBench, facts: Readonly<Record<string, number>>): void {
  bench.plan = plan;
  bench.start(usualSettings);
  log(bench, facts);
}

/** What each GPU of the plan holds, of the engine and of another program; without a list in a container. */
function hold(bench: FindingBench, ownBytes: number, otherBytes: number, isListed = true): void {
  const gpus = Array.from({length: node.usedGpuCount}, (_, index) =>
    gpuSample(index, {memoryTotalBytes: perGpu.cudaVisibleBytes, memoryUsedBytes: ownBytes + otherBytes}),
  );
  const held = [
    {pid: ENGINE_PID, usedBytes: ownBytes},
    {pid: OTHER_PID, usedBytes: otherBytes},
  ].filter(({usedBytes}) => usedBytes > 0);
  const processes: GpuProcessSample[] = isListed
    ? gpus.flatMap(({uuid}) => held.map((one) => ({...one, gpuUuid: uuid, name: 'python'})))
    : [];
  bench.deliver = () =>
    bench.observe(
      {type: 'session', pids: new Set(isListed ? [ENGINE_PID] : [])},
      {
        type: 'gpus',
        event: {type: 'frame', frame: {stamp: bench.now, gpus, expectedCount: gpus.length, missingIndexes: []}},
      },
      {type: 'gpus', event: {type: 'processes', stamp: bench.now, processes}},
    );
  bench.pass(1);
}

const inUse = perGpu.cudaVisibleBytes * 0.6;
const weights = perGpu.weightsBytes;
const reducedPool = 20 * BYTES_PER_GIB;
const engineBytes = weights + reducedPool + perGpu.overheadBytes;

/** A run that found most of each GPU in use, and serves next to it with a small KV cache. */
function serveNextToOther(bench: FindingBench, isListed = true): void {
  startLogging(bench, {freeBeforeLoadBytesPerGpu: perGpu.cudaVisibleBytes - inUse, weightsBytesPerGpu: weights});
  log(bench, {kvCachePoolBytesPerGpu: reducedPool});
  hold(bench, engineBytes, inUse, isListed);
  bench.becomeReady();
  bench.pass(20);
}

/** A start with another plan, or another start with this one. */
const endsOfContradiction: FindingRow['ends'] = {
  'a stop': (bench) => bench.stop(),
  'the next start': (bench) => {
    bench.exit(1);
    bench.start(usualSettings);
  },
  'after a failed start, a plan for other settings': (bench) => {
    bench.exit(1);
    bench.plan = planOf(other, '8xH200');
  },
};

/** Each contradiction with the number of the start that shows it. */
const contradictions: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  'plan.checkpoint-differs': {checkpointBytes: checkpoint.bytes / 2},
  'plan.weights-differ': {weightsBytesPerGpu: weights * 2},
  'plan.kv-pool-differs': {kvCachePoolBytesPerGpu: perGpu.kvCachePoolBytes / 3},
  'plan.kv-tokens-differ': {kvCapacityTokens: kvCache.capacityTokens / 3},
};

const fitCodes = [
  'memory.tight',
  'memory.weights-do-not-fit',
  'memory.kv-cache-too-small',
  'memory.checkpoint-incomplete',
  'memory.not-one-pool',
];

const withFindings = (code: string): MemoryPlan => ({...plan, findings: [findingOf(code, 'warning')]});
const usualPlan = (bench: FindingBench): void => {
  bench.plan = {...plan, findings: []};
};

export const planRows: readonly FindingRow[] = [
  {
    shown: Object.keys(contradictions),
    codes: Object.keys(contradictions),
    raisedBy: 'a number of the start that contradicts the plan twofold',
    endedBy: 'the end of the run; after a failed start, the next start or other settings',
    raise: (bench, code) => startLogging(bench, contradictions[code] ?? {}),
    keeps: {
      serving: (bench) => {
        bench.becomeReady();
        bench.pass(600);
      },
      'the failure of the start': (bench) => bench.exit(1),
      'other numbers of the same start': (bench) => log(bench, {graphCaptureSeconds: 12}),
    },
    ends: endsOfContradiction,
  },
  {
    shown: ['plan.gpu-memory-differs'],
    codes: ['plan.gpu-memory-differs'],
    raisedBy: 'a GPU with half or twice the memory that the plan was made for, while an engine runs',
    endedBy: 'the end of the run; a reading with the planned size',
    raise: (bench) => {
      startLogging(bench, {});
      bench.deliver = () =>
        bench.observe({
          type: 'gpus',
          event: {
            type: 'frame',
            frame: {
              stamp: bench.now,
              gpus: [gpuSample(0, {memoryTotalBytes: node.perGpu.nvmlBytes / 2})],
              expectedCount: 1,
              missingIndexes: [],
            },
          },
        });
      bench.pass(1);
    },
    keeps: {serving: (bench) => bench.becomeReady()},
    ends: {
      'a stop': (bench) => bench.stop(),
      'the planned size': (bench) => {
        bench.deliver = () =>
          bench.observe({
            type: 'gpus',
            event: {
              type: 'frame',
              frame: {
                stamp: bench.now,
                gpus: [gpuSample(0, {memoryTotalBytes: node.perGpu.nvmlBytes})],
                expectedCount: 1,
                missingIndexes: [],
              },
            },
          });
        bench.pass(1);
      },
    },
  },
  {
    shown: ['plan.gpus-unused'],
    codes: ['plan.gpus-unused'],
    raisedBy: 'ten seconds in which a serving engine holds half of its plan or less on a GPU, and at least 4 GiB less',
    endedBy: 'a reading with more; the end of the run',
    raise: (bench) => {
      startLogging(bench, {});
      bench.ownPids = new Set([ENGINE_PID]);
      hold(bench, BYTES_PER_GIB, inUse);
      bench.becomeReady();
      bench.pass(12);
    },
    keeps: {
      serving: (bench) => void bench.pass(600),
      'the end of the other program': (bench) => hold(bench, 0, 0),
      'an empty list, as in a container': (bench) => hold(bench, 0, 4 * BYTES_PER_GIB, false),
      'GPUs that are not read': (bench) => {
        bench.deliver = () => undefined;
        bench.pass(60);
      },
    },
    ends: {
      'the memory of the plan': (bench) => hold(bench, perGpu.totalBytes, 0),
      'a stop': (bench) => bench.stop(),
      'an exit': (bench) => bench.exit(1),
    },
  },
  {
    shown: ['plan.gpu-memory-in-use'],
    codes: ['plan.gpu-memory-in-use'],
    raisedBy: 'half of a GPU or more in use before the engine loaded, by the log of the engine',
    endedBy:
      'ten seconds in which no other program holds 4 GiB of any GPU of the plan, then for the whole run; the end of the run; after a failed start, the next start or other settings',
    raise: (bench) => serveNextToOther(bench),
    keeps: {
      'serving on': (bench) => void bench.pass(600),
      'GPUs that are not read': (bench) => {
        bench.deliver = () => undefined;
        bench.pass(60);
      },
      'a list without the engine, as in a container': (bench) => {
        hold(bench, engineBytes, inUse, false);
        bench.pass(60);
      },
      'the exit of the engine, which frees its own memory': (bench) => {
        bench.stayDown();
        bench.exit(1);
        hold(bench, 0, inUse);
        bench.pass(4);
      },
      'one odd reading': (bench) => {
        hold(bench, engineBytes, 0);
        hold(bench, engineBytes, inUse);
        bench.pass(20);
      },
    },
    ends: {
      'the exit of the other program': (bench) => {
        hold(bench, engineBytes, 0);
        bench.pass(12);
      },
      'its exit, in a container': (bench) => {
        hold(bench, engineBytes, 0, false);
        bench.pass(12);
      },
      'its exit, and another program': (bench) => {
        hold(bench, engineBytes, 0);
        bench.pass(12);
        hold(bench, engineBytes, inUse);
      },
      'after a failed start, its exit': (bench) => {
        bench.stayDown();
        bench.exit(1);
        hold(bench, 0, 0);
        bench.pass(12);
      },
      'a stop': (bench) => bench.stop(),
    },
    near: (bench) => {
      let isMore = false;
      const step = (): void => {
        isMore = !isMore;
        hold(bench, engineBytes, (isMore ? 4.1 : 3.9) * BYTES_PER_GIB);
      };
      for (let second = 0; second < 30; second += 1) step();
    },
  },
  {
    shown: ['plan.kv-pool-reduced'],
    codes: ['plan.kv-pool-reduced'],
    raisedBy:
      'the end of `plan.gpu-memory-in-use` while the engine serves with a KV cache that is 4 GiB per GPU smaller than planned',
    endedBy: 'the end of the run',
    raise: (bench) => {
      serveNextToOther(bench);
      if (bench.has('plan.kv-pool-reduced')) throw new Error('the memory is still in use');
      hold(bench, engineBytes, 0);
      bench.pass(12);
    },
    keeps: {
      'serving on': (bench) => void bench.pass(600),
      'another program': (bench) => {
        hold(bench, engineBytes, inUse);
        bench.pass(30);
      },
    },
    ends: {'a stop': (bench) => bench.stop(), 'a crash': (bench) => bench.exit(1)},
  },
  {
    shown: ['plan.overhead-implausible'],
    codes: ['plan.overhead-implausible'],
    raisedBy: 'a start with an impossible overhead',
    endedBy:
      'the end of the run; after a failed start, the next start or other settings; after one that ran out of memory, the next start that is ready',
    raise: (bench) => startLogging(bench, {kvCachePoolBytesPerGpu: perGpu.kvCachePoolBytes - 40 * BYTES_PER_GIB}),
    keeps: {serving: (bench) => bench.becomeReady()},
    ends: endsOfContradiction,
  },
  {
    shown: fitCodes,
    codes: fitCodes,
    raisedBy: 'the plan of the current settings',
    endedBy: 'other settings; the engine serving',
    raise: (bench, code) => {
      bench.plan = withFindings(code);
    },
    keeps: {start: (bench) => bench.start(usualSettings)},
    ends: {'other settings': usualPlan, serving: (bench) => bench.serve(usualSettings)},
  },
  {
    shown: ['other `memory.*` of a plan'],
    codes: [
      'memory.arguments-not-planned',
      'memory.context-above-model',
      'memory.context-too-short',
      'memory.data-parallel-uneven',
      'memory.decode-context-uneven',
      'memory.decode-context-unsupported',
      'memory.format-is-upcast',
      'memory.format-not-published',
      'memory.fp8-cache-unsupported',
      'memory.fraction-too-high',
      'memory.gguf-needs-plugin',
      'memory.pipeline-too-deep',
      'memory.sparse-attention-unsupported',
      'memory.tensor-parallel-uneven',
      'memory.too-few-cards',
      'memory.unified',
      'memory.weights-expanded',
    ],
    raisedBy: 'the plan of the current settings',
    endedBy: 'other settings; repaired files',
    raise: (bench, code) => {
      bench.plan = withFindings(code);
    },
    keeps: {
      serving: (bench) => bench.serve(usualSettings),
      'a stop': (bench) => {
        bench.serve(usualSettings);
        bench.stop();
      },
    },
    ends: {'other settings': usualPlan},
  },
];
