import fc from 'fast-check';
import {expect, test} from 'vitest';
import {
  durationText,
  latencyText,
  roughDurationText,
  secondsText,
  shortAgeText,
} from '../../../src/shared/quantities/durations.ts';

test('a duration shows two units at most', () => {
  expect([-5, 0, 45_400, 80_000, 3_600_000, 11_100_000, 187_200_000].map(durationText)).toEqual([
    '0s',
    '0s',
    '45s',
    '1m 20s',
    '1h 00m',
    '3h 05m',
    '2d 4h',
  ]);
});

test('it carries to the next unit when seconds round up', () => expect(durationText(59_600)).toBe('1m 00s'));

test('a short age is rounded down', () => {
  expect([-1, 0, 999, 119_999, 120_000, 7_199_999, 7_200_000, 90_000_000].map(shortAgeText)).toEqual([
    '0s',
    '0s',
    '0s',
    '119s',
    '2m',
    '119m',
    '2h',
    '25h',
  ]);
});

test('seconds in a sentence have decimals only if they matter', () => {
  expect([0, 200, 250, 999, 1_500, 3_000, 3_040, 9_949, 9_960, 34_400, 90_000, 1_800_000].map(secondsText)).toEqual([
    '0 s',
    '0.2 s',
    '0.25 s',
    '1 s',
    '1.5 s',
    '3 s',
    '3 s',
    '9.9 s',
    '10 s',
    '34 s',
    '90 s',
    '1,800 s',
  ]);
});

test('integer seconds have no decimals in a sentence', () => {
  fc.assert(
    fc.property(fc.integer({min: 0, max: 999}), (seconds) => {
      expect(secondsText(seconds * 1_000)).toBe(`${seconds} s`);
    }),
  );
});

test('a rough duration has one unit', () => {
  expect([0, 45_400, 119_499, 120_000, 840_000, 7_199_000, 7_200_000, 9_000_000].map(roughDurationText)).toEqual([
    '0 s',
    '45 s',
    '119 s',
    '2 min',
    '14 min',
    '120 min',
    '2.0 h',
    '2.5 h',
  ]);
});

test('a latency keeps three digits', () => {
  expect([0, 9.31, 9.97, 842, 999.9, 3314, 9_996, 71_000].map(latencyText)).toEqual([
    '0.0 ms',
    '9.3 ms',
    '10 ms',
    '842 ms',
    '1.00 s',
    '3.31 s',
    '10.0 s',
    '71.0 s',
  ]);
});
