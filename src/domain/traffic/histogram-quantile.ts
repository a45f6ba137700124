import type {HistogramSample} from '../../samples/engine-metrics.ts';
import {absent, type Reading} from '../../samples/reading.ts';

/** Observations between two readings of a histogram; after a reset, the content of the later one. */
export function histogramGrowth(before: HistogramSample, after: HistogramSample): HistogramSample {
  const isReset = after.count < before.count;
  const isAlike =
    before.buckets.length === after.buckets.length &&
    before.buckets.every((bucket, index) => bucket.le === after.buckets[index]?.le);
  if (isReset || !isAlike) return after;
  return {
    buckets: after.buckets.map(({le, count}, index) => ({
      le,
      count: Math.max(0, count - (before.buckets[index]?.count ?? 0)),
    })),
    sum: Math.max(0, after.sum - before.sum),
    count: after.count - before.count,
  };
}

/**
 * The q-quantile (0..1) as Prometheus' histogram_quantile gives it: linear within its bucket, 0 as the lower
 * bound of the first one, and the highest finite bound if it is in the last. In the histogram's unit.
 */
export function histogramQuantile(q: number, {buckets, count}: HistogramSample): Reading<number> {
  if (count === 0) return absent('no requests in the window');
  const rank = q * count;
  let below = 0;
  let lower = 0;
  for (const {le, count: upTo} of buckets) {
    if (upTo >= rank && upTo > below) {
      if (!Number.isFinite(le)) return lower;
      return lower + ((le - lower) * Math.max(0, rank - below)) / (upTo - below);
    }
    below = upTo;
    if (Number.isFinite(le)) lower = le;
  }
  return lower;
}

/** Mean of the observations, in the histogram's unit. */
export function histogramMean({sum, count}: HistogramSample): Reading<number> {
  return count === 0 ? absent('no requests in the window') : sum / count;
}
