import {describe, expect, test} from 'vitest';
import {waitingCauseOf} from '../../../../src/domain/diagnosis/serving/waiting-reason.ts';
import type {EngineMetricsSample} from '../../../../src/samples/engine-metrics.ts';
import {buildMetricsSample} from '../../../support/build-metrics-sample.ts';

type Readings = Partial<EngineMetricsSample>;

/** A minute of samples with 44 waiting requests, and an engine that makes steps. */
function minute(at: (second: number) => Readings) {
  return Array.from({length: 60}, (_, second) =>
    buildMetricsSample(second, {waitingRequests: 44, progressTotal: second, ...at(second)}),
  );
}

function reason(at: (second: number) => Readings, limit: number | null = null) {
  return waitingCauseOf(minute(at), limit)?.reason;
}

describe('requests wait because', () => {
  test('as many run as may run', () => {
    expect(reason(() => ({runningRequests: 8, kvUsageRatio: 0.4}), 8)).toBe('running-limit');
    expect(reason(() => ({runningRequests: 9, kvUsageRatio: 0.4}), 8)).toBe('running-limit');
    expect(reason(() => ({runningRequests: 8}), 8)).toBe('running-limit');
  });

  test('of a limit that no setting states, but that the engine never exceeds', () => {
    const cause = waitingCauseOf(
      minute((second) => ({runningRequests: second === 30 ? 15 : 16})),
      null,
    );
    expect(cause).toEqual({reason: 'running-limit', runningLimit: 16});
  });

  test('of no such limit while the number of running requests changes, or for a short time', () => {
    const changing = minute((second) => ({runningRequests: 10 + (second % 5)}));
    expect(waitingCauseOf(changing, null)).toEqual({reason: 'unknown', runningLimit: null});
    const short = minute(() => ({runningRequests: 16})).slice(0, 15);
    expect(waitingCauseOf(short, null)?.runningLimit).toBeNull();
    expect(
      waitingCauseOf(
        minute(() => ({runningRequests: 0})),
        null,
      )?.runningLimit,
    ).toBeNull();
  });

  test('the KV cache is full, whatever else is at its limit', () => {
    expect(reason(() => ({runningRequests: 8, kvUsageRatio: 0.95}), 8)).toBe('kv-cache-full');
    expect(reason(() => ({runningRequests: 5, kvUsageRatio: 0.9}), 8)).toBe('kv-cache-full');
    expect(reason(() => ({runningRequests: 5, kvUsageRatio: 0.89}), 8)).not.toBe('kv-cache-full');
  });

  test('running requests are preempted; a counter that restarted at 0 is none', () => {
    expect(reason((second) => ({kvUsageRatio: 0.99, preemptionsTotal: second > 40 ? 3 : 2}))).toBe('preempting');
    expect(reason((second) => ({kvUsageRatio: 0.99, preemptionsTotal: second > 40 ? 0 : 2}))).toBe('kv-cache-full');
  });

  test('the engine says so: deferred', () => {
    expect(reason(() => ({deferredRequests: 40, runningRequests: 8, kvUsageRatio: 0.99}), 8)).toBe('deferred');
    expect(reason(() => ({deferredRequests: 3, runningRequests: 8}), 8)).toBe('running-limit');
  });

  test('the engine computes the prompts before them', () => {
    const computing = {runningRequests: 20, kvUsageRatio: 0.5};
    expect(reason((second) => ({...computing, livePromptTokensTotal: second * 900}), 256)).toBe('computing-prompts');
    expect(reason((second) => ({...computing, promptTokensTotal: second * 900}), 256)).toBe('computing-prompts');
    expect(reason(() => ({...computing, promptTokensTotal: 900}), 256)).toBe('unknown');
  });

  test('nothing runs and the engine makes no step: blocked', () => {
    const still = (sinceSecond: number, runningRequests: number) => (second: number) => ({
      runningRequests,
      progressTotal: Math.min(second, sinceSecond),
      kvUsageRatio: 0.1,
    });
    expect(reason(still(39, 0), 256)).toBe('blocked');
    expect(reason(still(40, 0), 256)).toBe('unknown');
    // The first request of a new shape compiles.
    expect(reason(still(39, 3), 256)).toBe('unknown');
    expect(reason(still(9, 3), 256)).toBe('blocked');
  });

  test('the reason is unknown if the engine reports neither steps nor tokens', () => {
    const bare = Array.from({length: 60}, (_, second) => buildMetricsSample(second, {waitingRequests: 2}));
    expect(waitingCauseOf(bare, null)).toEqual({reason: 'unknown', runningLimit: null});
  });
});

test('without waiting requests there is no cause, and samples without any do not count', () => {
  expect(waitingCauseOf([], 8)).toBeNull();
  expect(
    waitingCauseOf(
      minute(() => ({waitingRequests: 0, runningRequests: 8})),
      8,
    ),
  ).toBeNull();
  const rarely = minute((second) => ({
    waitingRequests: second % 10 === 0 ? 4 : 0,
    runningRequests: second % 10 === 0 ? 8 : 2,
  }));
  expect(waitingCauseOf(rarely, 8)?.reason).toBe('running-limit');
});
