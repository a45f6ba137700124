import {expect, test} from 'vitest';
import {unseenCondition} from '../../../src/domain/diagnosis/conditions/condition.ts';
import {RETURNS_WITHIN_MS} from '../../../src/domain/diagnosis/finding.ts';
import type {GpuProcessSample, GpuSample} from '../../../src/samples/gpu.ts';
import {absent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {takenMemoryAfter} from '../../../src/supervisor/snapshot/taken-memory.ts';
import {statesByName} from '../../domain/lifecycle/lifecycle-samples.ts';
import {planOf} from '../../support/plan-of.ts';
import {configured, idleCards} from '../launch/fake-world.ts';

const plan = planOf({...configured, engine: 'sglang'}, '8xH200');
const {totalBytes, outsideBytes, reserveBytes} = plan.perGpu;
const ready = statesByName()['ready'];

const OWN_PID = 7;
const usingBytes = (usedBytes: number) => idleCards(8).map((gpu) => ({...gpu, memoryUsedBytes: usedBytes}));

/** Whether the memory counts as returned while the engine serves; by default without a process list. */
function isReturned(
  gpus: readonly GpuSample[],
  processes: readonly GpuProcessSample[] | null = null,
  made = plan,
): boolean {
  if (ready === undefined) throw new Error('no ready state');
  const lifecycle = {...ready, facts: {freeBeforeLoadBytesPerGpu: plan.perGpu.cudaVisibleBytes / 4}};
  let takenMemory = unseenCondition;
  for (let monotonicMs = 0; monotonicMs <= RETURNS_WITHIN_MS; monotonicMs += 1_000) {
    const stamp = {sampledAtMs: monotonicMs, monotonicMs};
    const gpuFrame = {stamp, gpus, expectedCount: 8, missingIndexes: []};
    const gpuProcesses = processes === null ? null : {stamp, processes};
    const sessionPids = new Set([OWN_PID]);
    const seen = {gpuFrame, gpuInventory: null, gpuProcesses, sessionPids, takenMemory, engineGpus: null};
    takenMemory = takenMemoryAfter(seen, {lifecycle, plan: made}, stamp);
  }
  return takenMemory.isRaised;
}

test("an engine's use of its reserve is not memory of another program", () => {
  expect(reserveBytes).toBeGreaterThan(10 * BYTES_PER_GIB);
  expect(isReturned(usingBytes(totalBytes + outsideBytes))).toBe(true);
  expect(isReturned(usingBytes(totalBytes + outsideBytes + reserveBytes))).toBe(true);
  expect(isReturned(usingBytes(totalBytes + outsideBytes + reserveBytes + 5 * BYTES_PER_GIB))).toBe(false);
});

test('only the GPUs of the plan count', () => {
  const half = planOf({...configured, engine: 'sglang', tensorParallelSize: 4}, '8xH200');
  const {perGpu, node} = half;
  const ownBytes = perGpu.totalBytes + perGpu.outsideBytes;
  const busyFrom = (index: number) =>
    usingBytes(ownBytes).map((gpu) =>
      gpu.index < index ? gpu : {...gpu, memoryUsedBytes: ownBytes + perGpu.reserveBytes + 20 * BYTES_PER_GIB},
    );
  expect(node.usedGpuCount).toBe(4);
  expect(isReturned(busyFrom(4), null, half)).toBe(true);
  expect(isReturned(busyFrom(3), null, half)).toBe(false);
  const lostFirst = (gpus: readonly GpuSample[]) =>
    gpus.map((gpu) => (gpu.index === 0 ? {...gpu, fault: 'GPU is lost', memoryUsedBytes: absent('lost')} : gpu));
  expect(isReturned(lostFirst(busyFrom(5)), null, half)).toBe(true);
  expect(isReturned(lostFirst(busyFrom(4)), null, half)).toBe(false);
});

test('nothing counts as returned while a GPU is missing or cannot be read', () => {
  const gpus = usingBytes(totalBytes);
  expect(isReturned(gpus)).toBe(true);
  expect(isReturned(gpus.slice(0, 7))).toBe(false);
  expect(isReturned(gpus.map((gpu, index) => (index === 3 ? {...gpu, memoryUsedBytes: absent('lost')} : gpu)))).toBe(
    false,
  );
});

test("what the driver lists of the engine's processes comes before what the plan expects of them", () => {
  const gpus = usingBytes(totalBytes);
  const listed = (usedBytes: GpuProcessSample['usedBytes']) =>
    gpus.map(({uuid}): GpuProcessSample => ({pid: OWN_PID, name: 'engine', usedBytes, gpuUuid: uuid}));
  expect(isReturned(gpus, listed(totalBytes))).toBe(true);
  expect(isReturned(gpus, listed(totalBytes - 20 * BYTES_PER_GIB))).toBe(false);
  expect(isReturned(gpus, listed(absent('not shown')))).toBe(true);
});
