import {expect, test} from 'vitest';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {cardUses} from '../../../../src/supervisor/launch/checks/check-cards.ts';
import type {Held} from '../../../../src/supervisor/launch/judgement.ts';
import {idleCards, inventoryOf} from '../fake-world.ts';

const endpoint = {host: '127.0.0.1', port: 8000};
const usedBytes = 100 * BYTES_PER_GIB;

/** Indexes of the GPUs of which the held engine frees everything, where the driver lists no processes. */
function freed(lost: readonly number[], held: Pick<Held, 'gpuIndexes' | 'gpuCount'>): readonly number[] {
  const gpus = idleCards(4).map((gpu) => ({
    ...gpu,
    fault: lost.includes(gpu.index) ? 'GPU is lost' : null,
    memoryUsedBytes: usedBytes,
    memoryFreeBytes: Number(gpu.memoryTotalBytes) - usedBytes,
  }));
  const uses = cardUses(inventoryOf(4, {gpus}), {endpoint, pids: new Set([41]), isMemorySteady: true, ...held});
  return uses.flatMap(({index, freeBytes}) => (Number(freeBytes) > usedBytes ? [index] : []));
}

test('without a process list the held engine frees the GPUs that were usable at its start', () => {
  expect(freed([], {gpuIndexes: null, gpuCount: 2})).toEqual([0, 1]);
  expect(freed([0], {gpuIndexes: null, gpuCount: 2})).toEqual([1, 2]);
  expect(freed([0], {gpuIndexes: new Set([1, 2]), gpuCount: 2})).toEqual([1, 2]);
});

test('a GPU that the engine has lost since does not make it free another one', () => {
  expect(freed([0], {gpuIndexes: new Set([0, 1]), gpuCount: 2})).toEqual([1]);
});
