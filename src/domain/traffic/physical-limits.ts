/**
 * What no node does in a second, with a wide margin: a counter that grows faster is wrong. A prompt of 131,072 cached
 * tokens takes milliseconds, a generated token takes a step.
 */
export const MOST_PER_SECOND = {promptTokens: 50_000_000, generationTokens: 1_000_000, events: 1_000_000} as const;

/** The rate, or null where no node has it: not a number, negative, or beyond the limit. */
export function possibleRate(rate: number | null | undefined, most: number): number | null {
  return rate !== null && rate !== undefined && rate >= 0 && rate <= most ? rate : null;
}
