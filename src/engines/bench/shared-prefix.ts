import type {BenchLoad} from './bench-tool.ts';

type Asked = Pick<BenchLoad, 'workload' | 'requests'>;

/** The tokens that all prompts of a load have in common; 0 for none. */
export function prefixTokens({workload: {promptTokens, cachedRatio}}: Asked): number {
  return within(promptTokens, promptTokens * cachedRatio);
}

/**
 * The same for a tool that sends its first prompt before it measures, and then again: this one is in the cache entirely, so that the
 * others share less for the same part of all prompts. 0 for none, where such a warm-up alone would have more in the cache.
 */
export function warmPrefixTokens({workload: {promptTokens, cachedRatio}, requests}: Asked): number {
  if (requests < 2) return 0;
  return within(promptTokens, (promptTokens * (requests * cachedRatio - 1)) / (requests - 1));
}

/** A prompt that is the prefix and nothing else would be the same for all. */
function within(promptTokens: number, tokens: number): number {
  return Math.max(0, Math.min(promptTokens - 1, Math.round(tokens)));
}
