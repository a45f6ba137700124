import {expect, test} from 'vitest';
import type {GpuFrame} from '../../../../src/samples/gpu.ts';
import {absent} from '../../../../src/samples/reading.ts';
import {buildGpu} from '../../../../src/sources/nvidia-smi/parse/build-gpu.ts';
import {createFrameMerger} from '../../../../src/sources/nvidia-smi/stream/frame-merger.ts';

const unknown = absent('x');
const frame = (index: number, monotonicMs: number, expectedCount: GpuFrame['expectedCount'] = unknown): GpuFrame => ({
  stamp: {sampledAtMs: 5_000 + monotonicMs, monotonicMs},
  gpus: [buildGpu({cells: {index: String(index)}, migInstances: []}, 0)],
  expectedCount,
  missingIndexes: [],
});
const indexes = (merged: GpuFrame | null) => merged?.gpus.map(({index}) => index) ?? null;

test('a frame is complete when every card has arrived, by index and with the oldest stamp', () => {
  const merger = createFrameMerger(['a', 'b']);
  expect(merger.push('b', frame(1, 100))).toBeNull();
  const merged = merger.push('a', frame(0, 300));
  expect(indexes(merged)).toEqual([0, 1]);
  expect(merged?.stamp.monotonicMs).toBe(100);
  expect(merged?.expectedCount).toHaveProperty('absent');
  expect(merged?.missingIndexes).toEqual([]);
  expect(merger.push('a', frame(0, 1_300))).toBeNull();
});

test('a late card makes the frame late: its row and the newest one of the others', () => {
  const merger = createFrameMerger(['a', 'b', 'c']);
  merger.push('a', frame(0, 0, 4));
  merger.push('b', frame(1, 0));
  for (let second = 1; second <= 60; second += 1) expect(merger.push('a', frame(0, second * 1_000))).toBeNull();
  const merged = merger.push('c', frame(2, 60_500));
  expect([indexes(merged), merged?.stamp.monotonicMs]).toEqual([[0, 1, 2], 0]);
  expect([merged?.expectedCount, merged?.missingIndexes]).toEqual([4, [3]]);
});

test('a card that the driver refuses is not waited for', () => {
  const merger = createFrameMerger(['a', 'b']);
  merger.push('b', frame(1, 0, 2));
  merger.drop('b');
  const merged = merger.push('a', frame(0, 1_000));
  expect([indexes(merged), merged?.missingIndexes]).toEqual([[0], [1]]);
});

test('a frame without a card is ignored', () => {
  const merger = createFrameMerger(['a']);
  expect(merger.push('a', {...frame(0, 0), gpus: []})).toBeNull();
  expect(indexes(merger.push('a', frame(0, 1)))).toEqual([0]);
});
