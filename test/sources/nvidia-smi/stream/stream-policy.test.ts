import {expect, test} from 'vitest';
import {mayStart, restartPauseMs, silenceLimitMs} from '../../../../src/sources/nvidia-smi/stream/stream-policy.ts';

test('the pause before a restart doubles from half a second to half a minute', () => {
  expect([0, 1, 2, 3, 6, 7, 50].map(restartPauseMs)).toEqual([500, 500, 1_000, 2_000, 16_000, 30_000, 30_000]);
});

test('before the first frame the driver may take half a minute', () => {
  expect(silenceLimitMs(1_000, false, null)).toBe(30_000);
  expect(silenceLimitMs(1_000, false, 2_000)).toBe(30_000);
});

test('then three intervals are the limit, or three periods where they are longer', () => {
  expect(silenceLimitMs(1_000, true, null)).toBe(3_000);
  expect(silenceLimitMs(1_000, true, 400)).toBe(3_000);
  expect(silenceLimitMs(1_000, true, 2_500)).toBe(7_500);
  expect(silenceLimitMs(1_000, true, 60_000)).toBe(30_000);
});

test('a stream may start beside one stuck child, a short query beside none', () => {
  expect([0, 1, 2].map((stuck) => mayStart('stream', stuck))).toEqual([true, true, false]);
  expect([0, 1].map((stuck) => mayStart('short', stuck))).toEqual([true, false]);
});
