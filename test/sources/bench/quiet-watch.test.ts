import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {watchQuiet} from '../../../src/sources/bench/quiet-watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('what gives signs of life is never ended, and what gives none is after the limit', () => {
  const watch = watchQuiet(1_000);
  for (let round = 0; round < 10; round += 1) {
    vi.advanceTimersByTime(900);
    watch.onSign();
  }
  expect(watch.signal.aborted).toBe(false);
  vi.advanceTimersByTime(949);
  expect(watch.signal.aborted).toBe(false);
  vi.advanceTimersByTime(51);
  expect(watch.signal.aborted).toBe(true);
});

test('one that was stopped ends nothing', () => {
  const watch = watchQuiet(1_000);
  watch.stop();
  vi.advanceTimersByTime(2_000);
  expect(watch.signal.aborted).toBe(false);
});
