import {afterEach, expect, test, vi} from 'vitest';
import {afterAwake, awakeDeadline, awakeMs, createAwakeTime} from '../../../src/sources/host/awake-time.ts';
import {eventually} from '../../harness/eventually.ts';

afterEach(() => {
  vi.restoreAllMocks();
});

test('time counts while nobody asks, with one timer for all', async () => {
  const timers = vi.spyOn(globalThis, 'setInterval');
  const [askedMs, sinceMs] = [performance.now(), awakeMs()];
  await eventually(() => performance.now() - askedMs > 1_600, 'a time longer than one step');
  expect(awakeMs() - sinceMs).toBeGreaterThan(1_000);
  awakeMs();
  // None if an earlier test needed it already.
  expect(timers.mock.calls.length).toBeLessThanOrEqual(1);
});

test('counts at most a second of each step: in the rest this process did not run', () => {
  let nowMs = 5_000;
  const time = createAwakeTime(() => nowMs);
  const after = (stepMs: number): number => {
    nowMs += stepMs;
    return time();
  };
  expect([after(0), after(400), after(1_000), after(30_000), after(10), after(-50)]).toEqual([
    0, 400, 1_400, 2_400, 2_410, 2_410,
  ]);
});

test('patience is not over while this process did not run', async () => {
  let countedMs = 7_000;
  let looks = 0;
  const time = (): number => {
    looks += 1;
    return countedMs;
  };
  let isLate = false;
  const cancel = afterAwake(
    20,
    () => {
      isLate = true;
    },
    time,
  );
  await eventually(() => looks > 2, 'several looks');
  expect(isLate).toBe(false);
  countedMs = 7_020;
  await eventually(() => isLate, 'the end of the patience');
  cancel();
});

test('what is cancelled does not come', async () => {
  let isLate = false;
  const cancel = afterAwake(5, () => {
    isLate = true;
  });
  const {signal, clear} = awakeDeadline(5);
  const other = awakeDeadline(5);
  cancel();
  clear();
  await eventually(() => other.signal.aborted, 'a deadline of the same length');
  expect([isLate, signal.aborted]).toEqual([false, false]);
});
