import type {HistogramSample} from '../../src/samples/engine-metrics.ts';

/** Observations as an engine counts them in buckets with these edges. */
export function histogramOf(observations: readonly number[], edges: readonly number[]): HistogramSample {
  return {
    buckets: [...edges, Number.POSITIVE_INFINITY].map((le) => ({
      le,
      count: observations.filter((value) => value <= le).length,
    })),
    sum: observations.reduce((sum, value) => sum + value, 0),
    count: observations.length,
  };
}

/** The observation of this rank: the smallest that at least q of all are not above. */
export function nearestRank(observations: readonly number[], q: number): number {
  const sorted = observations.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length - 1e-9) - 1)] ?? Number.NaN;
}
