import {describe, expect, test} from 'vitest';
import {findKernelCause} from '../../../src/domain/diagnosis/kernel/kernel-cause.ts';
import {unseenServing} from '../../../src/domain/diagnosis/serving/serving-conditions.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import type {GpuSample} from '../../../src/samples/gpu.ts';
import {absent, isAbsent} from '../../../src/samples/reading.ts';
import {
  driverLogFindings,
  engineCards,
  engineGpuIndexes,
  engineGpusAfter,
  engineUse,
  otherProgramsAfter,
} from '../../../src/supervisor/snapshot/engine-gpus.ts';
import {withObservation} from '../../../src/supervisor/snapshot/observation.ts';
import type {Observations} from '../../../src/supervisor/snapshot/observations.ts';
import {statesByName} from '../../domain/lifecycle/lifecycle-samples.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';
import {gpuSample, now, observed} from './observed.ts';

const {plan: shown} = buildSnapshot();
if (isAbsent(shown)) throw new Error('the test node has a plan');
const plan = {...shown, node: {...shown.node, usedGpuCount: 2}};
const ready = statesByName()['ready'];
if (ready === undefined) throw new Error('no state ready');
const lifecycle = ready;

const OWN = 7;
/** Three GPUs, of which these are lost but still listed, and the engine's processes on these. */
function seenWith(
  {lost = [], own = [], others = []}: Partial<Record<'lost' | 'own' | 'others', readonly number[]>>,
  change: Partial<Observations> = {},
): Observations {
  const gpus = [0, 1, 2].map((index) =>
    gpuSample(index, lost.includes(index) ? {fault: 'GPU is lost', memoryUsedBytes: absent('GPU is lost')} : {}),
  );
  const process = (pid: number) => (index: number) => ({
    pid,
    name: 'python',
    usedBytes: 5e9,
    gpuUuid: gpuSample(index).uuid,
  });
  return observed({
    gpuFrame: {stamp: now, gpus, expectedCount: 3, missingIndexes: []},
    gpuProcesses: {stamp: now, processes: [...own.map(process(OWN)), ...others.map(process(99))]},
    sessionPids: new Set([OWN]),
    ...change,
  });
}
const after = (seen: Observations, made: Parameters<typeof engineGpusAfter>[1]['plan'] = plan) => {
  const indexes = engineGpusAfter(seen, {lifecycle, plan: made});
  return indexes === null ? null : [...indexes];
};

describe('the GPUs of the running engine', () => {
  test('are the first usable ones at its start', () => {
    expect(after(seenWith({}))).toEqual([0, 1]);
    expect(after(seenWith({lost: [0]}))).toEqual([1, 2]);
    expect(after(seenWith({lost: [1]}))).toEqual([0, 2]);
  });

  test('stay the same when one of them is lost later, with and without a list of processes', () => {
    const engineGpus = new Set([0, 1]);
    expect(after(seenWith({lost: [0]}, {engineGpus}))).toEqual([0, 1]);
    expect(after(seenWith({lost: [0], own: [1]}, {engineGpus}))).toEqual([0, 1]);
    expect(engineCards(seenWith({lost: [0]}, {engineGpus}), plan).map(({index}) => index)).toEqual([0, 1]);
  });

  test('are those with its processes, once there are as many as planned', () => {
    expect(after(seenWith({own: [1, 2]}))).toEqual([1, 2]);
    expect(after(seenWith({own: [1, 2]}, {engineGpus: new Set([0, 1])}))).toEqual([1, 2]);
    expect(after(seenWith({own: [2]}))).toEqual([0, 1]);
    expect(after(seenWith({own: [0, 1, 2]}))).toEqual([0, 1]);
    expect(after(seenWith({others: [1, 2]}))).toEqual([0, 1]);
  });

  test('of a run of an earlier supervisor are those whose memory that one recorded', () => {
    const point = {atMs: 0, usedBytes: 1, othersBytes: null};
    const baselines = new Map([0, 1].map((index) => [index, point]));
    const serving = {...unseenServing, memory: {...unseenServing.memory, baselines}};
    expect(after(seenWith({lost: [0]}, {serving}))).toEqual([0, 1]);
  });

  test('are unknown without a run, a plan or a reading', () => {
    const seen = seenWith({}, {engineGpus: new Set([0, 1])});
    expect(engineGpusAfter(seen, {lifecycle: initialLifecycleState(), plan})).toBeNull();
    expect(after(observed())).toBeNull();
    expect(after(seenWith({}), absent('no plan'))).toBeNull();
    expect(after(seen, absent('no plan'))).toEqual([0, 1]);
  });
});

test('without an engine they are those of the next start, and all without a plan', () => {
  const seen = seenWith({lost: [0]});
  expect([...engineGpuIndexes(seen, plan)]).toEqual([1, 2]);
  expect(engineCards(seen, plan).map(({index}) => index)).toEqual([1, 2]);
  expect(engineCards(seen, absent('no plan'))).toHaveLength(3);
});

