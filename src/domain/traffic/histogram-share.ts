import type {HistogramSample} from '../../samples/engine-metrics.ts';
import {absent, type Reading} from '../../samples/reading.ts';
import {histogramCount} from './histogram-quantile.ts';
import type {Quantile} from './quantile.ts';
import {NO_REQUESTS} from './unmeasured.ts';

/** Limits are converted from milliseconds: 70 ms is the edge 0.07 s. */
const EDGE_TOLERANCE = 1e-9;

/**
 * The part, 0..1, of the observations that are not above `limit`, in the histogram's unit. Exact where the limit is an edge of a
 * bucket, or nothing is in its bucket; else interpolated in it as Prometheus' histogram_quantile does in reverse, with the parts
 * at both edges. In the first bucket and beyond the last edge only a limit of it is known.
 */
export function histogramShare(limit: number, histogram: HistogramSample): Reading<Quantile> {
  const all = histogramCount(histogram);
  if (all <= 0) return absent(NO_REQUESTS);
  const share = (count: number): number => Math.min(1, Math.max(0, count / all));
  const edges = histogram.buckets.filter(({le}) => Number.isFinite(le));
  const same = edges.find(({le}) => Math.abs(le - limit) <= EDGE_TOLERANCE * Math.max(le, limit));
  if (same !== undefined) return {kind: 'exact', value: share(same.count)};
  const below = edges.findLast(({le}) => le < limit);
  const above = edges.find(({le}) => le > limit);
  const from = share(below?.count ?? 0);
  const to = above === undefined ? 1 : share(above.count);
  if (to <= from) return {kind: 'exact', value: from};
  if (above === undefined)
    return edges.length === 0 ? absent('the histogram has no buckets') : {kind: 'above', value: from};
  if (below === undefined) return {kind: 'below', value: to};
  const value = from + ((to - from) * (limit - below.le)) / (above.le - below.le);
  return {kind: 'interpolated', value, from, to};
}
