import type {Stamp} from '../../samples/stamp.ts';

/** Both clocks of this process: wall clock for display, monotonic clock for ages and durations. */
export type Clock = {readonly nowMs: () => number; readonly monotonicMs: () => number};

export const systemClock: Clock = {nowMs: () => Date.now(), monotonicMs: () => performance.now()};

/** The current time on both clocks. */
export function stampOf(clock: Clock): Stamp {
  return {sampledAtMs: clock.nowMs(), monotonicMs: clock.monotonicMs()};
}

/** An event before it is stamped; distributes over unions, which a plain Omit would merge. */
export type WithoutTime<T> = T extends unknown ? Omit<T, 'atMs'> : never;
