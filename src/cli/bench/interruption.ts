import type {ApiError} from '../../api/commands.ts';
import {exitCodes} from '../exit-codes.ts';

/** The signals that end a benchmark: Ctrl+C, a service manager, and a terminal that is gone. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborts `first` at the first signal and `second` at the next one. */
export type Interruption = {readonly first: AbortSignal; readonly second: AbortSignal; readonly release: () => void};

/** After the second signal, what was measured is kept and printed within this time, or not at all. */
const LAST_MS = 2_000;

/** Ends a benchmark in order at the first signal, immediately at the second. `release` gives the signals back. */
export function createInterruption(): Interruption {
  const [first, second] = [new AbortController(), new AbortController()];
  const interrupt = (): void => {
    if (!first.signal.aborted) {
      first.abort();
      return;
    }
    second.abort();
    setTimeout(() => process.exit(exitCodes.interrupted), LAST_MS).unref();
  };
  for (const signal of signals) process.on(signal, interrupt);
  return {
    first: first.signal,
    second: second.signal,
    release() {
      for (const signal of signals) process.off(signal, interrupt);
    },
  };
}

/** A benchmark that was interrupted before it had measured anything. */
export function interruptedError(detail: string): ApiError {
  return {
    code: 'bench.interrupted',
    message: `The benchmark measured nothing. ${detail}`.trimEnd(),
    remedy: 'Run gantry bench again; --concurrency and --requests make it shorter.',
  };
}
