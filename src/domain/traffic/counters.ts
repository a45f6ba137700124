import {isAbsent, type Reading} from '../../samples/reading.ts';

/**
 * Growth of a counter between two readings. A counter that fell was reset with its process: what it shows now came
 * since then. Never negative; absent when either reading is.
 */
export function counterGrowth(before: Reading<number>, after: Reading<number>): Reading<number> {
  if (isAbsent(before)) return before;
  if (isAbsent(after)) return after;
  return after >= before ? after - before : after;
}

/** Growth a second. Absent when either reading is, or when no time has passed. */
export function counterRate(before: Reading<number>, after: Reading<number>, elapsedMs: number): Reading<number> {
  if (elapsedMs <= 0) return {absent: 'no time has passed between two samples'};
  const growth = counterGrowth(before, after);
  return isAbsent(growth) ? growth : (growth * 1000) / elapsedMs;
}
