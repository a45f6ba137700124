import type {EngineMetricsSample, HistogramSample} from '../../../samples/engine-metrics.ts';
import {isPresent} from '../../../samples/reading.ts';
import {type HistogramName, histogramNames} from '../distributions/histogram-names.ts';
import {histogramCount, histogramGrowth} from '../histogram-quantile.ts';
import type {OwnRequest} from './request-claim.ts';

/** A histogram as last read, and the observations of Gantry's own requests in it. */
type Share = {readonly read: HistogramSample; readonly own: HistogramSample};

export type HistogramShares = ReadonlyMap<HistogramName, Share>;

/** Nothing was read. */
export const noShares: HistogramShares = new Map();

type Found = ReadonlyMap<symbol, ReadonlyMap<string, number>>;

/**
 * The sample with histograms of clients' requests alone. All new observations of a histogram are taken if Gantry's own
 * requests can have made all of them; which ones of more are theirs is unknown, and none is taken.
 */
export function withoutObservations(
  shares: HistogramShares,
  sample: EngineMetricsSample,
  requests: readonly OwnRequest[],
): {readonly shares: HistogramShares; readonly sample: EngineMetricsSample; readonly found: Found} {
  const next = new Map<HistogramName, Share>();
  const found = new Map(requests.map(({key, foundObservations}) => [key, new Map(foundObservations)]));
  const histograms: Partial<Record<HistogramName, HistogramSample>> = {};
  for (const name of histogramNames) {
    const read = sample[name];
    if (!isPresent(read)) continue;
    const before = shares.get(name);
    const growth = before === undefined ? read : histogramGrowth(before.read, read);
    // A histogram that started again grows by all that it has.
    const earlier = before === undefined || growth === read ? emptied(read) : before.own;
    const count = histogramCount(growth);
    const expected = requests.reduce((sum, request) => sum + openObservations(name, request), 0);
    const own = count <= expected ? sumOf(earlier, growth, 1) : earlier;
    let toFind = count;
    for (const request of requests) {
      const taken = Math.min(toFind, openObservations(name, request));
      toFind -= taken;
      found.get(request.key)?.set(name, (request.foundObservations.get(name) ?? 0) + taken);
    }
    next.set(name, {read, own});
    histograms[name] = sumOf(read, own, -1);
  }
  return {shares: next, sample: {...sample, ...histograms}, found};
}

/** One observation, and between tokens one less than tokens. */
function openObservations(name: HistogramName, {usage, expected, foundObservations}: OwnRequest): number {
  const {requests, generatedTokens} = usage ?? expected;
  const made = name === 'interTokenLatencySeconds' ? requests * (generatedTokens - 1) : requests;
  return Math.max(0, made - (foundObservations.get(name) ?? 0));
}

function emptied({buckets}: HistogramSample): HistogramSample {
  return {buckets: buckets.map(({le}) => ({le, count: 0})), sum: 0, count: 0};
}

/** `one` with `other` added, or subtracted with the sign -1; both have the same buckets. */
function sumOf(one: HistogramSample, other: HistogramSample, sign: 1 | -1): HistogramSample {
  const count = one.count + sign * other.count;
  return {
    buckets: one.buckets.map(({le, count: upTo}, index) => ({
      le,
      count: Math.max(0, upTo + sign * (other.buckets[index]?.count ?? 0)),
    })),
    // Differences of large sums leave a rest.
    sum: count === 0 ? 0 : Math.max(0, one.sum + sign * other.sum),
    count: Math.max(0, count),
  };
}
