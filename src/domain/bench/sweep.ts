import {isAbsent} from '../../samples/reading.ts';
import type {BenchPoint} from './bench-point.ts';

/** The concurrent requests of a sweep, in this order. */
export const sweepSteps = [1, 4, 16, 32, 64] as const;

/** Above so many times the target for the first token, more requests only wait longer. */
const STOP_AT_TARGETS = 3;

/** The steps of a sweep up to what the engine runs at the same time; that itself where it is below the next step. */
export function sweepUpTo(runningLimit: number | null): readonly number[] {
  if (runningLimit === null) return sweepSteps;
  const below = sweepSteps.filter((step) => step <= runningLimit);
  return below.length === 0 ? [Math.max(1, runningLimit)] : below;
}

/** True if a higher concurrency would only add to the queue: the p99 of the first token is more than three times its target. */
export function isSaturated(point: BenchPoint, targetMs: number | null): boolean {
  const {p99Ms} = point.timeToFirstToken;
  return targetMs !== null && !isAbsent(p99Ms) && p99Ms > STOP_AT_TARGETS * targetMs;
}
