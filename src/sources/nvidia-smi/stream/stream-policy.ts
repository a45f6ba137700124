const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Delay before the n-th consecutive start of the stream without a complete frame (n from 1). */
export function restartPauseMs(failuresInARow: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failuresInARow - 1));
}

/** The first frame may have to initialize the driver on every GPU, 1 to 3 s each. */
const FIRST_FRAME_LIMIT_MS = 30_000;

/**
 * How long the stream may be silent before it counts as dead: three intervals, longer for the first frame. If the driver
 * takes longer than an interval per frame (the tool sleeps between frames), three times its last period.
 * `lastPeriodMs` is null before the second frame.
 */
export function silenceLimitMs(intervalMs: number, hasHadFrame: boolean, lastPeriodMs: number | null): number {
  if (!hasHadFrame) return FIRST_FRAME_LIMIT_MS;
  return Math.min(FIRST_FRAME_LIMIT_MS, 3 * Math.max(intervalMs, lastPeriodMs ?? intervalMs));
}

/**
 * Whether another child may be started while `stuckCount` earlier ones hang in the driver: the stream with at most one
 * of them, a short query with none. Another one would only hang as well.
 */
export function mayStart(kind: 'stream' | 'short', stuckCount: number): boolean {
  return stuckCount < (kind === 'stream' ? 2 : 1);
}
