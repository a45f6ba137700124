import {describe, expect, test} from 'vitest';
import {
  defaultFindingThresholds,
  type FindingThresholds,
} from '../../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {withMoment} from '../../../../src/domain/diagnosis/serving/serving-conditions.ts';
import type {HistogramSample} from '../../../../src/samples/engine-metrics.ts';
import {absent} from '../../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../../src/shared/units.ts';
import {changesOf, lastOf, play, type Second} from './serving-moments.ts';

const MINUTE = 60;

/** Twelve seconds of a queue a minute, then more and more; see each test. */
function queue(count: number, runningRequests = 8): Second {
  return {metrics: {waitingRequests: count, runningRequests, kvUsageRatio: 0.3, progressTotal: count}};
}

describe('waiting requests', () => {
  test('are reported after 15 s and resolved a minute after the last one', () => {
    const played = play({seconds: 300, at: (second) => queue(second >= 20 && second < 100 ? 44 : 0)});
    expect(changesOf(played, 'waiting')).toEqual([35, 160]);
  });

  test('for a moment are not reported', () => {
    const played = play({seconds: 300, at: (second) => queue(second % 30 < 14 ? 9 : 0)});
    expect(changesOf(played, 'waiting')).toEqual([]);
  });

  test('in bursts every minute stay reported without an interruption', () => {
    const played = play({seconds: 900, at: (second) => queue(second % MINUTE < 20 ? 30 : 0)});
    expect(changesOf(played, 'waiting')).toEqual([15]);
    expect(lastOf(played).waiting).toMatchObject({queuedSinceMs: null, sample: {waitingRequests: 30}});
  });

  test('are remembered by the longest queue since it was last empty', () => {
    const counts = [2, 50, 9, 0, 3, 7, 5, 0];
    const longest = play({seconds: counts.length, at: (second) => queue(counts[second] ?? 0)}).map(
      ({conditions}) => conditions.waiting.longest?.waitingRequests,
    );
    expect(longest).toEqual([2, 50, 50, 50, 3, 7, 7, 7]);
  });

  test('are as unknown as the metrics: neither raised nor resolved without them', () => {
    const unread = play({seconds: 100, at: (second) => (second < 10 ? queue(5) : {})});
    expect(changesOf(unread, 'waiting')).toEqual([]);
    const lost = play({seconds: 900, at: (second) => (second < 60 ? queue(5) : {})});
    expect(changesOf(lost, 'waiting')).toEqual([15]);
    const absentMetric = {metrics: {waitingRequests: absent('not exposed')}};
    expect(changesOf(play({seconds: 100, at: () => absentMetric}), 'waiting')).toEqual([]);
  });

  test('count from the threshold, and are resolved only below it', () => {
    const thresholds: FindingThresholds = {
      ...defaultFindingThresholds,
      waiting: {requests: 10, raiseAfterMs: 5_000},
      resolve: {belowRatio: 0.8, afterMs: 10_000},
    };
    const at = (second: number): Second => queue(second < 30 ? 9 : second < 60 ? 10 : second < 90 ? 9 : 8);
    expect(changesOf(play({seconds: 200, at, thresholds}), 'waiting')).toEqual([35, 100]);
  });

  test('keep their reason until another one has held for a minute', () => {
    const reasonsAt = (changeAfter: number, backAt: number) => {
      const played = play({
        seconds: 400,
        runningLimit: 8,
        at: (second) => ({
          metrics: {
            waitingRequests: 4,
            runningRequests: second >= changeAfter && second < backAt ? 6 : 8,
            kvUsageRatio: second >= changeAfter && second < backAt ? 0.97 : 0.3,
            progressTotal: second,
          },
        }),
      });
      return [...new Set(played.slice(20).map(({conditions}) => conditions.waiting.cause.reason))];
    };
    expect(reasonsAt(100, 150)).toEqual(['running-limit']);
    expect(reasonsAt(100, 400)).toEqual(['running-limit', 'kv-cache-full']);
  });

  test('lose their reason as soon as the engine has made no step for a while, and get it back with the next step', () => {
    const played = play({
      seconds: 200,
      runningLimit: 8,
      at: (second) => ({
        metrics: {
          waitingRequests: 4,
          runningRequests: 8,
          progressTotal: second < 60 ? second : second < 150 ? 60 : second,
        },
      }),
    });
    const reasonAt = (second: number) => played[second]?.conditions.waiting.cause.reason;
    expect([reasonAt(79), reasonAt(80), reasonAt(149), reasonAt(150)]).toEqual([
      'running-limit',
      'blocked',
      'blocked',
      'running-limit',
    ]);
  });

  test('do not wait for a limit below the most requests that ran in this run', () => {
    const reasons = play({
      seconds: 300,
      at: (second) => ({
        metrics: {
          waitingRequests: 4,
          runningRequests: second < 30 ? 33 : 11,
          progressTotal: second,
          finishedRequestsTotal: {stop: second},
        },
      }),
    }).map(({conditions}) => conditions.waiting.cause.reason);
    expect(reasons).not.toContain('running-limit');
  });

  test('can be switched off, also while they are reported', () => {
    const off = {...defaultFindingThresholds, waiting: {requests: null, raiseAfterMs: 0}};
    const raised = lastOf(play({seconds: 60, at: () => queue(5)}));
    expect(raised.waiting.condition.isRaised).toBe(true);
    const moment = {nowMs: 61_000, readyForMs: null, samples: [], memory: [], beyondPlan: [], runningLimit: null};
    expect(withMoment(raised, moment, off).waiting.condition.isRaised).toBe(false);
  });
});

