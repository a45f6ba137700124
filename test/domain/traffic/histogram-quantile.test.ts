import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
  histogramGrowth,
  histogramMean,
  histogramOver,
  histogramQuantile,
} from '../../../src/domain/traffic/histogram-quantile.ts';
import {type Quantile, scaleQuantile} from '../../../src/domain/traffic/quantile.ts';
import type {HistogramSample} from '../../../src/samples/engine-metrics.ts';
import {isAbsent, type Reading} from '../../../src/samples/reading.ts';
import {latencyQuantileText, tokenQuantileText} from '../../../src/views/format/quantiles.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

/** The lowest and the highest value that the true quantile can have; null where there is no upper limit. */
function quantileRange(quantile: Quantile): {readonly from: number; readonly to: number | null} {
  const {kind, value} = quantile;
  switch (kind) {
    case 'exact':
      return {from: value, to: value};
    case 'interpolated':
      return {from: quantile.from, to: quantile.to};
    case 'below':
      return {from: 0, to: value};
    case 'above':
      return {from: value, to: null};
  }
}

const INFINITE = Number.POSITIVE_INFINITY;

/** The value; a reading that is absent fails the test. */
function known<T>(reading: Reading<T>): T {
  if (isAbsent(reading)) throw new Error(`absent: ${reading.absent}`);
  return reading;
}

/** Observations as an engine counts them in buckets with these edges. */
function histogramOf(observations: readonly number[], edges: readonly number[]): HistogramSample {
  return {
    buckets: [...edges, INFINITE].map((le) => ({le, count: observations.filter((value) => value <= le).length})),
    sum: observations.reduce((sum, value) => sum + value, 0),
    count: observations.length,
  };
}

/** The observation of this rank: the smallest that at least q of all are not above. */
function nearestRank(observations: readonly number[], q: number): number {
  const sorted = observations.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length - 1e-9) - 1)] ?? Number.NaN;
}

/** Observations of half a second each, in buckets of 1 s and of everything. */
function halfSeconds(count: number): HistogramSample {
  return histogramOf(
    Array.from({length: count}, () => 0.5),
    [1],
  );
}

