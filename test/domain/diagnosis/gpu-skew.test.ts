import {expect, test} from 'vitest';
import {type ComparedGpu, gpuSkew as skewOf} from '../../../src/domain/diagnosis/gpu-skew.ts';
import {absent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';

const gpuSkew = (gpus: readonly ComparedGpu[], isOneGroup = true) => skewOf(gpus, isOneGroup);
const gpu = (index: number, changed: Partial<ComparedGpu> = {}): ComparedGpu => ({
  index,
  utilizationRatio: 0.95,
  powerDrawWatts: 500,
  smClockMhz: 1_980,
  memoryUsedBytes: 126 * BYTES_PER_GIB,
  memoryTotalBytes: 140 * BYTES_PER_GIB,
  othersBytes: 0,
  ...changed,
});
const withThird = (changed: Partial<ComparedGpu>) => [gpu(0), gpu(1), gpu(2, changed), gpu(3)];

test.each<readonly [string, Partial<ComparedGpu>, string, number]>([
  ['a slow clock', {smClockMhz: 1_200}, 'clock', 1_980],
  ['less to do', {utilizationRatio: 0.6}, 'utilization', 0.95],
  ['little power', {powerDrawWatts: 300}, 'power', 500],
  ['more memory', {memoryUsedBytes: 130 * BYTES_PER_GIB}, 'memory', 126 * BYTES_PER_GIB],
])('one GPU with %s differs from the others', (_, changed, of, others) => {
  const value = Object.values(changed)[0];
  expect(gpuSkew(withThird(changed))).toEqual([{index: 2, of, value, others}]);
});

test('usual differences between chips are none', () => {
  expect(gpuSkew(withThird({smClockMhz: 1_800, powerDrawWatts: 420, utilizationRatio: 0.8}))).toEqual([]);
});

test('idle GPUs have any clock and any power', () => {
  const idle = withThird({smClockMhz: 345, powerDrawWatts: 70}).map((one) => ({...one, utilizationRatio: 0.1}));
  expect(gpuSkew(idle)).toEqual([]);
});

test('one GPU alone, unknown values, and GPUs of two sizes are not compared', () => {
  expect(gpuSkew([gpu(0, {smClockMhz: 100})])).toEqual([]);
  expect(gpuSkew(withThird({smClockMhz: absent('not supported')}))).toEqual([]);
  const small = {memoryTotalBytes: 80 * BYTES_PER_GIB, memoryUsedBytes: 70 * BYTES_PER_GIB};
  expect(gpuSkew(withThird(small))).toEqual([]);
});

test('of an even count of others the median is between the middle two', () => {
  const clocks = [2_000, 2_000, 1_500, 1_500, 1_480].map((smClockMhz, index) => gpu(index, {smClockMhz}));
  expect(gpuSkew(clocks)).toEqual([{index: 4, of: 'clock', value: 1_480, others: 1_750}]);
});

test('memory is compared within a group of tensor parallelism only, and without that of other programs', () => {
  const more = withThird({memoryUsedBytes: 130 * BYTES_PER_GIB});
  expect(gpuSkew(more, false)).toEqual([]);
  expect(gpuSkew(withThird({memoryUsedBytes: 130 * BYTES_PER_GIB, othersBytes: 4 * BYTES_PER_GIB}))).toEqual([]);
  expect(gpuSkew(withThird({smClockMhz: 1_200}), false)).toMatchObject([{index: 2, of: 'clock'}]);
});
