import {describe, expect, test} from 'vitest';
import {clockStepBetween, elapsedBetween, momentWithin} from '../../../../src/domain/cost/ledger/moment.ts';

const DAY = 86_400_000;
const start = {wallMs: 1_000_000, bootId: 'one', uptimeMs: 5_000};

describe('time between moments', () => {
  test('is by the uptime within one boot, whatever the clock was set to', () => {
    for (const stepMs of [0, 400 * DAY, -400 * DAY]) {
      const now = {...start, wallMs: start.wallMs + 60_000 + stepMs, uptimeMs: 65_000};
      expect(elapsedBetween(start, now)).toBe(60_000);
      expect(clockStepBetween(start, now)).toBe(stepMs);
    }
  });

  test('is by the wall clock over a boot, and none where the clock is behind', () => {
    expect(elapsedBetween(start, {wallMs: start.wallMs + 9_000, bootId: 'two', uptimeMs: 50})).toBe(9_000);
    expect(elapsedBetween(start, {wallMs: start.wallMs - 9_000, bootId: 'two', uptimeMs: 50})).toBe(0);
  });

  test('is by the wall clock where the uptime is that of a container that was started again', () => {
    expect(elapsedBetween(start, {wallMs: start.wallMs + 9_000, bootId: 'one', uptimeMs: 50})).toBe(9_000);
  });
});

describe('the moment at a time between two', () => {
  test('divides the time between them exactly', () => {
    for (const now of [
      {wallMs: start.wallMs + 60_000, bootId: 'one', uptimeMs: 65_000},
      {wallMs: start.wallMs + 400 * DAY, bootId: 'one', uptimeMs: 65_000},
      {wallMs: start.wallMs + 60_000, bootId: 'two', uptimeMs: 10},
    ]) {
      const whole = elapsedBetween(start, now);
      for (const backMs of [0, 1, 20_000, 60_000, 90_000]) {
        const middle = momentWithin(start, now, now.wallMs - backMs);
        expect(elapsedBetween(middle, now)).toBe(Math.min(whole, backMs));
        expect(elapsedBetween(start, middle)).toBe(whole - Math.min(whole, backMs));
      }
    }
  });
});
