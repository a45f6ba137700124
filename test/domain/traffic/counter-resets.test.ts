import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {counterGrowth} from '../../../src/domain/traffic/counters.ts';
import {latencyOf, noTargets, requestSizesOf} from '../../../src/domain/traffic/latencies.ts';
import {
  addSample,
  emptyWindow,
  type TrafficWindow,
  tokenRatesOf,
  trafficOf,
} from '../../../src/domain/traffic/traffic-window.ts';
import type {EngineMetricsSample, HistogramSample} from '../../../src/samples/engine-metrics.ts';
import {absent, isAbsent} from '../../../src/samples/reading.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

const INFINITE = Number.POSITIVE_INFINITY;

function windowOf(...samples: readonly EngineMetricsSample[]): TrafficWindow {
  return samples.reduce(addSample, emptyWindow);
}

describe('a counter', () => {
  test('that fell by a thousandth was rounded; by more, it was reset', () => {
    expect(counterGrowth(1_000_000, 999_000)).toBe(0);
    expect(counterGrowth(1_000_000, 998_999)).toBe(998_999);
    expect(counterGrowth(5, 5)).toBe(0);
  });

  test('of which one reading is absent has no growth', () => {
    const none = absent('the server does not say');
    expect(counterGrowth(none, 2)).toEqual(none);
    expect(counterGrowth(1, none)).toEqual(none);
  });
});

describe('the window', () => {
  test('two samples exactly ten seconds apart give a rate', () => {
    const window = windowOf(
      buildMetricsSample(0, {generationTokensTotal: 0}),
      buildMetricsSample(10, {generationTokensTotal: 50}),
    );
    expect(trafficOf(window).generationTokensPerSecond).toBe(5);
  });

  test('a rate begins with the newest sample that is ten seconds old, unless that is more than twelve', () => {
    const old = buildMetricsSample(0, {generationTokensTotal: 0});
    const late = windowOf(
      old,
      buildMetricsSample(5, {generationTokensTotal: 9}),
      buildMetricsSample(11, {generationTokensTotal: 1_100}),
    );
    expect(trafficOf(late)).toMatchObject({generationTokensPerSecond: 100, windowMs: 11_000});
    const window = windowOf(
      old,
      buildMetricsSample(8, {generationTokensTotal: 1_000}),
      buildMetricsSample(14, {generationTokensTotal: 1_060}),
    );
    expect(trafficOf(window)).toMatchObject({generationTokensPerSecond: 10, windowMs: 6_000});
    const apart = windowOf(old, buildMetricsSample(12.001, {generationTokensTotal: 50}));
    expect(isAbsent(trafficOf(apart).generationTokensPerSecond)).toBe(true);
  });

  test('keeps a minute of samples, and the newest one before it', () => {
    const kept = (...seconds: readonly number[]): number[] =>
      windowOf(...seconds.map((second) => buildMetricsSample(second))).samples.map(({stamp}) => stamp.monotonicMs);
    expect(kept(0, 1, 30, 61)).toEqual([1_000, 30_000, 61_000]);
    expect(kept(0, 0.9, 1.1, 61)).toEqual([900, 1_100, 61_000]);
    // After a long gap the old sample is no longer part of the minute.
    expect(kept(0, 120)).toEqual([0, 120_000]);
    expect(kept(0, 121)).toEqual([121_000]);
  });

  test('latencies are over about a minute, and the window says what they are really over', () => {
    const seconds = (count: number): HistogramSample => ({
      buckets: [
        {le: 1, count},
        {le: INFINITE, count},
      ],
      sum: count / 2,
      count,
    });
    const at = (second: number, count: number) => buildMetricsSample(second, {queueTimeSeconds: seconds(count)});
    const window = windowOf(at(0, 0), at(1.5, 10), at(61, 14));
    expect(latencyOf(window, noTargets)).toMatchObject({windowMs: 61_000, queue: {meanMs: 500}});
    expect(latencyOf(windowOf(at(0, 3)), noTargets).windowMs).toBe(0);
    expect(trafficOf(window).windowMs).toBe(0);
    expect(trafficOf(windowOf(at(0, 0), at(4, 1), at(12.5, 2))).windowMs).toBe(8_500);
  });

  test('token rates for money are over the whole minute', () => {
    const at = (second: number, total: number) =>
      buildMetricsSample(second, {
        promptTokensTotal: 4 * total,
        cachedPromptTokensTotal: 3 * total,
        generationTokensTotal: total,
      });
    expect(tokenRatesOf(windowOf(at(0, 0), at(55, 100), at(61, 1_220)))).toEqual({
      windowMs: 61_000,
      promptTokensPerSecond: 80,
      cachedPromptTokensPerSecond: 60,
      generationTokensPerSecond: 20,
    });
    expect(tokenRatesOf(emptyWindow, 'it is off')).toMatchObject({
      windowMs: 0,
      generationTokensPerSecond: {absent: 'it is off'},
    });
  });

  test('two samples of the same time count once, as the later one', () => {
    const window = windowOf(
      buildMetricsSample(0, {generationTokensTotal: 0}),
      buildMetricsSample(5, {generationTokensTotal: 1}),
      buildMetricsSample(5, {generationTokensTotal: 100}),
    );
    expect(window.samples).toHaveLength(2);
    expect(trafficOf(window).generationTokensPerSecond).toBe(20);
  });

  test('a clock that was set back drops the newer samples', () => {
    const window = windowOf(
      buildMetricsSample(50, {generationTokensTotal: 500}),
      buildMetricsSample(20, {generationTokensTotal: 100}),
    );
    expect(window.samples.map(({stamp}) => stamp.monotonicMs)).toEqual([20_000]);
  });

  test('growth is summed over a reset, whatever happened before and after it', () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), fc.nat(10_000), (start, before, after) => {
        const first = start + before;
        fc.pre(after < first * 0.99);
        const window = windowOf(
          buildMetricsSample(0, {generationTokensTotal: start}),
          buildMetricsSample(4, {generationTokensTotal: first}),
          buildMetricsSample(10, {generationTokensTotal: after}),
        );
        expect(trafficOf(window).generationTokensPerSecond).toBeCloseTo((before + after) / 10, 6);
      }),
    );
  });

  test('a reading that is missing in the middle makes the rate absent, with its reason', () => {
    const gap = absent('the scrape failed');
    const window = windowOf(
      buildMetricsSample(0, {preemptionsTotal: 1}),
      buildMetricsSample(1, {preemptionsTotal: gap}),
      buildMetricsSample(2, {preemptionsTotal: 3}),
    );
    expect(trafficOf(window).preemptionsPerSecond).toEqual(gap);
  });
});

