import {expect, test} from 'vitest';
import {type AxisUnit, axisSize, axisText, axisValueText} from '../../../src/shared/quantities/axis-units.ts';

function labels(unit: AxisUnit, values: readonly number[], step: number): string[] {
  const size = axisSize(unit, Math.max(...values.map(Math.abs)));
  return values.map((value) => axisText(value, step, unit, size));
}

test('the values of an axis have one unit, and the digits that its steps need', () => {
  expect(labels('tokensPerSecond', [0, 1_000, 2_000], 1_000)).toEqual(['0', '1k', '2k']);
  expect(labels('tokensPerSecond', [0, 500, 1_500], 500)).toEqual(['0', '0.5k', '1.5k']);
  expect(labels('count', [0, 2.5, 5], 2.5)).toEqual(['0', '2.5', '5.0']);
  expect(labels('count', [-500, 0, 500], 500)).toEqual(['-500', '0', '500']);
  expect(labels('ratio', [0, 0.25, 1], 0.25)).toEqual(['0', '25 %', '100 %']);
  expect(labels('milliseconds', [0, 250, 500], 250)).toEqual(['0', '250 ms', '500 ms']);
  expect(labels('milliseconds', [0, 2_500, 5_000], 2_500)).toEqual(['0', '2.5 s', '5.0 s']);
  expect(labels('milliseconds', [600_000], 300_000)).toEqual(['10 min']);
  expect(labels('bytes', [1_000 * 1024 ** 3], 1024 ** 3)).toEqual(['1,000 GiB']);
  expect(labels('bytes', [20 * 1024 ** 4, 512], 1024 ** 4)).toEqual(['20 TiB', '0 TiB']);
  expect(labels('usdPerHour', [-10, 0, 10], 10)).toEqual(['-$10', '0', '$10']);
});

test('a number that no axis has room for has an exponent', () => {
  expect(labels('count', [1e300], 1e300)).toEqual(['1.0e+288T']);
  expect(labels('usdPerHour', [-1e300], 1e300)).toEqual(['-$1.0e+288T']);
});

test('a single value is written as everywhere else', () => {
  expect(axisValueText(1_482, 'tokensPerSecond')).toBe('1,482 tok/s');
  expect(axisValueText(0.62, 'ratio')).toBe('62 %');
  expect(axisValueText(820, 'milliseconds')).toBe('820 ms');
  expect(axisValueText(20, 'usdPerHour')).toBe('$20.00/h');
});
