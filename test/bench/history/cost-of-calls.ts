const QUERIES = 10;

/** Milliseconds. */
export type Cost = {readonly cpuMs: number; readonly blockedMs: number; readonly tookMs: number};

/** The least of some calls: their CPU time, the most CPU time without a turn of the loop, and how long they took. */
export async function costOf(task: () => Promise<unknown>): Promise<Cost> {
  let least: Cost = {cpuMs: Number.POSITIVE_INFINITY, blockedMs: Number.POSITIVE_INFINITY, tookMs: 0};
  for (let call = 0; call < QUERIES; call += 1) {
    const beginMs = performance.now();
    const beforeMs = cpuMs();
    // Of CPU: other work of the machine blocks this loop as well.
    let lastMs = cpuMs();
    let blockedMs = 0;
    let isDone = false;
    const turn = () => {
      const nowMs = cpuMs();
      blockedMs = Math.max(blockedMs, nowMs - lastMs);
      lastMs = nowMs;
      if (!isDone) setImmediate(turn);
    };
    setImmediate(turn);
    await task();
    const usedMs = cpuMs() - beforeMs;
    isDone = true;
    turn();
    least = {
      cpuMs: Math.min(least.cpuMs, usedMs),
      blockedMs: Math.min(least.blockedMs, blockedMs),
      tookMs: Math.max(least.tookMs, performance.now() - beginMs),
    };
  }
  return least;
}

/** CPU time of this process until now, ms. */
export function cpuMs(): number {
  const {user, system} = process.cpuUsage();
  return (user + system) / 1_000;
}
