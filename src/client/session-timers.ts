/** Runs tasks later; tests put their own in its place. */
export type SessionTimers = {
  /** Runs the task once after the delay; returns the way to call it off. */
  readonly schedule: (task: () => void, delayMs: number) => () => void;
};

/** The timers of the process. */
export const processTimers: SessionTimers = {
  schedule(task, delayMs) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

/** Resolves after the delay, or at once when the signal aborts. */
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
