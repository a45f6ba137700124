import fc from 'fast-check';
import {expect, test} from 'vitest';
import {
  clockText,
  dayStartMs,
  dayText,
  isoText,
  MOST_DATE_MS,
  stampText,
  utcText,
} from '../../../src/shared/quantities/moments.ts';
import {MS_PER_DAY} from '../../../src/shared/units.ts';

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

test('days and times are those of the calendar, leap years included', () => {
  fc.assert(
    fc.property(fc.integer({min: Date.UTC(0, 0, 1) - 1900 * 366 * 86_400_000, max: MOST_DATE_MS}), (atMs) => {
      fc.pre(new Date(atMs).getUTCFullYear() >= 0);
      const iso = new Date(atMs)
        .toISOString()
        .replace(/^\+0?/u, '')
        .replace(/\.\d+Z$/u, 'Z');
      expect(isoText(atMs)).toBe(iso);
      expect(dayText(atMs)).toBe(iso.split('T')[0]);
      if (dayText(atMs).length === 10)
        expect(dayStartMs(dayText(atMs))).toBe(Math.floor(atMs / MS_PER_DAY) * MS_PER_DAY);
    }),
    {numRuns: 2000},
  );
});

test.each(['2026-02-29', '2026-00-10', '2026-13-01', '2026-01-00', '2026-01-32', '26-01-01', '2026-1-1', ''])(
  'no calendar has the day %j',
  (day) => {
    expect(dayStartMs(day)).toBeNull();
  },
);

test.each([
  [Date.UTC(2000, 1, 29, 23, 59, 59, 999), '20000229T235959Z'],
  [Date.UTC(2100, 2, 1), '21000301T000000Z'],
  [-1, '19691231T235959Z'],
])('the name of a file has its second: %d', (atMs, stamp) => {
  expect(stampText(atMs)).toBe(stamp);
});
