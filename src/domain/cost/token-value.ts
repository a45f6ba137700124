import type {PriceBook} from './price-book.ts';

/** Tokens, or tokens per second, by how the API bills them. */
export type TokenAmounts = {
  /** Prompt tokens, the cached ones included, as engines count them. */
  readonly promptTokens: number;
  readonly cachedPromptTokens: number;
  readonly generationTokens: number;
};

/** Shares of all tokens; they sum to 1. */
export type TokenMix = {
  readonly inputRatio: number;
  readonly cachedInputRatio: number;
  readonly outputRatio: number;
};

const TOKENS_PER_PRICE = 1e6;

/** Prompt tokens that missed the cache. The two counters are not read at the same instant: more hits than tokens counts as all. */
function uncachedTokens(amounts: TokenAmounts): {readonly uncached: number; readonly cached: number} {
  const cached = Math.min(amounts.cachedPromptTokens, amounts.promptTokens);
  return {uncached: amounts.promptTokens - cached, cached};
}

/** What an API charges for these tokens, USD; for tokens per second, USD per second. */
export function usdOfTokens(amounts: TokenAmounts, prices: PriceBook): number {
  const {uncached, cached} = uncachedTokens(amounts);
  const millionthsOfUsd =
    uncached * prices.inputUsdPerMillionTokens +
    cached * prices.cachedInputUsdPerMillionTokens +
    amounts.generationTokens * prices.outputUsdPerMillionTokens;
  return millionthsOfUsd / TOKENS_PER_PRICE;
}

/** The mix of these tokens; null when there are none. */
export function mixOf(amounts: TokenAmounts): TokenMix | null {
  const total = amounts.promptTokens + amounts.generationTokens;
  if (total <= 0) return null;
  const {uncached, cached} = uncachedTokens(amounts);
  return {
    inputRatio: uncached / total,
    cachedInputRatio: cached / total,
    outputRatio: amounts.generationTokens / total,
  };
}

/** What an API charges per million tokens of this mix, USD. */
export function usdPerMillionTokensOf(mix: TokenMix, prices: PriceBook): number {
  return (
    mix.inputRatio * prices.inputUsdPerMillionTokens +
    mix.cachedInputRatio * prices.cachedInputUsdPerMillionTokens +
    mix.outputRatio * prices.outputUsdPerMillionTokens
  );
}
