const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** How long to wait before the stream is started for the n-th time in a row without a whole frame (n from 1). */
export function restartPauseMs(failuresInARow: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failuresInARow - 1));
}

/** The first frame may have to start the driver on every card, 1 to 3 s each. */
const FIRST_FRAME_LIMIT_MS = 30_000;

/** How long the stream may be silent before it counts as dead: three intervals, longer for the first frame. */
export function silenceLimitMs(intervalMs: number, hasHadFrame: boolean): number {
  return hasHadFrame ? 3 * intervalMs : FIRST_FRAME_LIMIT_MS;
}
