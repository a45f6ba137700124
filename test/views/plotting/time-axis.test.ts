import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {timeColumns, timeTicks} from '../../../src/views/plotting/time-axis.ts';

const DAY_MS = 24 * MS_PER_HOUR;

beforeEach(() => {
  vi.stubEnv('TZ', 'UTC');
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** The times that are named, oldest first, for a window that ends then. */
function namesUntil(endMs: number, lengthMs: number, columns: number): string[] {
  const window = {lengthMs, backMs: 0};
  return timeTicks(window, timeColumns(window, endMs, columns)).map(({text}) => text);
}

test.each([
  ['Europe/Berlin', Date.UTC(2026, 9, 25, 12), 'a day of 25 hours'],
  ['Europe/Berlin', Date.UTC(2026, 2, 29, 12), 'a day of 23 hours'],
  ['America/New_York', Date.UTC(2026, 10, 1, 12), 'a day of 25 hours'],
  ['America/New_York', Date.UTC(2026, 2, 8, 12), 'a day of 23 hours'],
  ['Asia/Kathmandu', Date.UTC(2026, 9, 25, 12), 'a zone of 5:45'],
])(
  'in %s, over %i with %s, times are those of UTC, evenly spaced, and each midnight of UTC has its day',
  (zone, endMs) => {
    vi.stubEnv('TZ', zone);
    expect(new Date(endMs).getTimezoneOffset(), 'the time zone is in force').not.toBe(0);
    const day = new Date(endMs).toISOString().slice(5, 10);
    expect(namesUntil(endMs, DAY_MS, 100)).toEqual([
      '15:00',
      '18:00',
      '21:00',
      day,
      '03:00',
      '06:00',
      '09:00',
      '12:00',
    ]);
    const week = namesUntil(endMs, 7 * DAY_MS, 100);
    expect(week).toEqual(
      Array.from({length: 7}, (_, place) => new Date(endMs - (6 - place) * DAY_MS).toISOString().slice(5, 10)),
    );
  },
);
