import type {HistoryPoints} from '../../api/history.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';

/** The usual time between two points, ms: the least one, which is that of the tier they come from. */
export function usualStep(points: readonly HistoryPoints[number][]): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [index, {atMs}] of points.entries()) {
    const before = points[index - 1];
    if (before !== undefined && atMs > before.atMs) least = Math.min(least, atMs - before.atMs);
  }
  return Number.isFinite(least) ? least : MS_PER_SECOND;
}
