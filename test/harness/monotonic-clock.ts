const NANOSECONDS_PER_MS = 1_000_000n;

/** CLOCK_MONOTONIC in whole milliseconds: the same for every process of this host, and set by nobody. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / NANOSECONDS_PER_MS);
}
