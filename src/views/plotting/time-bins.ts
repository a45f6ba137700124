/** A value at a time; null where it is unknown. The order of a series is oldest first. */
export type PlotPoint = {readonly atMs: number; readonly value: number | null};

/** Equal parts of time, the first one beginning at `firstMs`. */
export type BinSpan = {readonly firstMs: number; readonly binMs: number; readonly count: number};

/** The extremes of each part of time, NaN where nothing is known; and of all of it, null without a value. */
export type Bins = {
  readonly least: Float64Array;
  readonly most: Float64Array;
  readonly summary: SeriesSummary | null;
};

/** What is known of a series within a window. */
export type SeriesSummary = {
  readonly least: number;
  readonly most: number;
  /** The newest value; null if the series ends with an unknown one. */
  readonly last: number | null;
};

/** A silence longer than so many usual steps between points is a gap; a shorter one holds the value before it. */
const HELD_STEPS = 3;
/** Values beyond are drawn as this: differences of two such values are still finite. */
const LARGEST = 1e300;

/**
 * The points of a window in bins. Every point counts, so that a peak of one second is as high in a window of days as in one
 * of a minute. `stepMs` is the usual time between points: a value holds until the next one, but not through a gap, and
 * what is not a finite number is a gap.
 */
export function binPoints(points: readonly PlotPoint[], {firstMs, binMs, count}: BinSpan, stepMs: number): Bins {
  const least = new Float64Array(count).fill(Number.NaN);
  const most = new Float64Array(count).fill(Number.NaN);
  const longestMs = HELD_STEPS * stepMs;
  const endMs = firstMs + count * binMs;
  let summaryLeast = Number.POSITIVE_INFINITY;
  let summaryMost = Number.NEGATIVE_INFINITY;
  let last: number | null = null;
  let heldFromMs = Number.NEGATIVE_INFINITY;
  let held = Number.NaN;
  for (let index = firstAtOrAfter(points, firstMs - longestMs); index < points.length; index += 1) {
    const point = points[index];
    if (point === undefined || point.atMs >= endMs) break;
    const bin = Math.floor((point.atMs - firstMs) / binMs);
    if (point.atMs - heldFromMs <= longestMs) hold(least, most, held, heldFromMs, point.atMs, firstMs, binMs);
    const value = drawableValue(point.value);
    heldFromMs = value === null ? Number.NEGATIVE_INFINITY : point.atMs;
    if (value !== null) held = value;
    if (bin < 0) continue;
    last = value;
    if (value === null) continue;
    widen(least, most, bin, value);
    summaryLeast = Math.min(summaryLeast, value);
    summaryMost = Math.max(summaryMost, value);
  }
  const summary = summaryMost === Number.NEGATIVE_INFINITY ? null : {least: summaryLeast, most: summaryMost, last};
  return {least, most, summary};
}

/** The value that a series shows at a time, by the same rule; null in a gap. */
export function valueAt(points: readonly PlotPoint[], atMs: number, stepMs: number): number | null {
  const point = points[firstAtOrAfter(points, atMs + 1) - 1];
  return point === undefined || atMs - point.atMs > HELD_STEPS * stepMs ? null : drawableValue(point.value);
}

/** Fills the empty bins between two points with the value of the first. */
function hold(
  least: Float64Array,
  most: Float64Array,
  value: number,
  fromMs: number,
  toMs: number,
  firstMs: number,
  binMs: number,
): void {
  const end = Math.min(least.length, Math.floor((toMs - firstMs) / binMs));
  for (let bin = Math.max(0, Math.floor((fromMs - firstMs) / binMs) + 1); bin < end; bin += 1) {
    if (Number.isNaN(most[bin])) widen(least, most, bin, value);
  }
}

function widen(least: Float64Array, most: Float64Array, bin: number, value: number): void {
  const before = most[bin] ?? Number.NaN;
  const isFirst = Number.isNaN(before);
  most[bin] = isFirst ? value : Math.max(before, value);
  least[bin] = isFirst ? value : Math.min(least[bin] ?? value, value);
}

function drawableValue(value: number | null): number | null {
  if (value === null || !Number.isFinite(value)) return null;
  return Math.min(LARGEST, Math.max(-LARGEST, value));
}

function firstAtOrAfter(points: readonly PlotPoint[], atMs: number): number {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle]?.atMs ?? 0) < atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
