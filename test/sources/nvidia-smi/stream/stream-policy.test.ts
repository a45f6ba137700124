import {expect, test} from 'vitest';
import {
  giveUpLimitMs,
  mayStart,
  restartPauseMs,
  silenceLimitMs,
} from '../../../../src/sources/nvidia-smi/stream/stream-policy.ts';

test('the delay before a restart doubles from half a second to half a minute', () => {
  expect([0, 1, 2, 3, 6, 7, 50].map(restartPauseMs)).toEqual([500, 500, 1_000, 2_000, 16_000, 30_000, 30_000]);
});

const pace = (lastPeriodMs: number | null, hasHadFrame = true) => ({intervalMs: 1_000, hasHadFrame, lastPeriodMs});

test('before the first frame the driver has half a minute', () => {
  for (const limit of [silenceLimitMs, giveUpLimitMs]) {
    expect([pace(null, false), pace(2_000, false)].map(limit)).toEqual([30_000, 30_000]);
  }
});

test('data is old after three intervals, or three periods where they are longer', () => {
  expect([null, 400, 2_500, 60_000].map((last) => silenceLimitMs(pace(last)))).toEqual([3_000, 3_000, 7_500, 30_000]);
});

test('a stream is replaced after fifteen, half a minute at most', () => {
  expect([null, 400, 1_500, 60_000].map((last) => giveUpLimitMs(pace(last)))).toEqual([15_000, 15_000, 22_500, 30_000]);
});

test('a stream may start with one stuck child left, a short query with none', () => {
  expect([0, 1, 2].map((stuck) => mayStart('stream', stuck))).toEqual([true, true, false]);
  expect([0, 1].map((stuck) => mayStart('short', stuck))).toEqual([true, false]);
});
