import type {KeptGap} from '../../api/history.ts';
import {type HistogramName, histogramNames} from '../../domain/traffic/distributions/histogram-names.ts';
import {mergedHistogram} from '../../domain/traffic/distributions/merge-counts.ts';
import {type Cell, cellQuantile, rankOf} from '../../domain/traffic/histogram-quantile.ts';
import type {Observed} from '../../domain/traffic/latencies.ts';
import type {Quantile} from '../../domain/traffic/quantile.ts';
import {isAbsent} from '../../samples/reading.ts';
import {slotOf} from '../../shared/quantities/moments.ts';
import type {Steps} from '../steps.ts';
import type {BoundsBook} from './bounds-book.ts';
import type {GapRow} from './gap-table.ts';
import {type ReadPart, readGrowth} from './growth-blob.ts';
import type {KeptIntervals} from './select-intervals.ts';

/** Most points of one quantile in a window: each is of all requests in its part of the window. */
const MOST_POINTS = 288;
/** The quantile whose highest value of any interval is looked for. */
export const HIGHEST_QUANTILE = 0.99;
const ROWS_PER_STEP = 10;
/** Sizes of requests have no highest p99. */
const withHighest: ReadonlySet<HistogramName> = new Set<HistogramName>(
  histogramNames.filter((name) => name.endsWith('Seconds')),
);
/** Above any number of bounds. */
const KEY_BASE = 65_536;

type Part = {
  readonly histogram: number;
  readonly bounds: readonly number[];
  readonly counts: Float64Array;
  sum: number;
};
type Counts = Map<number, Part>;

/** The highest p99 of any interval, or gap that counts, in the histogram's unit, and when that began. */
export type HighestQuantile = {readonly atMs: number; readonly quantile: Quantile};

/** `edge`: the upper bound of the bucket that it is in. */
type Highest = HighestQuantile & {readonly edge: number};

/** What was observed in a window: in all of it, and in each of its equal parts. */
export type WindowCounts = {
  readonly pointMs: number;
  readonly whole: Observed;
  /** By the start of the part, a multiple of `pointMs`; none for one without requests. */
  readonly points: ReadonlyMap<number, Observed>;
  readonly highest: ReadonlyMap<HistogramName, HighestQuantile>;
  /** Those that `whole` has not, or no point. */
  readonly gaps: readonly KeptGap[];
};

/**
 * All intervals added up, and the gaps that the window holds from beginning to end: of what was counted in others, no part is known
 * to be of the window. A point has the growth of a gap that ends in it and is not longer than a point.
 */
export function* countWindow({rows, gaps, book, stepMs, time}: KeptIntervals): Steps<WindowCounts> {
  const {sinceMs, untilMs} = time;
  const pointMs = stepMs * Math.max(1, Math.ceil((untilMs - sinceMs) / stepMs / MOST_POINTS));
  const points = new Map<number, Counts>();
  const highest = new Map<HistogramName, Highest>();
  for (const [index, {atMs, growth}] of rows.entries()) {
    if (index % ROWS_PER_STEP === 0) yield;
    addGrowth(growth, book, countsAt(points, atMs, pointMs), (part, bounds) => raise(highest, atMs, part, bounds));
  }
  const inNoPoint: Counts = new Map();
  const left: KeptGap[] = [];
  for (const {fromMs, toMs, growth} of gaps) {
    const isInWindow = fromMs >= sinceMs && toMs <= untilMs;
    const isInPoint = isInWindow && toMs - fromMs <= pointMs;
    const counts = isInPoint ? countsAt(points, toMs, pointMs) : inNoPoint;
    if (isInWindow) addGrowth(growth, book, counts, (part, bounds) => raise(highest, fromMs, part, bounds));
    if (!isInPoint) left.push({fromMs, toMs, requests: requestsIn(growth), isInWindow});
    yield;
  }
  return {
    pointMs,
    whole: observedIn(sumOf([...points.values(), inNoPoint])),
    points: new Map([...points].map(([atMs, counts]) => [atMs, observedIn(counts)])),
    highest,
    gaps: left,
  };
}

