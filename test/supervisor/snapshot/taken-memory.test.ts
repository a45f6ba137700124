import {expect, test} from 'vitest';
import {unseenCondition} from '../../../src/domain/diagnosis/conditions/condition.ts';
import {RETURNS_WITHIN_MS} from '../../../src/domain/diagnosis/finding.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {takenMemoryAfter} from '../../../src/supervisor/snapshot/taken-memory.ts';
import {statesByName} from '../../domain/lifecycle/lifecycle-samples.ts';
import {planOf} from '../../support/plan-of.ts';
import {configured, idleCards} from '../launch/fake-world.ts';

const plan = planOf({...configured, engine: 'sglang'}, '8xH200');
const {totalBytes, outsideBytes, reserveBytes} = plan.perGpu;
const ready = statesByName()['ready'];

/** Whether the memory counts as returned while the engine serves and every GPU has so much in use, without a process list. */
function isReturned(usedBytes: number): boolean {
  if (ready === undefined) throw new Error('no ready state');
  const lifecycle = {...ready, facts: {freeBeforeLoadBytesPerGpu: plan.perGpu.cudaVisibleBytes / 4}};
  const gpus = idleCards(8).map((gpu) => ({...gpu, memoryUsedBytes: usedBytes}));
  let takenMemory = unseenCondition;
  for (let monotonicMs = 0; monotonicMs <= RETURNS_WITHIN_MS; monotonicMs += 1_000) {
    const stamp = {sampledAtMs: monotonicMs, monotonicMs};
    const gpuFrame = {stamp, gpus, expectedCount: 8, missingIndexes: []};
    const seen = {gpuFrame, gpuProcesses: null, sessionPids: new Set<number>(), takenMemory};
    takenMemory = takenMemoryAfter(seen, {lifecycle, plan}, stamp);
  }
  return takenMemory.isRaised;
}

test("an engine's use of its reserve is not memory of another program", () => {
  expect(reserveBytes).toBeGreaterThan(10 * BYTES_PER_GIB);
  expect(isReturned(totalBytes + outsideBytes)).toBe(true);
  expect(isReturned(totalBytes + outsideBytes + reserveBytes)).toBe(true);
  expect(isReturned(totalBytes + outsideBytes + reserveBytes + 5 * BYTES_PER_GIB)).toBe(false);
});
