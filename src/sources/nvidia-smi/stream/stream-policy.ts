const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Delay before the n-th consecutive start of the stream without a complete frame (n from 1). */
export function restartPauseMs(failuresInARow: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.max(0, failuresInARow - 1));
}

/** The first frame may have to initialize the driver on every GPU, 1 to 3 s each. */
const FIRST_FRAME_LIMIT_MS = 30_000;

type Pace = {
  readonly intervalMs: number;
  readonly hasHadFrame: boolean;
  /** Between the last two frames; null before the second one. */
  readonly lastPeriodMs: number | null;
};

/**
 * How long the stream may be silent before its data is called old: three intervals, longer for the first frame. If the
 * driver takes longer than an interval per frame (the tool sleeps between frames), three times its last period.
 */
export function silenceLimitMs(pace: Pace): number {
  return limitOf(pace, 3);
}

/**
 * How long the stream may be silent before it is replaced: fifteen intervals or periods. On a busy host a program is
 * late by seconds, and starting it again would only add to the load.
 */
export function giveUpLimitMs(pace: Pace): number {
  return limitOf(pace, 15);
}

function limitOf({intervalMs, hasHadFrame, lastPeriodMs}: Pace, periods: number): number {
  if (!hasHadFrame) return FIRST_FRAME_LIMIT_MS;
  return Math.min(FIRST_FRAME_LIMIT_MS, periods * Math.max(intervalMs, lastPeriodMs ?? intervalMs));
}

/**
 * Whether another child may be started while `stuckCount` earlier ones hang in the driver: the stream with at most one
 * of them, a short query with none. Another one would only hang as well.
 */
export function mayStart(kind: 'stream' | 'short', stuckCount: number): boolean {
  return stuckCount < (kind === 'stream' ? 2 : 1);
}
