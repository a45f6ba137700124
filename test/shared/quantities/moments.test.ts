import {expect, test} from 'vitest';
import {clockText, isoText, utcText} from '../../../src/shared/quantities/moments.ts';

test('times of day have their zone', () => {
  expect(utcText(Date.UTC(2026, 10, 23, 17, 5, 12))).toBe('2026-11-23 17:05:12 UTC');
});

test.each([9e15, -9e15, 1e300, Number.NaN])('a time that no calendar has is none, in as many columns: %d', (atMs) => {
  expect([utcText(atMs), clockText(atMs), isoText(atMs)]).toEqual([
    '????-??-?? ??:??:?? UTC',
    '??:??:??',
    '????-??-??T??:??:??Z',
  ]);
  expect(utcText(8.64e15)).toBe('275760-09-13 00:00:00 UTC');
});
