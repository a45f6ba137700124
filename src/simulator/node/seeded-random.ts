/** A generator of numbers in [0, 1): the same seed gives the same sequence. */
export type Random = () => number;

/** mulberry32 (Tommy Ettinger, public domain): 32 bits of state, enough for traffic and jitter. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A number in [-1, 1] fixed by its key: the same card shows the same jitter at the same second in every process. */
export function jitter(...key: readonly number[]): number {
  let seed = 0x9e3779b9;
  for (const part of key) seed = Math.imul(seed ^ Math.floor(part), 0x85ebca6b) ^ (seed >>> 13);
  return seededRandom(seed)() * 2 - 1;
}

/** An integer from `low` to `high`, both included; fractions are cut, and `low` wins if they cross. */
export function wholeNumber(random: Random, low: number, high: number): number {
  const [from, to] = [Math.floor(low), Math.floor(high)];
  return from + Math.floor(random() * (Math.max(to, from) - from + 1));
}

/** Waiting time in ms of a memoryless process with this mean, cut at five times the mean. */
export function waitingTime(random: Random, meanMs: number): number {
  return Math.min(5 * meanMs, -Math.log(1 - random()) * meanMs);
}
