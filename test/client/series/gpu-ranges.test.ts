import {expect, test} from 'vitest';
import {withGpus, withLoadedGpus} from '../../../src/client/series/gpu-ranges.ts';
import {absent} from '../../../src/samples/reading.ts';
import {buildGpu, buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';

const snapshotAt = (atMs: number, ...celsius: readonly number[]) =>
  buildSnapshot({
    takenAtMs: atMs,
    gpus: celsius.map((temperatureCelsius, index) => buildGpu(index, {temperatureCelsius})),
  });

test('each snapshot adds the least and the most of its GPUs; old points are removed, one second has one point', () => {
  let ranges = withGpus({}, snapshotAt(TEST_NOW_MS, 60, 70, 65), 2_000);
  ranges = withGpus(ranges, snapshotAt(TEST_NOW_MS + 1_000, 61, 72), 2_000);
  ranges = withGpus(ranges, snapshotAt(TEST_NOW_MS + 1_400, 62, 73), 2_000);
  expect(ranges.temperatureCelsius).toEqual({
    least: [
      {atMs: TEST_NOW_MS, value: 60},
      {atMs: TEST_NOW_MS + 1_400, value: 62},
    ],
    most: [
      {atMs: TEST_NOW_MS, value: 70},
      {atMs: TEST_NOW_MS + 1_400, value: 73},
    ],
  });
  ranges = withGpus(ranges, snapshotAt(TEST_NOW_MS + 3_000, 62, 73), 2_000);
  expect(ranges.temperatureCelsius?.most.map(({atMs}) => atMs - TEST_NOW_MS)).toEqual([1_400, 3_000]);
});

test('a GPU whose value is unknown does not count; without any the value is unknown', () => {
  const blind = buildGpu(0, {temperatureCelsius: absent('not supported')});
  const ranges = (gpus: readonly (typeof blind)[]) =>
    withGpus({}, buildSnapshot({gpus: [...gpus]}), 1_000).temperatureCelsius?.most.at(-1)?.value;
  expect(ranges([blind, buildGpu(1, {temperatureCelsius: 55})])).toBe(55);
  expect(ranges([blind])).toBeNull();
});

test('what was loaded comes before the points that arrived meanwhile', () => {
  const present = withGpus({}, snapshotAt(TEST_NOW_MS, 60, 70), 60_000);
  const gpu = (index: number, ...values: readonly (number | null)[]) => ({
    index,
    series: {
      temperatureCelsius: values.map((value, position) => ({atMs: TEST_NOW_MS - 2_000 + position * 1_000, value})),
    },
  });
  const merged = withLoadedGpus(present, [gpu(0, 50, null), gpu(1, 58, 59)]);
  expect(merged.temperatureCelsius?.least.map(({value}) => value)).toEqual([50, 59, 60]);
  expect(merged.temperatureCelsius?.most.map(({value}) => value)).toEqual([58, 59, 70]);
  expect(withLoadedGpus(present, []).temperatureCelsius).toEqual(present.temperatureCelsius);
});
