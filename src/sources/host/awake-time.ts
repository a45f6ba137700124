import {atBeats} from './beat.ts';

/** How often the time is looked at even if nobody asks. */
const LOOK_EVERY_MS = 250;
/** A longer step between two looks means that this process did not run: stopped, suspended, or without a CPU. */
const LONGEST_STEP_MS = 1_000;

/** Milliseconds in which this process ran; starts anywhere, never decreases. */
export type AwakeTime = () => number;

/**
 * The time in which a process ran, by a clock that continues while it does not: of each step between two looks at most one
 * second counts.
 */
export function createAwakeTime(monotonicMs: () => number): AwakeTime {
  let countedMs = 0;
  let lookedAtMs = monotonicMs();
  return () => {
    const nowMs = monotonicMs();
    countedMs += Math.max(0, Math.min(LONGEST_STEP_MS, nowMs - lookedAtMs));
    lookedAtMs = nowMs;
    return countedMs;
  };
}

const awakeSinceStart = createAwakeTime(() => performance.now());
let isLooking = false;

/**
 * The time in which this process ran. Patience is measured by it: whatever did not happen while this process was stopped
 * may have happened, and be waiting to be read. A process that never asks pays for no timer.
 */
export function awakeMs(): number {
  if (!isLooking) {
    isLooking = true;
    atBeats(LOOK_EVERY_MS, awakeSinceStart, {isKeepingAlive: false});
  }
  return awakeSinceStart();
}

/**
 * Calls `onLate` after this process ran for `limitMs`, and after everything that arrived meanwhile has been handled.
 * Returns a function that cancels it.
 */
export function afterAwake(limitMs: number, onLate: () => void, time: AwakeTime = awakeMs): () => void {
  const sinceMs = time();
  let isCancelled = false;
  let timer: NodeJS.Timeout | null = null;
  const arm = (leftMs: number): void => {
    timer = setTimeout(() => {
      const stillMs = limitMs - (time() - sinceMs);
      if (stillMs > 0) arm(Math.max(1, stillMs));
      else setImmediate(() => (isCancelled ? undefined : onLate()));
    }, leftMs);
  };
  arm(limitMs);
  return () => {
    isCancelled = true;
    if (timer !== null) clearTimeout(timer);
  };
}

/** A signal that aborts after this process ran for `limitMs`; `clear` it once it is not needed. */
export function awakeDeadline(limitMs: number): {readonly signal: AbortSignal; readonly clear: () => void} {
  const controller = new AbortController();
  return {signal: controller.signal, clear: afterAwake(limitMs, () => controller.abort())};
}
