import {expect, test} from 'vitest';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {inNoPointTexts, notInWindowTexts} from '../../../src/views/format/unwatched.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const gap = {
  fromMs: NOW_MS - 10 * MS_PER_HOUR + 10 * MS_PER_MINUTE,
  toMs: NOW_MS - 9 * MS_PER_HOUR + 5 * MS_PER_MINUTE,
  requests: 1_240,
  isInWindow: false,
};

test('requests while nothing watched are named with their time, with the day where it is another one', () => {
  expect(notInWindowTexts([gap], NOW_MS)).toEqual([
    '1,240 requests between 02:10 and 03:05 UTC while nothing watched: not in this window',
    'not in window: 1,240 requests, 02:10 to 03:05 UTC, unwatched',
    'not in window: 1,240 requests while nothing watched',
  ]);
  const [far] = notInWindowTexts([{...gap, requests: 1}], NOW_MS + 24 * MS_PER_HOUR);
  expect(far).toBe('1 request between 11-23 02:10 and 11-23 03:05 UTC while nothing watched: not in this window');
  expect(notInWindowTexts([{...gap, isInWindow: true}], NOW_MS)).toEqual([]);
  expect(notInWindowTexts([gap, gap], NOW_MS)).toEqual([
    '2,480 requests in 2 times while nothing watched: not in this window',
  ]);
});

test('of many times the newest are named, and the others added up', () => {
  const many = Array.from({length: 5}, (_, place) => ({...gap, requests: place + 1}));
  expect(inNoPointTexts(many, NOW_MS)).toEqual([
    '3 requests more in 2 earlier times while nothing watched.',
    ...[3, 4, 5].map(
      (requests) =>
        `${requests} requests between 02:10 and 03:05 UTC while nothing watched: in no point of a quantile.`,
    ),
  ]);
  expect(inNoPointTexts([], NOW_MS)).toEqual([]);
});
