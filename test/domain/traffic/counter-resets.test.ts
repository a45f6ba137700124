import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {counterGrowth, counterRate} from '../../../src/domain/traffic/counters.ts';
import {histogramGrowth, histogramMean, histogramQuantile} from '../../../src/domain/traffic/histogram-quantile.ts';
import {latencyOf, requestSizesOf} from '../../../src/domain/traffic/latencies.ts';
import {addSample, emptyWindow, type TrafficWindow, trafficOf} from '../../../src/domain/traffic/traffic-window.ts';
import type {EngineMetricsSample, HistogramSample} from '../../../src/samples/engine-metrics.ts';
import {absent, isAbsent} from '../../../src/samples/reading.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

const INFINITE = Number.POSITIVE_INFINITY;

/** Observations of half a second each, in buckets of 1 s and of everything. */
function halfSeconds(count: number): HistogramSample {
  return {
    buckets: [
      {le: 1, count},
      {le: INFINITE, count},
    ],
    sum: count / 2,
    count,
  };
}

function windowOf(...samples: readonly EngineMetricsSample[]): TrafficWindow {
  return samples.reduce(addSample, emptyWindow);
}

describe('a histogram that began again', () => {
  test('holds what came since: 10 observations, then 2', () => {
    expect(histogramGrowth(halfSeconds(10), halfSeconds(2))).toEqual(halfSeconds(2));
  });

  test('as many observations as before are no reset, and nothing came', () => {
    const growth = histogramGrowth(halfSeconds(10), halfSeconds(10));
    expect(growth).toEqual({
      buckets: [
        {le: 1, count: 0},
        {le: INFINITE, count: 0},
      ],
      sum: 0,
      count: 0,
    });
    expect(isAbsent(histogramQuantile(0.5, growth))).toBe(true);
    expect(isAbsent(histogramMean(growth))).toBe(true);
  });

  test('with other buckets than before cannot be compared, and counts as a new one', () => {
    const finer: HistogramSample = {
      buckets: [
        {le: 0.25, count: 1},
        {le: 1, count: 12},
        {le: INFINITE, count: 12},
      ],
      sum: 6,
      count: 12,
    };
    expect(histogramGrowth(halfSeconds(10), finer)).toBe(finer);
    const shifted = {...halfSeconds(12), buckets: [{le: 2, count: 12}, ...halfSeconds(12).buckets.slice(1)]};
    expect(histogramGrowth(halfSeconds(10), shifted)).toBe(shifted);
  });

  test('growth is what came between, bucket by bucket, and never negative', () => {
    const before = {
      buckets: [
        {le: 1, count: 4},
        {le: INFINITE, count: 6},
      ],
      sum: 9,
      count: 6,
    };
    const after = {
      buckets: [
        {le: 1, count: 3},
        {le: INFINITE, count: 10},
      ],
      sum: 8,
      count: 10,
    };
    expect(histogramGrowth(before, after)).toEqual({
      buckets: [
        {le: 1, count: 0},
        {le: INFINITE, count: 4},
      ],
      sum: 0,
      count: 4,
    });
  });
});

describe('a quantile', () => {
  const spread: HistogramSample = {
    buckets: [
      {le: 1, count: 0},
      {le: 2, count: 10},
      {le: 4, count: 20},
      {le: INFINITE, count: 25},
    ],
    sum: 70,
    count: 25,
  };

  test('begins at the bound below its bucket', () => {
    expect(histogramQuantile(0.2, spread)).toBeCloseTo(1.5, 9);
    expect(histogramQuantile(0.4, spread)).toBeCloseTo(2, 9);
    expect(histogramQuantile(0.6, spread)).toBeCloseTo(3, 9);
  });

  test('of 0 is the bound below the first bucket that holds something', () => {
    expect(histogramQuantile(0, spread)).toBe(1);
  });

  test('in the last bucket is the highest finite bound, for nobody knows how far it reaches', () => {
    expect(histogramQuantile(0.81, spread)).toBe(4);
    expect(histogramQuantile(1, spread)).toBe(4);
  });

  test('of buckets that hold fewer than the count is their highest bound', () => {
    expect(histogramQuantile(0.9, {buckets: [{le: 1, count: 2}], sum: 5, count: 10})).toBe(1);
  });

  test('the mean is the sum by the count', () => {
    expect(histogramMean(spread)).toBeCloseTo(2.8, 9);
  });
});

