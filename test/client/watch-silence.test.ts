import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {type VerdictError, watchSilence} from '../../src/client/watch-silence.ts';

beforeEach(() => {
  vi.useFakeTimers({toFake: ['setInterval', 'clearInterval', 'performance']});
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