describe('other programs on the GPUs of the engine', () => {
  const listed = (pid: number, index: number, usedBytes = 5e9) => ({
    ...{pid, usedBytes, name: 'python'},
    gpuUuid: gpuSample(index).uuid,
  });
  const starting = {lifecycle: {...lifecycle, state: 'starting'}, plan} as const;
  const bytesAfter = (
    earlier: ReturnType<typeof listed>[] | null,
    present: ReturnType<typeof listed>[],
    moment: Parameters<typeof otherProgramsAfter>[1] = starting,
  ) =>
    otherProgramsAfter(
      seenWith(
        {},
        {
          earlierProcesses: earlier,
          otherProgramsBytes: earlier === null ? null : 7,
          gpuProcesses: {stamp: now, processes: present},
        },
      ),
      moment,
    );

  test('count from before the start if they are still there, by the GPU that has the most', () => {
    const before = [listed(99, 0, 1e9), listed(98, 0, 2e9), listed(99, 1, 2e9)];
    expect(bytesAfter(before, before)).toBe(3e9);
    expect(bytesAfter(before, before.slice(1))).toBe(2e9);
    expect(bytesAfter(before, [])).toBe(0);
  });

  test('count with what they held then', () => {
    expect(bytesAfter([listed(99, 0, 1e9)], [listed(99, 0, 9e9)])).toBe(1e9);
  });

  test('do not count on other GPUs, nor if they came later, nor if they are the engine', () => {
    expect(bytesAfter([listed(99, 2)], [listed(99, 2)])).toBe(0);
    expect(bytesAfter([], [listed(99, 0)])).toBe(0);
    expect(bytesAfter([listed(OWN, 0)], [listed(OWN, 0)])).toBe(0);
  });

  test('of an adopted run are unknown', () => {
    expect(bytesAfter(null, [listed(99, 0), listed(OWN, 0)])).toBeNull();
  });

  test('that come or end after the start change nothing', () => {
    for (const state of ['ready', 'degraded', 'failed'] as const) {
      const later = {lifecycle: {...lifecycle, state}, plan};
      expect(bytesAfter([listed(99, 0)], [], later)).toBe(7);
      expect(bytesAfter([listed(99, 0)], [listed(99, 0)], later)).toBe(7);
    }
  });

  test('are not the engine’s use', () => {
    const [first, second] = [0, 1].map((index) => gpuSample(index).memoryUsedBytes);
    if (first === undefined || isAbsent(first)) throw new Error('the test GPU can be read');
    expect(engineUse(seenWith({others: [0], own: [0, 1]}), plan)).toEqual([first - 5e9, second]);
    expect(engineUse(seenWith({lost: [0]}, {engineGpus: new Set([0, 1])}), plan)[0]).toHaveProperty('absent');
  });
});

test('what the driver wrote counts from the first list of GPUs on, or once nvidia-smi is known to hang', () => {
  const fault = {
    kind: 'card',
    gpuInstanceId: null,
    xid: 119,
    meaning: 'its firmware processor (GSP) does not respond',
  } as const;
  const log = [{atMs: now.sampledAtMs, pciBusId: '0000:1b:00', fault, text: 'NVRM: Xid', count: 1}];
  const none = {gpuFrame: null, gpuInventory: null, knownCards: [], gpuTrouble: null, driverLog: log};
  const xids = (change: Partial<Observations>) => driverLogFindings({...none, ...change}, now.sampledAtMs, null).length;
  expect(xids({})).toBe(0);
  const gpuTrouble = {sinceMonotonicMs: 0, detail: 'it hangs'};
  expect(xids({gpuTrouble})).toBe(1);
  const since = (startedAtMs: number) => driverLogFindings({...none, gpuTrouble}, now.sampledAtMs, startedAtMs).length;
  expect([since(now.sampledAtMs - 60_000), since(now.sampledAtMs + 5_000)]).toEqual([1, 0]);
  const lost = [gpuSample(0, {pciBusId: '00000000:1B:00.0', fault: 'GPU is lost'})];
  const gpuInventory = {stamp: now, driverVersion: '580', cudaVersion: '13.0', gpus: lost, processes: []};
  expect(xids({gpuInventory})).toBe(0);
  expect(xids({gpuInventory, driverLog: absent('refused')})).toBe(0);
});

test('a fault of a GPU that is no longer listed has the index that it had, also as the cause of a crash', () => {
  const gpus = [gpuSample(0, {pciBusId: '00000000:1B:00.0'}), gpuSample(1, {pciBusId: '00000000:3B:00.0'})];
  const frameOf = (...listed: readonly GpuSample[]) => ({
    type: 'frame' as const,
    frame: {stamp: now, gpus: listed, expectedCount: 2, missingIndexes: []},
  });
  const fault = {kind: 'card', gpuInstanceId: null, xid: 79, meaning: 'it fell off the bus'} as const;
  const messages = [{atMs: now.sampledAtMs, pciBusId: '0000:3b:00', fault, text: 'NVRM: Xid', count: 1}];
  const seen = [frameOf(...gpus), frameOf(...gpus.slice(0, 1))].reduce(
    (before, event) => withObservation(before, {type: 'gpus', event}, now),
    withObservation(observed(), {type: 'driver-log', messages}, now),
  );
  const title = 'GPU 1 (0000:3b:00) failed: it fell off the bus (Xid 79).';
  const [finding] = driverLogFindings(seen, now.sampledAtMs, null);
  expect(finding).toMatchObject({message: title, details: {pciBusId: '0000:3b:00', index: 1, xid: 79}});
  const kernel = [{ageMs: 0, text: 'NVRM: Xid (PCI:0000:3b:00): 79, pid=7, GPU has fallen off the bus.'}];
  expect(findKernelCause(kernel, new Set(), seen.knownCards)?.message).toBe(title);
});