describe('traffic', () => {
  const at = (second: number): EngineMetricsSample =>
    buildMetricsSample(second, {
      promptTokensTotal: 11 * second,
      cachedPromptTokensTotal: 7 * second,
      generationTokensTotal: 5 * second,
      preemptionsTotal: 3 * second,
      iterationsTotal: 2 * second,
      finishedRequestsTotal: {stop: second, length: 0.5 * second},
      runningRequests: 4,
      waitingRequests: 6,
    });

  test('each rate is that of its own counter, and totals and gauges are those of the newest sample', () => {
    expect(trafficOf(windowOf(at(0), at(2), at(4)))).toMatchObject({
      source: 'metrics',
      promptTokensPerSecond: 11,
      cachedPromptTokensPerSecond: 7,
      generationTokensPerSecond: 5,
      preemptionsPerSecond: 3,
      iterationsPerSecond: 2,
      requestsPerSecond: 1.5,
      runningRequests: 4,
      waitingRequests: 6,
      promptTokensTotal: 44,
      cachedPromptTokensTotal: 28,
      generationTokensTotal: 20,
      finishedRequestsTotal: {stop: 4, length: 2},
    });
  });

  test('live counters are used for prompts too, including cached ones', () => {
    const live = (second: number): EngineMetricsSample =>
      buildMetricsSample(second, {
        promptTokensTotal: 0,
        cachedPromptTokensTotal: 0,
        livePromptTokensTotal: 30 * second,
        liveCachedPromptTokensTotal: 20 * second,
      });
    expect(trafficOf(windowOf(live(0), live(1)))).toMatchObject({
      promptTokensPerSecond: 30,
      cachedPromptTokensPerSecond: 20,
      promptTokensTotal: 0,
    });
  });

  test('without drafts in the window there is no fraction', () => {
    const idle = (second: number): EngineMetricsSample =>
      buildMetricsSample(second, {draftsTotal: 9, draftTokensTotal: 27, acceptedDraftTokensTotal: 20});
    const traffic = trafficOf(windowOf(idle(0), idle(1)));
    expect(isAbsent(traffic.draftAcceptanceRatio)).toBe(true);
    expect(isAbsent(traffic.tokensPerDraftedStep)).toBe(true);
  });
});

