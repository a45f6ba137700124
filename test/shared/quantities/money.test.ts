import {expect, test} from 'vitest';
import {
  microUsdText,
  shownUsdDifference,
  usdDigitsText,
  usdPerHourText,
  usdPerMillionText,
  usdText,
} from '../../../src/shared/quantities/money.ts';

test('money has cents and a leading sign, and small amounts are not shown as zero', () => {
  expect([0, 0.004, -0.004, 28.8, -3.1, 23_724].map(usdText)).toEqual([
    '$0.00',
    '<$0.01',
    '-<$0.01',
    '$28.80',
    '-$3.10',
    '$23,724.00',
  ]);
  expect([23_724_000_000, -3_100_000, 4_999].map(microUsdText)).toEqual(['$23,724.00', '-$3.10', '<$0.01']);
  expect([2.475, 0.95, 4, 0.4438, 0.4438095238].map(usdDigitsText)).toEqual([
    '$2.475',
    '$0.95',
    '$4.00',
    '$0.4438',
    '$0.44381',
  ]);
  expect(usdPerHourText(28.8)).toBe('$28.80/h');
  expect(usdPerMillionText(0.44)).toBe('$0.44/M');
});

test('a difference is that of the amounts as they are shown', () => {
  // $0.74 less $0.52, although 0.7351 - 0.5249 is 0.2102.
  expect(shownUsdDifference(0.7351, 0.5249)).toBe(0.22);
  expect(usdText(shownUsdDifference(0.5249, 0.7351))).toBe('-$0.22');
});
