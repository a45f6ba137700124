/** The signals that end a benchmark: Ctrl+C, a service manager, and a terminal that is gone. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborts `first` at the first signal and `second` at the next one. */
export type Interruption = {readonly first: AbortSignal; readonly second: AbortSignal; readonly release: () => void};

/** Ends a benchmark in order at the first signal, immediately at the second. `release` gives the signals back. */
export function createInterruption(): Interruption {
  const [first, second] = [new AbortController(), new AbortController()];
  const interrupt = (): void => (first.signal.aborted ? second : first).abort();
  for (const signal of signals) process.on(signal, interrupt);
  return {
    first: first.signal,
    second: second.signal,
    release() {
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
}
