import {afterEach, beforeEach, expect, test, vi} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import type {Observation} from '../../../src/supervisor/snapshot/observation.ts';
import {nothingObserved, withObservation} from '../../../src/supervisor/snapshot/observation.ts';
import {waitForDrain} from '../../../src/supervisor/watch/wait-for-drain.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Whether an engine has drained after each of these observations. */
async function drainedAfter(observations: readonly Observation[]): Promise<readonly boolean[]> {
  let seen = nothingObserved;
  let isDrained = false;
  const stop = waitForDrain({get: () => seen}, () => {
    isDrained = true;
  });
  const drained: boolean[] = [];
  for (const observation of observations) {
    seen = withObservation(seen, observation, buildMetricsSample(0, {}).stamp);
    await vi.advanceTimersByTimeAsync(1_000);
    drained.push(isDrained);
  }
  stop();
  return drained;
}

const load = (second: number, runningRequests: number, waitingRequests: number): Observation => ({
  type: 'metrics',
  sample: buildMetricsSample(second, {runningRequests, waitingRequests}),
});
const probe: Observation = {
  type: 'own-request-sent',
  key: Symbol('probe'),
  expected: {requests: 1, promptTokens: 9, cachedPromptTokens: null, generatedTokens: 9, finishReason: null},
};

test('an engine has drained once no request runs or waits', async () => {
  expect(await drainedAfter([load(1, 2, 1), load(2, 1, 0), load(3, 0, 1), load(4, 0, 0)])).toEqual([
    false,
    false,
    false,
    true,
  ]);
});

test('a request that may be a client keeps it from ending, also while a probe of Gantry is in flight', async () => {
  expect(await drainedAfter([load(1, 0, 0)])).toEqual([true]);
  expect(
    await drainedAfter([load(1, 1, 0), probe, load(2, 1, 0), load(3, 2, 0), load(4, 1, 0), load(5, 0, 0)]),
  ).toEqual([false, false, false, false, false, true]);
});

test('unknown requests are not none', async () => {
  const unknown = absent('not exposed');
  const sample = buildMetricsSample(1, {runningRequests: 0, waitingRequests: unknown});
  expect(await drainedAfter([{type: 'metrics', sample}])).toEqual([false]);
});
