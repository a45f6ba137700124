import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {type VerdictError, watchSilence} from '../../src/client/watch-silence.ts';

beforeEach(() => {
  vi.useFakeTimers({toFake: ['setTimeout', 'clearTimeout', 'performance']});
});
afterEach(() => {
  vi.useRealTimers();
});

test('a judge that fails has no verdict, and is asked again', async () => {
  const verdict = {code: 'supervisor.not-responding', message: 'It is stopped.', remedy: 'Resume it.'};
  const judge = vi.fn(async (silentMs: number) => {
    if (silentMs < 3_000) throw new Error('ESTALE: stale file handle');
    return verdict;
  });
  const verdicts: VerdictError[] = [];
  const watch = watchSilence(judge, (error) => verdicts.push(error));
  for (let second = 0; second < 5; second += 1) await vi.advanceTimersByTimeAsync(1_000);
  watch.end();
  expect(judge.mock.calls.length).toBeGreaterThan(2);
  expect(verdicts).toEqual([]);
});

test('a lively stream needs no timer per second', async () => {
  const judge = vi.fn(async () => null);
  const watch = watchSilence(judge, () => undefined);
  const armed = vi.spyOn(globalThis, 'setTimeout');
  for (let second = 0; second < 60; second += 1) {
    await vi.advanceTimersByTimeAsync(1_000);
    watch.heard(20_000);
  }
  expect(armed.mock.calls.length).toBeLessThanOrEqual(4);
  expect(judge).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(20_500);
  expect(judge.mock.calls.length).toBeGreaterThan(0);
  watch.end();
  expect(vi.getTimerCount()).toBe(0);
});
