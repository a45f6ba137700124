import {SECONDS_PER_HOUR} from '../../shared/units.ts';
import type {PriceBook} from './price-book.ts';
import type {TokenMix} from './token-value.ts';

/** What the API bills apart, and what each part costs. */
export type BilledPart = {
  readonly name: 'newInput' | 'cachedInput' | 'output';
  /** Of all tokens. */
  readonly ratio: number;
  readonly tokensPerSecond: number;
  readonly usdPerMillionTokens: number;
  readonly usdPerHour: number;
};

/** The parts of a traffic by the prices of the book; their dollars add up to the API's price of all of it. */
export function billedParts(mix: TokenMix, tokensPerSecond: number, prices: PriceBook): readonly BilledPart[] {
  const part = (name: BilledPart['name'], ratio: number, usdPerMillionTokens: number): BilledPart => ({
    name,
    ratio,
    tokensPerSecond: ratio * tokensPerSecond,
    usdPerMillionTokens,
    usdPerHour: (ratio * tokensPerSecond * SECONDS_PER_HOUR * usdPerMillionTokens) / TOKENS_PER_PRICE,
  });
  return [
    part('newInput', mix.inputRatio, prices.inputUsdPerMillionTokens),
    part('cachedInput', mix.cachedInputRatio, prices.cachedInputUsdPerMillionTokens),
    part('output', mix.outputRatio, prices.outputUsdPerMillionTokens),
  ];
}

const TOKENS_PER_PRICE = 1e6;
