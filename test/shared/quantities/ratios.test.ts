import {expect, test} from 'vitest';
import {
  exactPercentText,
  fractionText,
  percentText,
  signedPercentText,
  wholePercentText,
} from '../../../src/shared/quantities/ratios.ts';

test('a small percentage is not shown as zero', () => {
  expect([0, 0.0001, 0.0049, 0.0499, 0.0999, 0.83, 1, 2.33].map(percentText)).toEqual([
    '0 %',
    '<0.1 %',
    '0.5 %',
    '5.0 %',
    '10 %',
    '83 %',
    '100 %',
    '233 %',
  ]);
});

test('for sensors it is an integer, for comparisons it has the requested decimals', () => {
  expect(wholePercentText(0.904)).toBe('90 %');
  expect(exactPercentText(0.03086, 1)).toBe('3.1 %');
  expect([0.0042, -0.013, 0].map(signedPercentText)).toEqual(['+0.42 %', '-1.30 %', '0.00 %']);
});

test('a memory fraction has at least two decimals and shows the next two', () => {
  expect([0.9, 0.92, 0.925, 0.9251, 1, 0.90004].map(fractionText)).toEqual([
    '0.90',
    '0.92',
    '0.925',
    '0.9251',
    '1.00',
    '0.90',
  ]);
});
