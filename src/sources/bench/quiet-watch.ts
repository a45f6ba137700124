/** The limit is this many looks, so that one that comes late counts as one. */
const LOOKS = 20;

/** Ends what gives no sign of life for a time. */
export type QuietWatch = {
  /** A sign of life. */
  readonly onSign: () => void;
  /** Aborts once there was none for the limit. */
  readonly signal: AbortSignal;
  readonly stop: () => void;
};

/**
 * Waits for signs of life. Looks are counted and not time: after this process itself was stopped (Ctrl+Z) or the host was suspended,
 * what has arrived meanwhile is read before the limit is reached.
 *
 * @param limitMs - the longest time without a sign
 */
export function watchQuiet(limitMs: number): QuietWatch {
  const controller = new AbortController();
  let looks = 0;
  const timer = setInterval(() => {
    looks += 1;
    if (looks < LOOKS) return;
    clearInterval(timer);
    controller.abort();
  }, limitMs / LOOKS);
  return {
    onSign() {
      looks = 0;
    },
    signal: controller.signal,
    stop: () => clearInterval(timer),
  };
}
