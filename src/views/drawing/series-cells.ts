import type {HistorySeriesName} from '../../api/history.ts';
import type {ViewInput} from '../view-input.ts';

/** A series as cells of a sparkline: the mean of each interval, null if unknown. */
export type SeriesCells = {
  readonly values: readonly (number | null)[];
  /** From the oldest to the newest point, milliseconds; 0 for fewer than two points. */
  readonly spanMs: number;
};

/** Possible intervals per cell, seconds. At least two: points arrive once per second, not to the millisecond. */
const cellSeconds = [2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 21_600, 86_400];

/**
 * The whole history of a series in at most `columns` cells. Intervals start at round times, so that past values keep
 * their shape while new points arrive.
 */
export function seriesCells({data}: ViewInput, name: HistorySeriesName, columns: number): SeriesCells {
  const points = data.history[name] ?? [];
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || columns < 1) return {values: [], spanMs: 0};
  const spanMs = last.atMs - first.atMs;
  const seconds = cellSeconds.find((candidate) => spanMs / (candidate * 1_000) <= columns - 1) ?? 86_400;
  const cellOf = (atMs: number): number => Math.floor(atMs / (seconds * 1_000));
  const newest = cellOf(last.atMs);
  const count = Math.min(columns, newest - cellOf(first.atMs) + 1);
  const sums = Array.from({length: count}, () => ({sum: 0, count: 0}));
  for (const {atMs, value} of points) {
    const cell = sums[count - 1 - (newest - cellOf(atMs))];
    if (cell === undefined || value === null) continue;
    cell.sum += value;
    cell.count += 1;
  }
  return {values: sums.map((cell) => (cell.count === 0 ? null : cell.sum / cell.count)), spanMs};
}
