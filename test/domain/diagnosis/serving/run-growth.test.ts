import {describe, expect, test} from 'vitest';
import type {MemoryPoint} from '../../../../src/domain/diagnosis/serving/memory-track.ts';
import {
  type GrownGpu,
  largeGrowth,
  runGrowthOf,
  withBaselines,
} from '../../../../src/domain/diagnosis/serving/run-growth.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';

const point = (atMs: number, usedGib: number, othersGib: number | null = 0): MemoryPoint => ({
  atMs,
  usedBytes: usedGib * BYTES_PER_GIB,
  othersBytes: othersGib === null ? null : othersGib * BYTES_PER_GIB,
});
const none = new Map<number, MemoryPoint>();

describe('the growth of a run', () => {
  test('is measured from the first complete point of each GPU, which stays', () => {
    expect(withBaselines(none, new Map([[0, [point(0, 100)]]]))).toBe(none);
    const baselines = withBaselines(
      none,
      new Map([
        [0, [point(0, 100), point(10, 101)]],
        [1, []],
      ]),
    );
    expect(baselines).toEqual(new Map([[0, point(0, 100)]]));
    expect(withBaselines(baselines, new Map([[0, [point(50, 105), point(60, 106)]]]))).toBe(baselines);
  });

  test('is of the GPUs that grew, the largest growth first', () => {
    const baselines = new Map([0, 1, 2, 3].map((index) => [index, point(1_000, 100)]));
    const track = new Map([
      [0, [point(9_000, 101)]],
      [1, [point(8_000, 109), point(9_000, 110)]],
      [2, [point(9_000, 100)]],
      [3, []],
      [4, [point(9_000, 120)]],
    ]);
    expect(runGrowthOf({baselines, track})).toEqual([
      {index: 1, grower: 'engine', fromBytes: 100 * BYTES_PER_GIB, toBytes: 110 * BYTES_PER_GIB, spanMs: 8_000},
      {index: 0, grower: 'engine', fromBytes: 100 * BYTES_PER_GIB, toBytes: 101 * BYTES_PER_GIB, spanMs: 8_000},
    ]);
  });

  test('ends with the most of the last minute: a crash frees the memory before it is noticed', () => {
    const grownTo = (...points: readonly MemoryPoint[]) =>
      runGrowthOf({baselines: new Map([[0, point(0, 100)]]), track: new Map([[0, points]])}).map(
        ({toBytes, spanMs}) => [toBytes / BYTES_PER_GIB, spanMs],
      );
    expect(grownTo(point(500_000, 110), point(550_000, 120), point(560_000, 0))).toEqual([[120, 550_000]]);
    expect(grownTo(point(500_000, 110), point(560_001, 0))).toEqual([]);
  });

  test('is not what other programs took, and is all of it where they are unknown', () => {
    const grew = (from: MemoryPoint, to: MemoryPoint) =>
      runGrowthOf({baselines: new Map([[0, from]]), track: new Map([[0, [to]]])}).length;
    expect(grew(point(0, 100, 0), point(9, 110, 10))).toBe(0);
    expect(grew(point(0, 100, 0), point(9, 110, 9))).toBe(1);
    expect(grew(point(0, 100, 5), point(9, 101, 0))).toBe(1);
    expect(grew(point(0, 100, null), point(9, 110, 10))).toBe(1);
    expect(grew(point(0, 100, 0), point(9, 110, null))).toBe(1);
  });

  test('has the amounts of the engine alone, where processes are listed in all points', () => {
    const amounts = (from: MemoryPoint, ...to: readonly MemoryPoint[]) =>
      runGrowthOf({baselines: new Map([[0, from]]), track: new Map([[0, to]])}).map(({grower, fromBytes, toBytes}) => [
        grower,
        fromBytes / BYTES_PER_GIB,
        toBytes / BYTES_PER_GIB,
      ]);
    expect(amounts(point(0, 60, 2), point(9, 79, 18))).toEqual([['engine', 58, 61]]);
    // The point with most in use is not the one at which the engine used most.
    expect(amounts(point(0, 60, 0), point(8, 79, 18), point(9, 70, 0))).toEqual([['engine', 60, 70]]);
    expect(amounts(point(0, 60, 2), point(8, 70, 2), point(9, 79, null))).toEqual([['unknown', 60, 79]]);
    expect(amounts(point(0, 1, 2), point(9, 4, 2))).toEqual([['engine', 0, 2]]);
  });

  const grown = (fromGib: number, toGib: number): GrownGpu => ({
    index: 0,
    grower: 'engine',
    fromBytes: fromGib * BYTES_PER_GIB,
    toBytes: toGib * BYTES_PER_GIB,
    spanMs: 1,
  });

  test('is large from the threshold on', () => {
    expect(largeGrowth([grown(100, 102.9)], 3 * BYTES_PER_GIB, null)).toEqual([]);
    expect(largeGrowth([grown(100, 103), grown(100, 101)], 3 * BYTES_PER_GIB, null)).toEqual([grown(100, 103)]);
  });

  test('within the unused part of the reserve is planned', () => {
    const perGpu = {totalBytes: 100 * BYTES_PER_GIB, outsideBytes: 2 * BYTES_PER_GIB, reserveBytes: 10 * BYTES_PER_GIB};
    const isBeyond = (fromGib: number, toGib: number, plan = {perGpu}) =>
      largeGrowth([grown(fromGib, toGib)], BYTES_PER_GIB, plan).length === 1;
    expect(isBeyond(102, 112.9)).toBe(false);
    expect(isBeyond(102, 113)).toBe(true);
    // Less at the start than planned: at most the reserve is deducted.
    expect(isBeyond(90, 100.9)).toBe(false);
    expect(isBeyond(90, 101)).toBe(true);
    expect(isBeyond(107, 112.9)).toBe(false);
    expect(isBeyond(107, 113)).toBe(true);
    expect(isBeyond(120, 121)).toBe(true);
    expect(isBeyond(102, 103, {perGpu: {...perGpu, reserveBytes: 0}})).toBe(true);
  });
});
