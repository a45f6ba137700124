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
  const merger = createFrameMerger(['a', 'b'], 1_000);
  expect(merger.push('b', frame(1, 100))).toBeNull();
  const merged = merger.push('a', frame(0, 300));
  expect(indexes(merged)).toEqual([0, 1]);
  expect(merged?.stamp.monotonicMs).toBe(100);
  expect(merged?.expectedCount).toHaveProperty('absent');
  expect(merged?.missingIndexes).toEqual([]);
  expect(merger.push('a', frame(0, 1_300))).toBeNull();
});

test('a card that arrives a second time completes the frame without the others', () => {
  const merger = createFrameMerger(['a', 'b', 'c'], 1_000);
  expect(merger.push('a', frame(0, 0))).toBeNull();
  expect(merger.push('b', frame(1, 0))).toBeNull();
  expect(indexes(merger.push('a', frame(0, 1_000)))).toEqual([0, 1]);
});

test('a late card keeps its row for three intervals and is missing after them', () => {
  const merger = createFrameMerger(['a', 'b'], 1_000);
  merger.push('b', frame(1, 0, 2));
  merger.push('a', frame(0, 0));
  expect(merger.push('a', frame(0, 2_000))).toBeNull();
  const kept = merger.push('a', frame(0, 3_000));
  expect([indexes(kept), kept?.missingIndexes, kept?.expectedCount]).toEqual([[0, 1], [], 2]);
  const gone = merger.push('a', frame(0, 3_001));
  expect([indexes(gone), gone?.missingIndexes, gone?.expectedCount]).toEqual([[0], [1], 2]);
});

test('a frame without a card counts as none', () => {
  const merger = createFrameMerger(['a'], 1_000);
  expect(merger.push('a', {...frame(0, 0), gpus: []})).toBeNull();
  expect(indexes(merger.push('a', frame(0, 1)))).toEqual([0]);
});

test('rows that are all too old make no frame', () => {
  const merger = createFrameMerger(['a', 'b'], 1_000);
  merger.push('a', frame(0, 0));
  expect(merger.push('a', frame(0, 3_001))).toBeNull();
});