describe('a counter', () => {
  test('that fell by a thousandth was printed rounded; by more, it began again', () => {
    expect(counterGrowth(1_000_000, 999_000)).toBe(0);
    expect(counterGrowth(1_000_000, 998_999)).toBe(998_999);
    expect(counterGrowth(5, 5)).toBe(0);
  });

  test('gives no rate where no time has passed, nor where one of its readings is absent', () => {
    const none = absent('the server does not say');
    expect(isAbsent(counterRate(1, 2, 0))).toBe(true);
    expect(isAbsent(counterRate(1, 2, -5))).toBe(true);
    expect(counterRate(none, 2, 1_000)).toEqual(none);
    expect(counterRate(1, none, 1_000)).toEqual(none);
    expect(counterRate(10, 40, 2_000)).toBe(15);
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

  test('a sample older than ten seconds is not part of a rate', () => {
    const old = buildMetricsSample(0, {generationTokensTotal: 0});
    const window = windowOf(
      old,
      buildMetricsSample(5, {generationTokensTotal: 1_000}),
      buildMetricsSample(11, {generationTokensTotal: 1_060}),
    );
    expect(trafficOf(window).generationTokensPerSecond).toBe(10);
    const apart = windowOf(old, buildMetricsSample(10.001, {generationTokensTotal: 50}));
    expect(isAbsent(trafficOf(apart).generationTokensPerSecond)).toBe(true);
  });

  test('keeps a minute of samples, the one exactly a minute old included', () => {
    const window = windowOf(...[0, 1, 30, 61].map((second) => buildMetricsSample(second)));
    expect(window.samples.map(({stamp}) => stamp.monotonicMs)).toEqual([1_000, 30_000, 61_000]);
  });

  test('a sample taken twice at one moment counts once, as what came last', () => {
    const window = windowOf(
      buildMetricsSample(0, {generationTokensTotal: 0}),
      buildMetricsSample(5, {generationTokensTotal: 1}),
      buildMetricsSample(5, {generationTokensTotal: 100}),
    );
    expect(window.samples).toHaveLength(2);
    expect(trafficOf(window).generationTokensPerSecond).toBe(20);
  });

  test('a clock that went back leaves the newer samples out', () => {
    const window = windowOf(
      buildMetricsSample(50, {generationTokensTotal: 500}),
      buildMetricsSample(20, {generationTokensTotal: 100}),
    );
    expect(window.samples.map(({stamp}) => stamp.monotonicMs)).toEqual([20_000]);
  });

  test('growth is summed over a reset, whatever came before and after it', () => {
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

  test('live counters are taken for prompts as well, cached ones included', () => {
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

  test('of no drafts in the window there is no share', () => {
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
      {le: top, count: 100},
      {le: INFINITE, count: 100},
    ],
    sum: top * 50,
    count: 100,
  });
  const nothing: HistogramSample = {...upTo(1), buckets: [], sum: 0, count: 0};

  test.each(names)('%s is read from %s and from no other', (latency, reading) => {
    const all = Object.fromEntries(names.map(([, other]) => [other, other === reading ? upTo(2) : upTo(4)]));
    const window = windowOf(
      buildMetricsSample(0, Object.fromEntries(names.map(([, other]) => [other, nothing]))),
      buildMetricsSample(1, all),
    );
    const quantiles = latencyOf(window)[latency];
    expect(quantiles).toEqual({
      meanMs: 1_000,
      p50Ms: expect.closeTo(1_000, 6),
      p90Ms: expect.closeTo(1_800, 6),
      p99Ms: expect.closeTo(1_980, 6),
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
      p50Tokens: expect.closeTo(1_000, 6),
      p90Tokens: expect.closeTo(1_800, 6),
      p99Tokens: expect.closeTo(1_980, 6),
    });
  });

  test('of one sample are absent; of a histogram that appeared in the window they are those of all it holds', () => {
    const first = buildMetricsSample(0);
    expect(isAbsent(latencyOf(windowOf(first)).queue.p50Ms)).toBe(true);
    const appeared = windowOf(first, buildMetricsSample(1, {queueTimeSeconds: upTo(2)}));
    expect(latencyOf(appeared).queue.meanMs).toBe(1_000);
    const gone = windowOf(buildMetricsSample(0, {queueTimeSeconds: upTo(2)}), buildMetricsSample(1));
    expect(isAbsent(latencyOf(gone).queue.meanMs)).toBe(true);
  });
});
