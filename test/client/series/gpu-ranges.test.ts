import {expect, test} from 'vitest';
import {createKeptRanges} from '../../../src/client/series/gpu-ranges.ts';
import {absent} from '../../../src/samples/reading.ts';
import {buildGpu, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';

const snapshotAt = (atMs: number, ...celsius: readonly number[]) =>
  buildSnapshot({
    takenAtMs: atMs,
    gpus: celsius.map((temperatureCelsius, index) => buildGpu(index, {temperatureCelsius})),
  });

test('each snapshot adds the least and the most of its GPUs; old points are removed, one second has one point', () => {
  const ranges = createKeptRanges(2_000);
  ranges.add(snapshotAt(TEST_NOW_MS, 60, 70, 65));
  ranges.add(snapshotAt(TEST_NOW_MS + 1_000, 61, 72));
  ranges.add(snapshotAt(TEST_NOW_MS + 1_400, 62, 73));
  expect(ranges.current().temperatureCelsius).toEqual({
    least: [
      {atMs: TEST_NOW_MS, value: 60},
      {atMs: TEST_NOW_MS + 1_400, value: 62},
    ],
    most: [
      {atMs: TEST_NOW_MS, value: 70},
      {atMs: TEST_NOW_MS + 1_400, value: 73},
    ],
  });
  ranges.add(snapshotAt(TEST_NOW_MS + 3_000, 62, 73));
  expect(ranges.current().temperatureCelsius?.most.map(({atMs}) => atMs - TEST_NOW_MS)).toEqual([1_400, 3_000]);
});

test('a GPU whose value is unknown does not count; without any the value is unknown', () => {
  const blind = buildGpu(0, {temperatureCelsius: absent('not supported')});
  const most = (gpus: readonly (typeof blind)[]) => {
    const ranges = createKeptRanges(1_000);
    ranges.add(buildSnapshot({gpus: [...gpus]}));
    return ranges.current().temperatureCelsius?.most.at(-1)?.value;
  };
  expect(most([blind, buildGpu(1, {temperatureCelsius: 55})])).toBe(55);
  expect(most([blind])).toBeNull();
});

test('what was loaded comes before the points that arrived meanwhile', () => {
  const ranges = createKeptRanges(60_000);
  ranges.add(snapshotAt(TEST_NOW_MS, 60, 70));
  const present = ranges.current();
  const gpu = (index: number, ...values: readonly (number | null)[]) => ({
    index,
    series: {
      temperatureCelsius: values.map((value, position) => ({atMs: TEST_NOW_MS - 2_000 + position * 1_000, value})),
    },
  });
  ranges.load([]);
  expect(ranges.current().temperatureCelsius).toEqual(present.temperatureCelsius);
  ranges.load([gpu(0, 50, null), gpu(1, 58, 59)]);
  const merged = ranges.current();
  expect(merged.temperatureCelsius?.least.map(({value}) => value)).toEqual([50, 59, 60]);
  expect(merged.temperatureCelsius?.most.map(({value}) => value)).toEqual([58, 59, 70]);
});
