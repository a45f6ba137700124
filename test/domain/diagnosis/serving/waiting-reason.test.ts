import {describe, expect, test} from 'vitest';
import {waitingCauseOf} from '../../../../src/domain/diagnosis/serving/waiting-reason.ts';
import type {EngineMetricsSample} from '../../../../src/samples/engine-metrics.ts';
import {absent} from '../../../../src/samples/reading.ts';
import {buildMetricsSample} from '../../../support/build-metrics-sample.ts';

type Readings = Partial<EngineMetricsSample>;

/** A minute of samples with 44 waiting requests, and an engine that makes steps. */
function minute(at: (second: number) => Readings) {
  return Array.from({length: 60}, (_, second) =>
    buildMetricsSample(second, {waitingRequests: 44, progressTotal: second, ...at(second)}),
  );
}

/** No setting states a limit, and the samples have the most requests that ran. */
const unknownLimit = {limit: null, most: 0};

function reason(at: (second: number) => Readings, limit: number | null = null) {
  return waitingCauseOf(minute(at), {limit, most: 0})?.reason;
}

/** A request ends every ten seconds. */
const ending = (second: number) => ({finishedRequestsTotal: {stop: Math.floor(second / 10)}});

describe('requests wait because', () => {
  test('as many run as may run', () => {
    expect(reason(() => ({runningRequests: 8, kvUsageRatio: 0.4}), 8)).toBe('running-limit');
    expect(reason(() => ({runningRequests: 9, kvUsageRatio: 0.4}), 8)).toBe('running-limit');
    expect(reason(() => ({runningRequests: 8}), 8)).toBe('running-limit');
  });

  const plateau = minute((second) => ({runningRequests: second === 30 ? 15 : 16, ...ending(second)}));

  test('of a limit that no setting states, but that the engine never exceeds while requests end', () => {
    const limited = {reason: 'running-limit', runningLimit: 16, isLimitStated: false};
    expect(waitingCauseOf(plateau, unknownLimit)).toEqual(limited);
    expect(waitingCauseOf(plateau, {limit: null, most: 16})).toEqual(limited);
  });

  test('of no such limit if more requests ran before, or if none ends', () => {
    expect(waitingCauseOf(plateau, {limit: null, most: 17})).toMatchObject({reason: 'unknown', runningLimit: null});
    const finishing = (count: number) =>
      minute((second) => ({runningRequests: 11, finishedRequestsTotal: {stop: second < 30 ? 0 : count}}));
    expect(waitingCauseOf(finishing(0), unknownLimit)?.runningLimit).toBeNull();
    expect(waitingCauseOf(finishing(1), unknownLimit)?.runningLimit).toBeNull();
    expect(waitingCauseOf(finishing(2), unknownLimit)?.runningLimit).toBe(11);
    const uncounted = minute(() => ({runningRequests: 11}));
    expect(waitingCauseOf(uncounted, unknownLimit)?.runningLimit).toBeNull();
  });

  test('of no such limit while the number of running requests changes, or for a short time', () => {
    const changing = minute((second) => ({runningRequests: 10 + (second % 5), ...ending(second)}));
    const unknown = {reason: 'unknown', runningLimit: null, isLimitStated: false};
    expect(waitingCauseOf(changing, unknownLimit)).toEqual(unknown);
    const short = minute((second) => ({runningRequests: 16, finishedRequestsTotal: {stop: second}})).slice(0, 15);
    expect(waitingCauseOf(short, unknownLimit)?.runningLimit).toBeNull();
    const none = minute((second) => ({runningRequests: 0, ...ending(second)}));
    expect(waitingCauseOf(none, unknownLimit)?.runningLimit).toBeNull();
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

  test('no reason is known once an engine that computed prompts makes no step', () => {
    const hung = (sinceSecond: number) => (second: number) => ({
      runningRequests: 20,
      livePromptTokensTotal: Math.min(second, sinceSecond) * 900,
      progressTotal: Math.min(second, sinceSecond),
    });
    expect(reason(hung(55), 256)).toBe('computing-prompts');
    expect(reason(hung(54), 256)).toBe('unknown');
    expect(reason(hung(39), 256)).toBe('blocked');
    // A batch of prompts is counted at its end: steps in between show that it is computed.
    expect(reason((second) => ({runningRequests: 20, promptTokensTotal: second < 20 ? 0 : 900}), 256)).toBe(
      'computing-prompts',
    );
    const uncounted = (sinceSecond: number) =>
      minute((second) => ({runningRequests: 20, promptTokensTotal: Math.min(second, sinceSecond) * 900})).map(
        ({progressTotal: _, ...sample}) => ({...sample, progressTotal: absent('not reported')}),
      );
    expect(waitingCauseOf(uncounted(40), {limit: 256, most: 0})?.reason).toBe('computing-prompts');
    expect(waitingCauseOf(uncounted(39), {limit: 256, most: 0})?.reason).toBe('unknown');
  });

  test('the engine makes no step: blocked, whatever is at its limit', () => {
    const still = (sinceSecond: number, readings: Readings) => (second: number) => ({
      progressTotal: Math.min(second, sinceSecond),
      kvUsageRatio: 0.1,
      ...readings,
    });
    expect(reason(still(39, {runningRequests: 0}), 256)).toBe('blocked');
    expect(reason(still(40, {runningRequests: 0}), 256)).toBe('unknown');
    expect(reason(still(39, {runningRequests: 11}))).toBe('blocked');
    expect(reason(still(39, {runningRequests: 8}), 8)).toBe('blocked');
    expect(reason(still(40, {runningRequests: 8}), 8)).toBe('running-limit');
    expect(reason(still(39, {runningRequests: 8, kvUsageRatio: 0.99}), 8)).toBe('blocked');
  });

  test('the reason is unknown if the engine reports neither steps nor tokens', () => {
    const bare = Array.from({length: 60}, (_, second) => buildMetricsSample(second, {waitingRequests: 2}));
    expect(waitingCauseOf(bare, unknownLimit)).toEqual({reason: 'unknown', runningLimit: null, isLimitStated: false});
  });
});

test('without waiting requests there is no cause, and samples without any do not count', () => {
  expect(waitingCauseOf([], {limit: 8, most: 8})).toBeNull();
  expect(
    waitingCauseOf(
      minute(() => ({waitingRequests: 0, runningRequests: 8})),
      {limit: 8, most: 8},
    ),
  ).toBeNull();
  const rarely = minute((second) => ({
    waitingRequests: second % 10 === 0 ? 4 : 0,
    runningRequests: second % 10 === 0 ? 8 : 2,
  }));
  expect(waitingCauseOf(rarely, {limit: 8, most: 8})?.reason).toBe('running-limit');
});

describe('what counts as usual, or as a limit:', () => {
  /** The first `count` of 60 samples have these readings, the others those. */
  const first = (count: number, these: Readings, those: Readings) => (second: number) =>
    second < count ? these : those;
  const few = {runningRequests: 2, kvUsageRatio: 0.1};

  test.each<[string, Readings]>([
    ['running-limit', {runningRequests: 8, kvUsageRatio: 0.1}],
    ['kv-cache-full', {runningRequests: 2, kvUsageRatio: 0.9}],
    ['deferred', {...few, deferredRequests: 23}],
  ])('%s is a reason if it holds for three of five samples', (name, readings) => {
    expect(reason(first(36, readings, few), 8)).toBe(name);
    expect(reason(first(35, readings, few), 8)).toBe('unknown');
  });

  test('half of the waiting requests are not most of them', () => {
    expect(reason(() => ({...few, deferredRequests: 22}), 8)).toBe('unknown');
    expect(reason(() => ({...few, deferredRequests: 22, waitingRequests: 43}), 8)).toBe('deferred');
  });

  const limitOf = (samples: readonly EngineMetricsSample[]) => waitingCauseOf(samples, unknownLimit)?.runningLimit;
  const running = (count: number) => (second: number) => ({runningRequests: count, ...ending(second)});
  /** The first `count` of 60 samples have 16 running requests, the others that many. */
  const plateauOf = (count: number, others: number | null) =>
    minute((second) => {
      if (second < count) return running(16)(second);
      return others === null ? ending(second) : running(others)(second);
    });

  test('a plateau is what nine of ten samples have, and none exceeds', () => {
    expect(limitOf(plateauOf(54, 15))).toBe(16);
    expect(limitOf(plateauOf(53, 15))).toBeNull();
    expect(limitOf(plateauOf(59, 17))).toBeNull();
    expect(limitOf(plateauOf(54, null))).toBe(16);
    expect(limitOf(minute(running(1)))).toBe(1);
  });

  test.each([
    ['ten samples in twenty seconds', 10, 20, 16],
    ['nine samples', 9, 20, null],
    ['a shorter time', 10, 19, null],
  ])('%s', (_, count, spanSeconds, expected) => {
    const samples = Array.from({length: count}, (_value, index) =>
      buildMetricsSample((index * spanSeconds) / (count - 1), {
        waitingRequests: 4,
        runningRequests: 16,
        finishedRequestsTotal: {stop: index},
      }),
    );
    expect(limitOf(samples)).toBe(expected);
  });

  test('a limit that is stated counts, also where the engine stays below it', () => {
    expect(waitingCauseOf(minute(running(16)), {limit: 32, most: 0})).toEqual({
      reason: 'unknown',
      runningLimit: 32,
      isLimitStated: true,
    });
    expect(reason(() => ({runningRequests: 31}), 32)).toBe('unknown');
  });
});

describe('blocked', () => {
  const still = (seconds: number, readings: Readings) =>
    Array.from({length: seconds + 1}, (_, second) =>
      buildMetricsSample(second, {waitingRequests: 4, progressTotal: 7, ...readings}),
    );

  test.each<Readings>([{runningRequests: 0}, {runningRequests: 3}, {}])(
    '%j: twenty seconds without a step, not less',
    (readings) => {
      expect(waitingCauseOf(still(20, readings), {limit: 256, most: 0})?.reason).toBe('blocked');
      expect(waitingCauseOf(still(19, readings), {limit: 256, most: 0})?.reason).toBe('unknown');
    },
  );

  test('comes before preempting and a full cache, and after deferred', () => {
    const readings = {runningRequests: 0, kvUsageRatio: 0.99};
    expect(waitingCauseOf(still(20, readings), {limit: 256, most: 0})?.reason).toBe('blocked');
    expect(waitingCauseOf(still(20, {...readings, deferredRequests: 4}), {limit: 256, most: 0})?.reason).toBe(
      'deferred',
    );
  });
});
