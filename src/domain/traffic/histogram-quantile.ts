import type {EngineMetricsSample, HistogramSample} from '../../samples/engine-metrics.ts';
import {absent, isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import type {Quantile} from './quantile.ts';
import {NO_REQUESTS, ONE_DISTRIBUTION, UNREAD} from './unmeasured.ts';

/** Products such as 0.29 x 100 are not whole in floating point. */
const RANK_TOLERANCE = 1e-9;
/** Sums are differences of large floating-point totals. */
const SUM_TOLERANCE = 1e-6;

/** Observations between two readings of a histogram; after a reset, the content of the later one. */
export function histogramGrowth(before: HistogramSample, after: HistogramSample): HistogramSample {
  const isReset =
    after.count < before.count || after.buckets.some(({count}, index) => count < (before.buckets[index]?.count ?? 0));
  const isAlike =
    before.buckets.length === after.buckets.length &&
    before.buckets.every((bucket, index) => bucket.le === after.buckets[index]?.le);
  if (!isAlike || isReset) return after;
  return {
    buckets: after.buckets.map(({le, count}, index) => ({le, count: count - (before.buckets[index]?.count ?? 0)})),
    sum: Math.max(0, after.sum - before.sum),
    count: after.count - before.count,
  };
}

/**
 * Observations of a histogram over samples, oldest first, and how long that was. Begins at the first sample that has it:
 * absent is zero only where the engine has not generated anything yet.
 */
export function histogramOver(
  samples: readonly EngineMetricsSample[],
  pick: (sample: EngineMetricsSample) => Reading<HistogramSample>,
): Reading<{readonly observed: HistogramSample; readonly spanMs: number}> {
  const newest = samples.at(-1);
  const after = newest === undefined ? absent(UNREAD) : pick(newest);
  if (newest === undefined || isAbsent(after)) return isAbsent(after) ? after : absent(UNREAD);
  const first = samples.find((sample) => isPresent(pick(sample)) || sample.generationTokensTotal === 0) ?? newest;
  if (first === newest) return absent(ONE_DISTRIBUTION);
  const before = pick(first);
  const spanMs = newest.stamp.monotonicMs - first.stamp.monotonicMs;
  return {observed: isAbsent(before) ? after : histogramGrowth(before, after), spanMs};
}

/** The observations above `from` and at or below `to`; `before` of all observations are smaller. */
export type Cell = {readonly from: number; readonly to: number; readonly before: number; readonly observations: number};

/**
 * The q-quantile (0..1, nearest rank) of observations that are not negative, in the histogram's unit: interpolated in
 * its bucket as Prometheus' histogram_quantile does, unless that would claim too much. In the first bucket, the one that
 * begins at zero, only a limit is known, its upper edge or less by the sum, in the last one only its lower edge; and where the sum of all observations shows that the
 * interpolated value is impossible, the bound that the sum allows is given.
 */
export function histogramQuantile(q: number, histogram: HistogramSample): Reading<Quantile> {
  return cellQuantile(q, cellsOf(histogram), histogram.sum);
}

/** The rank of the q-quantile among so many observations, from 1. */
export function rankOf(q: number, count: number): number {
  return Math.max(1, Math.ceil(q * count - RANK_TOLERANCE));
}

/** The same of the buckets of a histogram; those without observations may be left out. */
export function cellQuantile(q: number, cells: readonly Cell[], sum: number): Reading<Quantile> {
  const last = cells.at(-1);
  const count = last === undefined ? 0 : last.before + last.observations;
  if (count <= 0) return absent(NO_REQUESTS);
  const rank = rankOf(q, count);
  const cell = cells.find(({before, observations}) => before + observations >= rank);
  if (cell === undefined) return absent('the buckets of the histogram are empty');
  if (!Number.isFinite(cell.to)) {
    return cell.from > 0 ? {kind: 'above', value: cell.from} : absent('the histogram has no buckets');
  }
  const [lowest, highest] = possibleRange(cell, rank, cells, sum);
  if (highest - lowest <= SUM_TOLERANCE * highest) return {kind: 'exact', value: (lowest + highest) / 2};
  if (cell.from === 0) return {kind: 'below', value: Math.min(cell.to, highest * (1 + SUM_TOLERANCE))};
  const share = Math.min(1, Math.max(0, (q * count - cell.before) / cell.observations));
  const value = cell.from + (cell.to - cell.from) * share;
  if (value > highest) return {kind: 'below', value: highest * (1 + SUM_TOLERANCE)};
  if (value < lowest) return {kind: 'above', value: lowest * (1 - SUM_TOLERANCE)};
  return {kind: 'interpolated', value, from: lowest, to: highest};
}

/** Mean of the observations, in the histogram's unit; absent where the buckets show that it is impossible. */
export function histogramMean(histogram: HistogramSample): Reading<number> {
  const {sum, count} = histogram;
  if (count <= 0) return absent(NO_REQUESTS);
  if (!isPossibleSum(sum, cellsOf(histogram))) return absent('the sum of the histogram contradicts its buckets');
  return sum / count;
}

/** How many observations: those of the last bucket; the separate count may have been read a moment later. */
export function histogramCount({buckets, count}: HistogramSample): number {
  const last = buckets.at(-1);
  return last !== undefined && last.le === Number.POSITIVE_INFINITY ? last.count : count;
}

/** Mean and several quantiles of one histogram are asked for in a row, every second. */
let lastCells: {readonly of: HistogramSample; readonly cells: readonly Cell[]} | null = null;

function cellsOf(histogram: HistogramSample): readonly Cell[] {
  if (lastCells?.of !== histogram) lastCells = {of: histogram, cells: readCells(histogram)};
  return lastCells.cells;
}

/** Without empty ones: they hold no rank, and add nothing to a sum. */
function readCells(histogram: HistogramSample): readonly Cell[] {
  const {buckets} = histogram;
  const count = histogramCount(histogram);
  const cells: Cell[] = [];
  let before = 0;
  let from = 0;
  for (const bucket of buckets) {
    const observations = Math.max(0, Math.min(count, bucket.count) - before);
    if (observations > 0) cells.push({from, to: bucket.le, before, observations});
    before += observations;
    if (Number.isFinite(bucket.le)) from = bucket.le;
  }
  if (before < count) cells.push({from, to: Number.POSITIVE_INFINITY, before, observations: count - before});
  return cells;
}

/**
 * Where the observation of this rank can be, given its bucket and the sum of all: if it were higher, it and all above
 * it in its bucket would make the sum too large even with all others at their lower edges; and the reverse.
 */
function possibleRange(cell: Cell, rank: number, cells: readonly Cell[], sum: number): readonly [number, number] {
  if (!isPossibleSum(sum, cells)) return [cell.from, cell.to];
  const atOrAbove = cell.before + cell.observations - rank + 1;
  const atOrBelow = rank - cell.before;
  const highest = Math.min(cell.to, cell.from + Math.max(0, sum - sumsOf(cells).least) / atOrAbove);
  const lowest = Math.max(cell.from, cell.to - Math.max(0, sumsOf(cells).greatest - sum) / atOrBelow);
  return [Math.min(lowest, highest), highest];
}

function isPossibleSum(sum: number, cells: readonly Cell[]): boolean {
  const {least, greatest} = sumsOf(cells);
  return sum >= least * (1 - SUM_TOLERANCE) && sum <= greatest * (1 + SUM_TOLERANCE);
}

/** The sums of all observations at the lower and at the upper edges of their cells. */
type Sums = {readonly least: number; readonly greatest: number};
let lastSums: ({readonly of: readonly Cell[]} & Sums) | null = null;

function sumsOf(cells: readonly Cell[]): Sums {
  if (lastSums?.of !== cells) lastSums = {of: cells, least: sumAt('from', cells), greatest: sumAt('to', cells)};
  return lastSums;
}

/** Infinite as soon as one observation is beyond the highest finite edge. */
function sumAt(edge: 'from' | 'to', cells: readonly Cell[]): number {
  return cells.reduce((total, cell) => (cell.observations === 0 ? total : total + cell[edge] * cell.observations), 0);
}