describe('growth of a histogram', () => {
  test('after a reset is its content: 10 observations, then 2', () => {
    expect(histogramGrowth(halfSeconds(10), halfSeconds(2))).toEqual(halfSeconds(2));
  });

  test('an equal count is not a reset, and nothing is new', () => {
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

  test('with other buckets than before cannot be compared, and is the new content', () => {
    const finer = histogramOf([0.2, ...Array.from({length: 11}, () => 0.5)], [0.25, 1]);
    expect(histogramGrowth(halfSeconds(10), finer)).toBe(finer);
    const shifted = {...halfSeconds(12), buckets: [{le: 2, count: 12}, ...halfSeconds(12).buckets.slice(1)]};
    expect(histogramGrowth(halfSeconds(10), shifted)).toBe(shifted);
  });

  test('a single bucket that fell is a reset too, even if more was observed since', () => {
    const before = histogramOf([0.5, 0.5, 3], [1]);
    const after = histogramOf([0.5, 3, 3, 3], [1]);
    expect(histogramGrowth(before, after)).toBe(after);
  });

  test('of any observations that follow others is the histogram of those that followed', () => {
    const edges = [0.1, 1, 10];
    const values = fc.array(fc.integer({min: 0, max: 200}).map((tenths) => tenths / 10));
    fc.assert(
      fc.property(values, values, (first, more) => {
        const growth = histogramGrowth(histogramOf(first, edges), histogramOf([...first, ...more], edges));
        const expected = histogramOf(more, edges);
        expect({...growth, sum: 0}).toEqual({...expected, sum: 0});
        expect(growth.sum).toBeCloseTo(expected.sum, 6);
      }),
    );
  });
});

describe('a histogram over samples', () => {
  const pick = (sample: ReturnType<typeof buildMetricsSample>) => sample.queueTimeSeconds;
  const has = (second: number, count: number) => buildMetricsSample(second, {queueTimeSeconds: halfSeconds(count)});
  const unused = buildMetricsSample(0, {generationTokensTotal: 0});
  const used = buildMetricsSample(0, {generationTokensTotal: 5});

  test('is what was observed since the first sample that has it, or since an engine was unused', () => {
    const grown = {observed: {count: 4, sum: 2}, spanMs: 3_000};
    expect(histogramOver([has(1, 6), has(2, 7), has(4, 10)], pick)).toMatchObject(grown);
    expect(histogramOver([used, has(1, 6), has(4, 10)], pick)).toMatchObject(grown);
    expect(histogramOver([unused, has(3, 4)], pick)).toMatchObject(grown);
  });

  test('is absent without a sample, without a second one, and once the engine does not have it any more', () => {
    const none = [[], [has(1, 6)], [used, has(1, 6)], [has(1, 6), used]];
    for (const samples of none) expect(isAbsent(histogramOver(samples, pick))).toBe(true);
  });
});

describe('a quantile', () => {
  const spread = {
    buckets: [
      {le: 1, count: 0},
      {le: 2, count: 10},
      {le: 4, count: 20},
      {le: INFINITE, count: 25},
    ],
    sum: 70,
    count: 25,
  };

  test('is interpolated between the edges of its bucket as Prometheus does', () => {
    expect(histogramQuantile(0.2, spread)).toEqual({kind: 'interpolated', value: 1.5, from: 1, to: 2});
    expect(histogramQuantile(0.4, spread)).toMatchObject({kind: 'interpolated', value: 2});
    expect(histogramQuantile(0.6, spread)).toMatchObject({kind: 'interpolated', value: 3});
  });

  test('in the first bucket is below its edge', () => {
    const short = histogramOf([0.1, 0.1, 0.2, 0.4, 2], [0.3, 0.5, 1]);
    expect(histogramQuantile(0.5, short)).toEqual({kind: 'below', value: 0.3});
  });

  test('in the first bucket is below what the sum allows: 100 waits of 2 ms are not "below 300 ms"', () => {
    const waits = histogramOf(
      Array.from({length: 100}, () => 0.002),
      [0.3, 0.5],
    );
    const p50 = known(histogramQuantile(0.5, waits));
    expect(p50.kind).toBe('below');
    expect(p50.value).toBeCloseTo(0.2 / 51, 5);
  });

  test('in the last bucket is above the highest finite edge', () => {
    expect(histogramQuantile(0.81, spread)).toEqual({kind: 'above', value: 4});
    expect(histogramQuantile(1, spread)).toEqual({kind: 'above', value: 4});
    expect(histogramQuantile(0.9, {buckets: [{le: 1, count: 2}], sum: 50, count: 10})).toEqual({
      kind: 'above',
      value: 1,
    });
  });

  test('that the mean refutes is a limit: 100 observations between 300 ms and 1 s with a mean of 310 ms', () => {
    const near = histogramOf(
      Array.from({length: 100}, () => 0.31),
      [0.3, 1],
    );
    const p50 = known(histogramQuantile(0.5, near));
    // Half of them and one are not below it: 51 x (p50 - 0.3) <= 100 x 0.01.
    expect(p50.kind).toBe('below');
    expect(p50.value).toBeCloseTo(0.3 + 1 / 51, 5);
    const far = histogramOf(
      Array.from({length: 100}, () => 0.99),
      [0.3, 1],
    );
    const low = known(histogramQuantile(0.5, far));
    expect(low.kind).toBe('above');
    expect(low.value).toBeCloseTo(1 - 1 / 50, 5);
  });

  test('of one observation is that observation, in any bucket with an upper edge', () => {
    for (const value of [0.12, 0.31, 0.8]) {
      const quantile = known(histogramQuantile(0.5, histogramOf([value], [0.3, 1])));
      expect(quantile.kind).toBe('exact');
      expect(quantile.value).toBeCloseTo(value, 9);
    }
    expect(histogramQuantile(0.5, histogramOf([5], [0.3, 1]))).toEqual({kind: 'above', value: 1});
  });

  test('is absent without observations and without buckets', () => {
    expect(histogramQuantile(0.5, {buckets: [], sum: 0, count: 0})).toEqual({
      absent: 'nothing measured in this window',
    });
    expect(isAbsent(histogramQuantile(0.5, {buckets: [{le: INFINITE, count: 3}], sum: 6, count: 3}))).toBe(true);
  });

  test('of a bucket that ends at zero is zero, and the next bucket still begins at zero', () => {
    // SGLang's queue times have a bucket for no wait at all.
    const waits = histogramOf([0, 0, 0, 0.02, 0.05, 0.09], [0, 0.1, 0.2]);
    expect(histogramQuantile(0.5, waits)).toEqual({kind: 'exact', value: 0});
    expect(histogramQuantile(0.9, waits)).toEqual({kind: 'below', value: 0.1});
  });

  test('counts what the last bucket holds: a separate count may have been read a moment later', () => {
    const late = {...histogramOf([0.4, 0.4, 0.4, 0.4], [0.3, 0.5]), count: 5};
    expect(histogramQuantile(0.99, late)).toMatchObject({kind: 'interpolated'});
  });

  test('without a last bucket: the rest of the count is beyond the others', () => {
    const open = {
      buckets: [
        {le: 1, count: 2},
        {le: 2, count: 4},
      ],
      sum: 6,
      count: 5,
    };
    expect(histogramMean(open)).toBeCloseTo(1.2, 9);
    expect(histogramQuantile(0.81, open)).toEqual({kind: 'above', value: 2});
    // One of 2 or more and one of 1 or more: the two up to 1 and the other up to 2 share what is left.
    expect(histogramQuantile(0.5, open)).toMatchObject({kind: 'interpolated', from: 1});
    expect(isAbsent(histogramMean({...open, sum: 3.9}))).toBe(true);
  });

  test('goes by the buckets alone where the sum contradicts them, and then there is no mean', () => {
    const odd = {...spread, sum: 1};
    expect(histogramQuantile(0.2, odd)).toEqual({kind: 'interpolated', value: 1.5, from: 1, to: 2});
    expect(isAbsent(histogramMean(odd))).toBe(true);
    expect(histogramMean(spread)).toBeCloseTo(2.8, 9);
  });
});

describe('for any observations', () => {
  const edges = fc
    .uniqueArray(fc.double({min: 0.001, max: 100, noNaN: true}), {minLength: 1, maxLength: 12})
    .map((values) => values.toSorted((a, b) => a - b));
  const latencies = fc.array(
    fc.oneof(
      fc.double({min: 0, max: 120, noNaN: true}),
      fc.double({min: 0, max: 0.05, noNaN: true}),
      fc.constantFrom(0, 0.3, 0.31, 1, 50),
    ),
    {minLength: 1, maxLength: 60},
  );
  const q = fc.constantFrom(0.5, 0.9, 0.99);

  test('the true quantile is within the range that is given', () => {
    fc.assert(
      fc.property(latencies, edges, q, (observations, bounds, share) => {
        const quantile = known(histogramQuantile(share, histogramOf(observations, bounds)));
        const truth = nearestRank(observations, share);
        const {from, to} = quantileRange(quantile);
        // A nanosecond: sums of floating-point numbers are not exact.
        expect(truth + 1e-9).toBeGreaterThanOrEqual(from * (1 - 1e-6));
        if (to !== null) expect(truth - 1e-9).toBeLessThanOrEqual(to * (1 + 1e-6));
        if (quantile.kind === 'interpolated') {
          expect(quantile.value).toBeGreaterThanOrEqual(from);
          expect(quantile.value).toBeLessThanOrEqual(to ?? INFINITE);
        }
      }),
      {numRuns: 2_000},
    );
  });

  test('a limit on the screen is never on the wrong side of the true latency', () => {
    fc.assert(
      fc.property(latencies, edges, q, (observations, bounds, share) => {
        const quantile = known(histogramQuantile(share, histogramOf(observations, bounds)));
        const truthMs = nearestRank(observations, share) * 1_000;
        const limitMs = shownMs(latencyQuantileText(scaleQuantile(quantile, 1_000)));
        if (quantile.kind === 'below') expect(truthMs - 1e-6).toBeLessThanOrEqual(limitMs * (1 + 1e-9));
        if (quantile.kind === 'above') expect(truthMs + 1e-6).toBeGreaterThanOrEqual(limitMs * (1 - 1e-9));
      }),
      {numRuns: 2_000},
    );
  });

  test('a size on the screen is never on the wrong side of the true one', () => {
    const sizes = fc.array(fc.nat(300_000), {minLength: 1, maxLength: 60});
    const steps = fc.uniqueArray(fc.integer({min: 1, max: 200_000}), {minLength: 1, maxLength: 12});
    fc.assert(
      fc.property(sizes, steps, q, (observations, bounds, share) => {
        const sorted = bounds.toSorted((a, b) => a - b);
        const quantile = known(histogramQuantile(share, histogramOf(observations, sorted)));
        const truth = nearestRank(observations, share);
        const shown = Number(tokenQuantileText(quantile).replaceAll(/[^\d.]/g, ''));
        if (quantile.kind === 'below') expect(truth).toBeLessThan(shown);
        if (quantile.kind === 'above') expect(truth).toBeGreaterThan(shown);
      }),
      {numRuns: 2_000},
    );
  });

  test('a higher quantile is never shown lower, and the mean is between what the buckets allow', () => {
    fc.assert(
      fc.property(latencies, edges, (observations, bounds) => {
        const histogram = histogramOf(observations, bounds);
        const all = [0.5, 0.9, 0.99].map((share) => known(histogramQuantile(share, histogram)));
        for (const [index, higher] of all.slice(1).entries()) {
          const lower = all[index];
          if (lower === undefined) continue;
          const {from} = quantileRange(lower);
          expect(from).toBeLessThanOrEqual((quantileRange(higher).to ?? INFINITE) * (1 + 1e-5));
          // Nothing is claimed of a value below its limit.
          if (lower.kind !== 'below') expect(lower.value).toBeLessThanOrEqual(higher.value * (1 + 1e-5));
        }
        expect(known(histogramMean(histogram))).toBeCloseTo(histogram.sum / observations.length, 6);
      }),
      {numRuns: 2_000},
    );
  });

  test('another unit changes the numbers alone', () => {
    const quantile: Quantile = {kind: 'interpolated', value: 2, from: 1, to: 4};
    expect(scaleQuantile(quantile, 1_000)).toEqual({kind: 'interpolated', value: 2_000, from: 1_000, to: 4_000});
    expect(scaleQuantile({kind: 'below', value: 0.3}, 1_000)).toEqual({kind: 'below', value: 300});
  });
});

const unitsMs: Readonly<Record<string, number>> = {ms: 1, s: 1_000, min: 60_000};

/** A latency as shown, back in milliseconds. */
function shownMs(text: string): number {
  const match = /([\d.,]+) (ms|s|min)$/.exec(text);
  if (match === null) throw new Error(`not a latency: ${text}`);
  return Number(match[1]?.replaceAll(',', '')) * (unitsMs[match[2] ?? ''] ?? Number.NaN);
}
