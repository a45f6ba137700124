import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {keepSupervised} from '../../../../src/cli/supervision/process/revive-supervisor.ts';
import {ok} from '../../../../src/shared/result.ts';
import {buildConsoleData, buildSnapshot} from '../../../support/build-snapshot.ts';

const ROUND_MS = 2_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test('an attempt to start a supervisor that breaks off is reported, and is not the last one', async () => {
  const data = buildConsoleData({connection: {kind: 'lost', sinceMs: 0, reason: 'No supervisor answers.'}});
  let attempts = 0;
  const supervision = keepSupervised({getData: () => data}, async () => {
    attempts += 1;
    if (attempts === 1) throw new Error('The disk is full.');
    return ok(buildSnapshot());
  });
  await vi.advanceTimersByTimeAsync(ROUND_MS);
  expect(supervision.failure()).toBe('The disk is full.');
  await vi.advanceTimersByTimeAsync(ROUND_MS);
  expect({attempts, failure: supervision.failure()}).toEqual({attempts: 2, failure: null});
  supervision.end();
});