/** So many requests up to now, of which so many waited longer than ten seconds. */
function firstTokens(requests: number, slow: number): HistogramSample {
  return {
    buckets: [
      {le: 1, count: requests - slow},
      {le: 10, count: requests - slow},
      {le: 20, count: requests},
      {le: Number.POSITIVE_INFINITY, count: requests},
    ],
    sum: slow * 15,
    count: requests,
  };
}

describe('slow first tokens', () => {
  /** One request a second; of those in the time from 60 s to 300 s a fraction is slow. */
  const served =
    (slowRatio: number, runningRequests = 3) =>
    (second: number): Second => {
      const slowSeconds = Math.max(0, Math.min(second, 300) - 60);
      const histogram = firstTokens(second, Math.floor(slowSeconds * slowRatio));
      return {metrics: {timeToFirstTokenSeconds: histogram, runningRequests, waitingRequests: 0}};
    };

  test('are reported when more than a tenth missed the target for a minute, and resolved when they do not', () => {
    const [raisedAt = 0, resolvedAt = 0, ...more] = changesOf(play({seconds: 600, at: served(0.5)}), 'firstTokens');
    expect(more).toEqual([]);
    expect(raisedAt).toBeGreaterThan(120);
    expect(raisedAt).toBeLessThan(150);
    expect(resolvedAt).toBeGreaterThan(390);
    expect(resolvedAt).toBeLessThan(430);
  });

  test('are none while nine of ten reach the target', () => {
    expect(changesOf(play({seconds: 600, at: served(0.09)}), 'firstTokens')).toEqual([]);
  });

  test('are counted from the first sample that has them: what the engine counted before is not of the last minute', () => {
    const late =
      (generationTokensTotal: number) =>
      (second: number): Second => ({
        metrics: {
          generationTokensTotal,
          runningRequests: 1,
          timeToFirstTokenSeconds: second < 30 ? absent('not exposed') : firstTokens(900 + second, 900),
        },
      });
    expect(changesOf(play({seconds: 400, at: late(5_000)}), 'firstTokens')).toEqual([]);
    const fresh = (second: number): Second => (second < 30 ? late(0)(second) : late(5_000)(second));
    expect(lastOf(play({seconds: 32, at: fresh})).firstTokens.counted).toMatchObject({requests: 931});
    expect(lastOf(play({seconds: 40, at: late(5_000)})).firstTokens.counted).toMatchObject({
      requests: 9,
      windowMs: 9_000,
    });
  });

  test('end where the target is raised above the largest bucket, unless requests are above that as well', () => {
    const raised = lastOf(play({seconds: 300, at: served(0.5)}));
    expect(raised.firstTokens.condition.isRaised).toBe(true);
    const firstToken = {...defaultFindingThresholds.firstToken, targetMs: 30_000};
    const thresholds = {...defaultFindingThresholds, firstToken};
    const after = (at: (second: number) => Second) => lastOf(play({seconds: 300, at, thresholds, from: raised}));
    expect(after(served(0.5)).firstTokens.condition.isRaised).toBe(false);
    const beyond = (second: number): Second => ({
      metrics: {
        runningRequests: 1,
        timeToFirstTokenSeconds: {
          buckets: [
            {le: 20, count: 5},
            {le: Number.POSITIVE_INFINITY, count: 5 + second},
          ],
          sum: 40 * second,
          count: 5 + second,
        },
      },
    });
    expect(after(beyond).firstTokens.condition.isRaised).toBe(true);
  });

  test('are no distribution with fewer than ten requests in a minute', () => {
    const rare = (second: number): Second => {
      const requests = Math.floor(second / 7);
      return {metrics: {timeToFirstTokenSeconds: firstTokens(requests, requests), runningRequests: 1}};
    };
    expect(changesOf(play({seconds: 600, at: rare}), 'firstTokens')).toEqual([]);
  });

  test('are over when nobody sends requests any more, but not while requests wait for the first token', () => {
    const endsWith = (runningRequests: number, waitingRequests: number) =>
      play({
        seconds: 900,
        at: (second) => ({
          metrics: {
            timeToFirstTokenSeconds: firstTokens(Math.min(second, 200), Math.min(second, 200)),
            runningRequests: second < 200 ? 5 : runningRequests,
            waitingRequests: second < 200 ? 5 : waitingRequests,
          },
        }),
      });
    expect(changesOf(endsWith(0, 0), 'firstTokens')).toHaveLength(2);
    expect(changesOf(endsWith(2, 3), 'firstTokens')).toHaveLength(1);
    expect(changesOf(endsWith(0, 3), 'firstTokens')).toHaveLength(1);
  });

  test('survive counters that restarted', () => {
    const restarted = (second: number): Second => {
      const requests = second < 300 ? second : second - 300;
      return {metrics: {timeToFirstTokenSeconds: firstTokens(requests, 0), runningRequests: 1}};
    };
    expect(changesOf(play({seconds: 600, at: restarted}), 'firstTokens')).toEqual([]);
  });

  test('are unknown where the engine measures none, and above its largest bucket', () => {
    const none = {metrics: {timeToFirstTokenSeconds: absent('no histograms'), runningRequests: 0}};
    expect(changesOf(play({seconds: 300, at: () => none}), 'firstTokens')).toEqual([]);
    const thresholds = {...defaultFindingThresholds, firstToken: {targetMs: 30_000, quantile: 0.9, raiseAfterMs: 0}};
    expect(lastOf(play({seconds: 300, at: served(1), thresholds})).firstTokens.counted).toBeNull();
  });

  test('are counted at the next bucket bound when the target lies between two', () => {
    const thresholds = {...defaultFindingThresholds, firstToken: {targetMs: 4_000, quantile: 0.9, raiseAfterMs: 0}};
    const {counted} = lastOf(play({seconds: 200, at: served(0.5), thresholds})).firstTokens;
    expect(counted).toMatchObject({requests: 60, boundMs: 10_000, windowMs: 60_000});
  });
});

