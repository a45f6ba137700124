import type {HistogramSample} from '../../samples/engine-metrics.ts';
import type {MetricFamily, MetricPoint} from '../../samples/exposition.ts';
import {absent, type Reading} from '../../samples/reading.ts';

/** The names of one quantity, newest first, for servers of any version. */
export type SeriesNames = readonly [string, ...string[]];

/** Which points of a series count; all when omitted. */
export type PointFilter = (labels: Readonly<Record<string, string>>) => boolean;

/** An engine's /metrics, looked up by the names of a quantity. */
export type MetricSeries = {
  /** The points of the newest name this server has; null when it has none. */
  readonly points: (names: SeriesNames, filter?: PointFilter) => readonly MetricPoint[] | null;
  /** Sum over engine cores, ranks and labels. */
  readonly sum: (names: SeriesNames, filter?: PointFilter) => Reading<number>;
  /** Mean over engine cores or ranks, for a ratio that each of them reports. */
  readonly mean: (names: SeriesNames, filter?: PointFilter) => Reading<number>;
  /** The first value, when all points are equal. */
  readonly first: (names: SeriesNames) => Reading<number>;
  /** Values summed by label value. */
  readonly sumBy: (names: SeriesNames, label: string) => Reading<Record<string, number>>;
  /** Buckets, sum and count, each summed over engine cores and labels. */
  readonly histogram: (names: SeriesNames, filter?: PointFilter) => Reading<HistogramSample>;
};

/**
 * Series by their names. `prefix` is the engine's (`vllm`): some collectors store `vllm_x` for `vllm:x`, and both are
 * read as the latter.
 */
export function readSeries(families: readonly MetricFamily[], prefix: string): MetricSeries {
  const byName = indexSeries(families, prefix);
  const points: MetricSeries['points'] = (names, filter) => pointsOf(byName, names, '', filter);
  const reduced = (
    names: SeriesNames,
    filter: PointFilter | undefined,
    reduce: (values: readonly number[]) => number,
    valuesOf: (points: readonly MetricPoint[]) => readonly number[] = (found) => found.map((point) => point.value),
  ): Reading<number> => {
    const found = points(names, filter);
    if (found === null) return notExposed(names);
    const value = reduce(valuesOf(found));
    return isCount(value) ? value : absent(impossible(names));
  };
  return {
    points,
    sum: (names, filter) => reduced(names, filter, total),
    mean: (names, filter) => reduced(names, filter, (values) => total(values) / values.length, largestOfProcesses),
    first: (names) => reduced(names, undefined, ([value]) => value ?? Number.NaN),
    sumBy(names, label) {
      const found = points(names);
      return found === null ? notExposed(names) : sumByLabel(found, label);
    },
    histogram: (names, filter) => histogramOf(byName, names, filter),
  };
}

/** A test for the names of these series, of histograms their parts, also in the spelling that some collectors store. */
export function seriesNamed(names: readonly SeriesNames[], prefix: string): (series: string) => boolean {
  const all = new Set(names.flat().flatMap((name) => [name, `${name}_bucket`, `${name}_sum`, `${name}_count`]));
  const stored = [...all].map((name) => name.replace(`${prefix}:`, `${prefix}_`));
  const known = new Set([...all, ...stored]);
  return (series) => known.has(series);
}

/** Why a quantity is absent. */
export function notExposed(names: SeriesNames): Reading<never> {
  return absent(`this server does not expose ${names[0]}`);
}

type SeriesByName = ReadonlyMap<string, readonly MetricPoint[]>;

function indexSeries(families: readonly MetricFamily[], prefix: string): SeriesByName {
  const stored = `${prefix}_`;
  const series = new Map<string, MetricPoint[]>();
  for (const family of families) {
    for (const point of family.points) {
      const name = point.name.startsWith(stored) ? `${prefix}:${point.name.slice(stored.length)}` : point.name;
      const points = series.get(name);
      if (points === undefined) series.set(name, [point]);
      else points.push(point);
    }
  }
  return series;
}

function pointsOf(
  series: SeriesByName,
  names: SeriesNames,
  suffix: string,
  filter: PointFilter | undefined,
): readonly MetricPoint[] | null {
  for (const name of names) {
    const points = series.get(name + suffix);
    const counted = filter === undefined ? points : points?.filter(({labels}) => filter(labels));
    if (counted !== undefined && counted.length > 0) return counted;
  }
  return null;
}

/**
 * Of the processes of one API (`pid`, of gauges that `prometheus_client` keeps for each of them), only the one that the engine
 * reports to has its value, and the others have 0: the largest for each set of other labels.
 */
function largestOfProcesses(points: readonly MetricPoint[]): readonly number[] {
  const largest = new Map<string, number>();
  for (const [index, {labels, value}] of points.entries()) {
    const {pid, ...others} = labels;
    const key = pid === undefined ? String(index) : JSON.stringify(Object.entries(others).toSorted());
    largest.set(key, Math.max(largest.get(key) ?? value, value));
  }
  return [...largest.values()];
}

function sumByLabel(points: readonly MetricPoint[], label: string): Record<string, number> {
  const sums = new Map<string, number>();
  for (const {labels, value} of points) {
    const word = labels[label] ?? 'unknown';
    sums.set(word, (sums.get(word) ?? 0) + value);
  }
  return Object.fromEntries(sums);
}

function histogramOf(
  series: SeriesByName,
  names: SeriesNames,
  filter: PointFilter | undefined,
): Reading<HistogramSample> {
  const buckets = pointsOf(series, names, '_bucket', filter);
  const sums = pointsOf(series, names, '_sum', filter);
  const counts = pointsOf(series, names, '_count', filter);
  if (buckets === null || sums === null || counts === null) return notExposed(names);
  const byBound = new Map<number, number>();
  for (const {labels, value} of buckets) {
    const le = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']);
    byBound.set(le, (byBound.get(le) ?? 0) + value);
  }
  const histogram = {
    buckets: [...byBound].map(([le, count]) => ({le, count})).sort((a, b) => a.le - b.le),
    sum: total(sums.map(({value}) => value)),
    count: total(counts.map(({value}) => value)),
  };
  return isPossible(histogram) ? histogram : absent(impossible(names));
}

function isCount(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

function impossible([name]: SeriesNames): string {
  return `${name} has an impossible value`;
}

/** What counts observations is a finite number, and each bucket has a bound. */
function isPossible({buckets, sum, count}: HistogramSample): boolean {
  return (
    Number.isFinite(sum) &&
    isCount(count) &&
    buckets.every((bucket) => !Number.isNaN(bucket.le) && isCount(bucket.count))
  );
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
