/** Runs tasks later; replaced in tests. */
export type SessionTimers = {
  /** Runs the task once after the delay; returns a cancel function. */
  readonly schedule: (task: () => void, delayMs: number) => () => void;
};

/** The timers of the process. */
export const processTimers: SessionTimers = {
  schedule(task, delayMs) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after the delay, or immediately when the signal aborts. */
export function pause(timers: SessionTimers, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const over = Promise.withResolvers<void>();
  const end = (): void => {
    cancel();
    signal.removeEventListener('abort', end);
    over.resolve();
  };
  const cancel = timers.schedule(end, delayMs);
  signal.addEventListener('abort', end, {once: true});
  return over.promise;
}
