import type {HistogramSample} from '../../../samples/engine-metrics.ts';

/** Observations by the bucket they are in, not cumulative: as many counts as bounds. */
export type BucketCounts = {
  /** Ascending upper bounds; the last one is Infinity. */
  readonly bounds: readonly number[];
  readonly counts: ArrayLike<number>;
  readonly sum: number;
};

/**
 * All observations as one cumulative histogram. Where bounds differ, because engines or their versions have others, it has those
 * that all parts with observations have: what is at or below such a bound is known exactly in each of them, and nothing is
 * divided by a guess.
 */
export function mergedHistogram(parts: readonly BucketCounts[]): HistogramSample {
  const used = parts.filter(({counts}) => totalOf(counts) > 0);
  const [first, ...others] = used;
  if (first === undefined) return {buckets: [{le: Number.POSITIVE_INFINITY, count: 0}], sum: 0, count: 0};
  const common = others.reduce<readonly number[]>((bounds, part) => {
    if (part.bounds === bounds) return bounds;
    const known = new Set(part.bounds);
    return bounds.filter((bound) => known.has(bound));
  }, first.bounds);
  const upTo = new Float64Array(common.length);
  for (const part of used) addUpTo(upTo, common, part);
  const buckets = common.map((le, place) => ({le, count: upTo[place] ?? 0}));
  return {buckets, sum: used.reduce((sum, part) => sum + part.sum, 0), count: buckets.at(-1)?.count ?? 0};
}

/** The observations of a cumulative histogram by bucket; what is beyond its last bound is in a bucket without an end. */
export function countsOf({buckets, sum, count}: HistogramSample): BucketCounts & {readonly counts: Float64Array} {
  const isOpen = buckets.at(-1)?.le === Number.POSITIVE_INFINITY;
  const bounds = buckets.map(({le}) => le);
  if (!isOpen) bounds.push(Number.POSITIVE_INFINITY);
  const counts = new Float64Array(bounds.length);
  let before = 0;
  for (const place of bounds.keys()) {
    const upTo = Math.max(before, Math.round(buckets[place]?.count ?? count));
    counts[place] = upTo - before;
    before = upTo;
  }
  return {bounds, counts, sum};
}

/** How many observations there are. */
export function totalOf(counts: ArrayLike<number>): number {
  let total = 0;
  for (let place = 0; place < counts.length; place += 1) total += counts[place] ?? 0;
  return total;
}

function addUpTo(upTo: Float64Array, common: readonly number[], {bounds, counts}: BucketCounts): void {
  let before = 0;
  let place = 0;
  for (let index = 0; index < common.length; index += 1) {
    const le = common[index] ?? 0;
    for (; place < bounds.length && (bounds[place] ?? 0) <= le; place += 1) before += counts[place] ?? 0;
    upTo[index] = (upTo[index] ?? 0) + before;
  }
}
