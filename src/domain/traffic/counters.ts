import {isAbsent, type Reading} from '../../samples/reading.ts';

/** A counter that is printed rounded may decrease slightly; one that restarted falls to almost zero. */
const ROUNDING_RATIO = 0.999;

/**
 * Growth of a counter between two readings. A counter that fell was reset with its process: its current value
 * is the growth since then. Never negative; absent when either reading is.
 */
export function counterGrowth(before: Reading<number>, after: Reading<number>): Reading<number> {
  if (isAbsent(before)) return before;
  if (isAbsent(after)) return after;
  return growthOf(before, after);
}

/** Growth of a counter that was read twice, see `counterGrowth`. */
export function growthOf(before: number, after: number): number {
  return isReset(before, after) ? after : Math.max(0, after - before);
}

/** Whether a counter fell by more than rounding: it restarted at zero with its process. */
export function isReset(before: number, after: number): boolean {
  return after < before * ROUNDING_RATIO;
}