describe('an idle engine', () => {
  const idle: Second = {metrics: {runningRequests: 0, waitingRequests: 0, generationTokensTotal: 1_000}};
  const thresholds = {...defaultFindingThresholds, idle: {raiseAfterMs: 600_000}};
  const playIdle = (at: (second: number) => Second | 'stopped', seconds = 3_000) =>
    changesOf(play({seconds, at, thresholds}), 'idle');

  test('is reported after its time, and no longer with the first request that runs for two seconds', () => {
    const busy: Second = {metrics: {runningRequests: 1, waitingRequests: 0, generationTokensTotal: 1_000}};
    expect(playIdle((second) => (second < 1_000 || second >= 1_003 ? idle : busy))).toEqual([601, 1_001, 1_603]);
  });

  test('is woken by a request that came and went between two scrapes, be it of a single token', () => {
    const growing =
      (tokens: number) =>
      (second: number): Second => ({
        metrics: {runningRequests: 0, waitingRequests: 0, generationTokensTotal: Math.floor(second / 300) * tokens},
      });
    expect(playIdle(growing(1))).toEqual([]);
    expect(playIdle(growing(2_000))).toEqual([]);
    expect(playIdle(growing(0))).toEqual([601]);
  });

  test('is not one that answers small requests between two scrapes', () => {
    const metrics = {runningRequests: 0, waitingRequests: 0, finishedRequestsTotal: absent('not counted')};
    const tokens = (second: number): Second => ({
      metrics: {...metrics, promptTokensTotal: Math.floor(second / 7) * 45, generationTokensTotal: 9},
    });
    expect(playIdle(tokens)).toEqual([]);
    const finished = (second: number): Second => ({
      metrics: {...metrics, promptTokensTotal: 9, finishedRequestsTotal: {stop: Math.floor(second / 400), abort: 4}},
    });
    expect(playIdle(finished)).toEqual([]);
  });

  test('lasts as long as it was seen: time in which this process was stopped is neither in its duration nor in its cost', () => {
    const read = (second: number): Second | 'stopped' => (second > 500 && second < 29_000 ? 'stopped' : idle);
    const {condition} = lastOf(play({seconds: 29_200, at: read, thresholds})).idle;
    expect(condition.isRaised).toBe(true);
    expect(29_199_000 - (condition.sinceMs ?? 0)).toBeLessThan(720_000);
    const later = (second: number): Second | 'stopped' => (second > 700 && second < 29_000 ? 'stopped' : idle);
    const raised = lastOf(play({seconds: 29_200, at: later, thresholds})).idle.condition;
    expect(raised.isRaised).toBe(true);
    expect(29_199_000 - (raised.sinceMs ?? 0)).toBeLessThan(920_000);
  });

  test('is woken by a request that waits, and by prompt tokens', () => {
    const waiting: Second = {metrics: {runningRequests: 0, waitingRequests: 1, generationTokensTotal: 1_000}};
    expect(playIdle((second) => (second % 500 === 499 ? waiting : idle))).toEqual([]);
    const prompts = (second: number): Second => ({
      metrics: {runningRequests: 0, waitingRequests: 0, promptTokensTotal: Math.floor(second / 500) * 9_000},
    });
    expect(playIdle(prompts)).toEqual([]);
  });

  test('is unknown without the number of running requests', () => {
    const unknown = {metrics: {runningRequests: absent('not exposed'), generationTokensTotal: 5}};
    expect(playIdle(() => unknown)).toEqual([]);
  });

  test('is not idle for the time in which nothing was read or this process was stopped', () => {
    expect(playIdle((second) => (second > 100 && second < 700 ? {} : idle))[0]).toBeGreaterThan(1_190);
    expect(playIdle((second) => (second > 100 && second < 700 ? 'stopped' : idle))[0]).toBeGreaterThan(1_190);
  });

  test('and counters that restarted with the engine are no requests', () => {
    const restarted = (second: number): Second => ({
      metrics: {runningRequests: 0, waitingRequests: 0, generationTokensTotal: second < 300 ? 9e6 : 12},
    });
    expect(playIdle(restarted)).toEqual([601]);
  });
});

describe('GPUs that use more than planned', () => {
  const gpu = (index: number, gib: number) => ({index, bytes: gib * BYTES_PER_GIB});
  const beyondAfter = (readings: readonly ReturnType<typeof gpu>[][], thresholds = defaultFindingThresholds) =>
    play({
      seconds: readings.length,
      at: (second) => ({beyondPlan: readings[second] ?? []}),
      thresholds,
    }).map(({conditions}) => [...conditions.memory.beyondPlan]);

  test('are those above the threshold until they are clearly below it, so that one near it does not come and go', () => {
    const uses = [1, 1.01, 0.99, 1.01, 0.81, 0.8, 0.99];
    expect(beyondAfter(uses.map((gib) => [gpu(3, gib)]))).toEqual([[], [3], [3], [3], [3], [], []]);
  });

  test('stay the same while they are not read', () => {
    expect(beyondAfter([[gpu(0, 2), gpu(1, 2)], [gpu(1, 0)], []])).toEqual([[0, 1], [0], [0]]);
  });

  test('are none without a threshold', () => {
    const off = {...defaultFindingThresholds, memoryBeyondPlan: {bytes: null}};
    expect(beyondAfter([[gpu(0, 9)]], off)).toEqual([[]]);
  });
});
