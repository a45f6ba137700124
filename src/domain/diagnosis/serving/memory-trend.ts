import {median} from '../../../shared/median.ts';
import {MS_PER_HOUR} from '../../../shared/units.ts';

/** A value at a time, ms. */
export type TimedValue = {readonly atMs: number; readonly value: number};

/** How a value changed over the points. */
export type Trend = {
  /** Median of the slopes between all pairs of points (Theil-Sen): single outliers do not matter. */
  readonly perHour: number;
  readonly spanMs: number;
  /** True if it grew in most parts of the time: a step, however high, grows in one or two. */
  readonly isSteady: boolean;
};

const FEWEST_POINTS = 6;
/** The time is divided into this many parts of equal length. */
const PARTS = 6;
/** A part must grow by this fraction of its share of the whole growth. */
const LEAST_SHARE = 0.25;
/** Fraction of the parts that must grow. */
const GROWING_PARTS = 0.75;

/** The trend of points, oldest first; null for too few of them. */
export function trendOf(points: readonly TimedValue[]): Trend | null {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < FEWEST_POINTS) return null;
  const slopes: number[] = [];
  for (const [index, later] of points.entries()) {
    for (const earlier of points.slice(0, index)) {
      if (later.atMs > earlier.atMs) slopes.push((later.value - earlier.value) / (later.atMs - earlier.atMs));
    }
  }
  const perMs = median(slopes);
  const spanMs = last.atMs - first.atMs;
  if (perMs === null || spanMs <= 0) return null;
  return {perHour: perMs * MS_PER_HOUR, spanMs, isSteady: isSteady(points, first.atMs, spanMs, perMs * spanMs)};
}

/** Compares the medians of consecutive parts; parts without a point are skipped. */
function isSteady(points: readonly TimedValue[], startMs: number, spanMs: number, growth: number): boolean {
  const parts = Array.from({length: PARTS}, (): number[] => []);
  for (const {atMs, value} of points) {
    const part = Math.min(PARTS - 1, Math.floor(((atMs - startMs) * PARTS) / spanMs));
    parts[part]?.push(value);
  }
  const medians = parts.flatMap((values) => median(values) ?? []);
  const changes = medians.slice(1).map((median, index) => median - (medians[index] ?? median));
  const least = Math.max(0, (growth / PARTS) * LEAST_SHARE);
  const growing = changes.filter((change) => change > least).length;
  return changes.length >= PARTS / 2 && growing >= changes.length * GROWING_PARTS;
}