describe('latencies', () => {
  const names = [
    ['timeToFirstToken', 'timeToFirstTokenSeconds'],
    ['interToken', 'interTokenLatencySeconds'],
    ['endToEnd', 'endToEndLatencySeconds'],
    ['queue', 'queueTimeSeconds'],
    ['prefill', 'prefillTimeSeconds'],
    ['decode', 'decodeTimeSeconds'],
  ] as const;

  /** A hundred observations, spread evenly from 0 to `top`. */
  const upTo = (top: number): HistogramSample => ({
    buckets: [
      {le: 1e-3, count: 0},
      {le: top, count: 100},
      {le: INFINITE, count: 100},
    ],
    sum: top * 50,
    count: 100,
  });
  const about = (value: number) => ({
    kind: 'interpolated',
    value: expect.closeTo(value, -1),
    from: expect.any(Number),
    to: expect.any(Number),
  });
  const nothing: HistogramSample = {...upTo(1), buckets: [], sum: 0, count: 0};

  test.each(names)('%s is read only from %s', (latency, reading) => {
    const all = Object.fromEntries(names.map(([, other]) => [other, other === reading ? upTo(2) : upTo(4)]));
    const window = windowOf(
      buildMetricsSample(0, Object.fromEntries(names.map(([, other]) => [other, nothing]))),
      buildMetricsSample(1, all),
    );
    const quantiles = latencyOf(window, noTargets)[latency];
    expect(quantiles).toEqual({
      count: 100,
      meanMs: 1_000,
      p50Ms: about(1_000),
      p95Ms: about(1_900),
      p99Ms: about(1_980),
      target: null,
    });
  });

  test.each([
    ['prompt', 'promptLengthTokens'],
    ['generation', 'generationLengthTokens'],
    ['longestGeneration', 'longestGenerationTokens'],
  ] as const)('the size %s is read from %s', (size, reading) => {
    const window = windowOf(
      buildMetricsSample(0, {[reading]: nothing}),
      buildMetricsSample(1, {[reading]: upTo(2_000)}),
    );
    expect(requestSizesOf(window)[size]).toEqual({
      meanTokens: 1_000,
      p50Tokens: about(1_000),
      p95Tokens: about(1_900),
      p99Tokens: about(1_980),
    });
  });

  test('of one sample are absent; of a histogram that appeared in the window they cover all of it only in a new engine', () => {
    const first = buildMetricsSample(0);
    expect(isAbsent(latencyOf(windowOf(first), noTargets).queue.p50Ms)).toBe(true);
    const appeared = buildMetricsSample(1, {queueTimeSeconds: upTo(2)});
    const unused = buildMetricsSample(0, {generationTokensTotal: 0});
    expect(latencyOf(windowOf(unused, appeared), noTargets).queue.meanMs).toBe(1_000);
    const used = buildMetricsSample(0, {generationTokensTotal: 5});
    expect(isAbsent(latencyOf(windowOf(used, appeared), noTargets).queue.meanMs)).toBe(true);
    const gone = windowOf(buildMetricsSample(0, {queueTimeSeconds: upTo(2)}), buildMetricsSample(1));
    expect(isAbsent(latencyOf(gone, noTargets).queue.meanMs)).toBe(true);
  });
});
