import {describe, expect, test} from 'vitest';
import {durationText, utcText} from '../../../src/views/format/times.ts';

describe('times', () => {
  test('show two units at most', () => {
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

  test('carry to the next unit where seconds round up', () => expect(durationText(59_600)).toBe('1m 00s'));

  test('of day say their zone', () =>
    expect(utcText(Date.UTC(2026, 10, 23, 17, 5, 12))).toBe('2026-11-23 17:05:12 UTC'));
});
