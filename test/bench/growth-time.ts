/** Twice the input may take twice the time, plus a quarter for other load on the machine. */
const MOST_GROWTH = 2.5;
/** Below this the clock and the garbage collector dominate. */
const SHORTEST_MS = 2;
const RUNS = 7;

/** Prints how long a task takes with once and twice the input; true if its time grows no faster than its input. */
export function grows(what: string, taskOf: (size: number) => () => void): boolean {
  return isEven(what, quickest(taskOf(1)), quickest(taskOf(2)));
}

/** The same of a task that reads files; each is made only to be timed. */
export async function growsOnDisk(
  what: string,
  taskOf: (size: number) => Promise<() => Promise<void>>,
): Promise<boolean> {
  return isEven(what, await quickestOnDisk(await taskOf(1)), await quickestOnDisk(await taskOf(2)));
}

function isEven(what: string, onceMs: number, twiceMs: number): boolean {
  const growth = twiceMs / Math.max(onceMs, SHORTEST_MS);
  const isWithin = growth <= MOST_GROWTH;
  const verdict = isWithin ? '' : '  GROWS FASTER THAN ITS INPUT';
  const times = `${onceMs.toFixed(1)} ms, twice as much ${twiceMs.toFixed(1)} ms`;
  process.stdout.write(`${what.padEnd(64)} ${times}: x ${growth.toFixed(1)}${verdict}\n`);
  return isWithin;
}

/** CPU time of the fastest of seven runs, so that the load of other programs does not count. */
function quickest(task: () => void): number {
  const times = Array.from({length: RUNS}, () => {
    const before = process.cpuUsage();
    task();
    return cpuMs(before);
  });
  return Math.min(...times);
}

async function quickestOnDisk(task: () => Promise<void>): Promise<number> {
  let leastMs = Number.POSITIVE_INFINITY;
  for (let run = 0; run < RUNS; run += 1) {
    const before = process.cpuUsage();
    await task();
    leastMs = Math.min(leastMs, cpuMs(before));
  }
  return leastMs;
}

function cpuMs(before: NodeJS.CpuUsage): number {
  const {user, system} = process.cpuUsage(before);
  return (user + system) / 1_000;
}