function countsAt(points: Map<number, Counts>, atMs: number, pointMs: number): Counts {
  const slotMs = slotOf(atMs, pointMs);
  const counts: Counts = points.get(slotMs) ?? new Map();
  points.set(slotMs, counts);
  return counts;
}

function addGrowth(
  growth: Uint8Array,
  book: BoundsBook,
  counts: Counts,
  seen: (part: ReadPart, bounds: Part['bounds']) => void,
): void {
  readGrowth(growth, (part) => {
    const bounds = book.bounds(part.bounds);
    if (bounds === null) return;
    seen(part, bounds);
    add(counts, part, bounds);
  });
}

/** As many as the histogram of a request's time that has the most: each has one observation per request, at its first token or its end. */
function requestsIn(growth: GapRow['growth']): number {
  const requests = new Map<number, number>();
  readGrowth(growth, ({histogram, used, counts}) => {
    const name = histogramNames[histogram];
    if (name === undefined || !withHighest.has(name) || name === 'interTokenLatencySeconds') return;
    let total = requests.get(histogram) ?? 0;
    for (let index = 0; index < used; index += 1) total += counts[index] ?? 0;
    requests.set(histogram, total);
  });
  return Math.max(0, ...requests.values());
}

function observedIn(counts: Counts): Observed {
  return (name) => mergedHistogram([...counts.values()].filter(({histogram}) => histogramNames[histogram] === name));
}

function sumOf(all: readonly Counts[]): Counts {
  const sums: Counts = new Map();
  for (const [key, {histogram, bounds, counts, sum}] of all.flatMap((each) => [...each])) {
    const total = sums.get(key) ?? {histogram, bounds, counts: new Float64Array(bounds.length), sum: 0};
    sums.set(key, total);
    for (let place = 0; place < counts.length; place += 1)
      total.counts[place] = (total.counts[place] ?? 0) + (counts[place] ?? 0);
    total.sum += sum;
  }
  return sums;
}

function add(
  counts: Counts,
  {histogram, bounds: number, used, places, counts: found, sum}: ReadPart,
  bounds: Part['bounds'],
) {
  const key = histogram * KEY_BASE + number;
  const known = counts.get(key);
  const part = known ?? {histogram, bounds, counts: new Float64Array(bounds.length), sum: 0};
  if (known === undefined) counts.set(key, part);
  for (let index = 0; index < used; index += 1) {
    const place = places[index] ?? 0;
    part.counts[place] = (part.counts[place] ?? 0) + (found[index] ?? 0);
  }
  part.sum += sum;
}

/** Only of an interval that has its p99 in the bucket of the highest one, or above, the value is looked for. */
function raise(highest: Map<HistogramName, Highest>, atMs: number, part: ReadPart, bounds: Part['bounds']): void {
  const name = histogramNames[part.histogram];
  if (name === undefined || !withHighest.has(name)) return;
  const {used, places, counts} = part;
  let total = 0;
  for (let index = 0; index < used; index += 1) total += counts[index] ?? 0;
  const rank = rankOf(HIGHEST_QUANTILE, total);
  let index = 0;
  for (let upTo = counts[0] ?? 0; upTo < rank && index < used; upTo += counts[index] ?? 0) index += 1;
  const edge = bounds[places[index] ?? 0] ?? 0;
  const known = highest.get(name);
  if (known !== undefined && edge <= known.quantile.value) return;
  if (known !== undefined && edge < known.edge) return;
  const quantile = cellQuantile(HIGHEST_QUANTILE, cellsIn(part, bounds), part.sum);
  if (isAbsent(quantile) || (known !== undefined && quantile.value <= known.quantile.value)) return;
  highest.set(name, {edge, atMs, quantile});
}

function cellsIn({used, places, counts}: ReadPart, bounds: Part['bounds']): Cell[] {
  const cells: Cell[] = [];
  let before = 0;
  for (let index = 0; index < used; index += 1) {
    const place = places[index] ?? 0;
    const observations = counts[index] ?? 0;
    cells.push({from: place === 0 ? 0 : (bounds[place - 1] ?? 0), to: bounds[place] ?? 0, before, observations});
    before += observations;
  }
  return cells;
}
