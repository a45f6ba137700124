import {SECONDS_PER_HOUR} from '../../shared/units.ts';
import type {PriceBook} from './price-book.ts';
import {type TokenMix, usdPerMillionTokensOf} from './token-value.ts';

/** Hours in the month of the published guide: 365 x 24 / 12. */
export const HOURS_PER_MONTH = 730;

export type BreakEven = {
  readonly nodeUsdPerMonth: number;
  readonly apiUsdPerMillionTokens: number;
  /** Millions of tokens per month at which the node costs as much as the API. */
  readonly millionTokensPerMonth: number;
  /** The same as a constant rate. */
  readonly tokensPerSecond: number;
};

/** Tokens per second, all kinds together, at which a node costs as much as the API. */
export function breakEvenTokensPerSecond(nodeUsdPerHour: number, apiUsdPerMillionTokens: number): number {
  return (nodeUsdPerHour / SECONDS_PER_HOUR / apiUsdPerMillionTokens) * 1e6;
}

/** The published guide's break-even with its assumptions as inputs. */
export function breakEven(input: {
  readonly nodeUsdPerHour: number;
  readonly prices: PriceBook;
  readonly mix: TokenMix;
  readonly hoursPerMonth?: number;
}): BreakEven {
  const {nodeUsdPerHour, prices, mix, hoursPerMonth = HOURS_PER_MONTH} = input;
  const apiUsdPerMillionTokens = usdPerMillionTokensOf(mix, prices);
  const nodeUsdPerMonth = nodeUsdPerHour * hoursPerMonth;
  return {
    nodeUsdPerMonth,
    apiUsdPerMillionTokens,
    millionTokensPerMonth: nodeUsdPerMonth / apiUsdPerMillionTokens,
    tokensPerSecond: breakEvenTokensPerSecond(nodeUsdPerHour, apiUsdPerMillionTokens),
  };
}
