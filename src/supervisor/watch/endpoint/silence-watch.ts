/** Three missed scrapes: a pause of the engine is shorter. */
const SILENT_AFTER_MS = 3_000;
/** An engine that generates and gives no metrics is asked again after this long. */
const AGAIN_AFTER_MS = 60_000;
/** The same if its server responds to nothing else: only the next token shows that it still answers. */
const DOUBT_AGAIN_AFTER_MS = 10_000;

/**
 * Watches whether an engine gives its metrics. Calls `onSilent` when it has not for SILENT_AFTER_MS, and then now and
 * again. To be called with the outcome of each scrape: true if it failed.
 */
export function createSilenceWatch(
  clock: {readonly monotonicMs: () => number},
  onSilent: () => void,
  isInDoubt: () => boolean,
): (hasFailed: boolean) => void {
  let sinceMs: number | null = null;
  let reportedAtMs: number | null = null;
  return (hasFailed) => {
    const nowMs = clock.monotonicMs();
    if (!hasFailed) {
      sinceMs = null;
      reportedAtMs = null;
      return;
    }
    sinceMs ??= nowMs;
    const againAfterMs = isInDoubt() ? DOUBT_AGAIN_AFTER_MS : AGAIN_AFTER_MS;
    if (nowMs - sinceMs < SILENT_AFTER_MS || (reportedAtMs !== null && nowMs - reportedAtMs < againAfterMs)) return;
    reportedAtMs = nowMs;
    onSilent();
  };
}
