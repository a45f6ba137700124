import {absent, combineReadings, isAbsent, mapReading, type Reading} from '../../samples/reading.ts';
import {secondsText} from '../../shared/quantities/durations.ts';
import {SECONDS_PER_HOUR} from '../../shared/units.ts';
import type {TokenRates} from '../traffic/traffic-window.ts';
import {breakEvenTokensPerSecond} from './break-even.ts';
import type {PriceBook} from './price-book.ts';
import {mixOf, type TokenAmounts, type TokenMix, usdOfTokens, usdPerMillionTokensOf} from './token-value.ts';

/** Money is over at least a minute: a price per hour from ten seconds of a burst is noise. */
const MIN_WINDOW_MS = 60_000;

/** The node's current cost and the metered API's, for the same traffic. */
export type Cost = {
  /** The time that the traffic is averaged over. */
  readonly windowMs: number;
  /** Prompt and generated tokens per second, averaged over the window. */
  readonly tokensPerSecond: Reading<number>;
  readonly nodeUsdPerHour: Reading<number>;
  readonly priceBook: PriceBook;
  readonly apiUsdPerHour: Reading<number>;
  readonly savingsUsdPerHour: Reading<number>;
  readonly nodeUsdPerMillionTokens: Reading<number>;
  readonly apiUsdPerMillionTokens: Reading<number>;
  readonly breakEvenTokensPerSecond: Reading<number>;
  readonly mix: Reading<TokenMix>;
};

/**
 * Compares what the node costs with what the API would charge for the traffic of the window, which must be at least a
 * minute. An idle node still costs: its API value is zero, and shares of zero tokens are absent.
 */
export function costOf(input: {
  readonly nodeUsdPerHour: Reading<number>;
  readonly traffic: TokenRates;
  readonly prices: PriceBook;
}): Cost {
  const {nodeUsdPerHour, prices} = input;
  const amounts = amountsPerSecond(input.traffic);
  const apiUsdPerHour = mapReading(amounts, (known) => usdOfTokens(known, prices) * SECONDS_PER_HOUR);
  const mix = present(amounts, mixOf);
  const apiUsdPerMillionTokens = mapReading(mix, (shares) => usdPerMillionTokensOf(shares, prices));
  return {
    windowMs: input.traffic.windowMs,
    tokensPerSecond: mapReading(amounts, ({promptTokens, generationTokens}) => promptTokens + generationTokens),
    nodeUsdPerHour,
    priceBook: prices,
    apiUsdPerHour,
    savingsUsdPerHour: combineReadings(nodeUsdPerHour, apiUsdPerHour, (node, api) => api - node),
    nodeUsdPerMillionTokens: present(
      combineReadings(nodeUsdPerHour, amounts, (node, rates) => ({node, rates})),
      ({node, rates}) => nodePricePerMillion(node, rates),
    ),
    apiUsdPerMillionTokens,
    breakEvenTokensPerSecond: combineReadings(nodeUsdPerHour, apiUsdPerMillionTokens, breakEvenTokensPerSecond),
    mix,
  };
}

function amountsPerSecond(rates: TokenRates): Reading<TokenAmounts> {
  const prompts = combineReadings(
    rates.promptTokensPerSecond,
    rates.cachedPromptTokensPerSecond,
    (promptTokens, cachedPromptTokens) => ({promptTokens, cachedPromptTokens}),
  );
  return combineReadings(prompts, rates.generationTokensPerSecond, (prompt, generationTokens) =>
    rates.windowMs < MIN_WINDOW_MS
      ? absent(`measured ${secondsText(rates.windowMs)} of ${secondsText(MIN_WINDOW_MS)}`)
      : {...prompt, generationTokens},
  );
}

/** A reading that is absent when there are no tokens. */
function present<T, U>(reading: Reading<T>, f: (value: T) => U | null): Reading<U> {
  if (isAbsent(reading)) return reading;
  return f(reading) ?? absent('no tokens in the window');
}

function nodePricePerMillion(nodeUsdPerHour: number, rates: TokenAmounts): number | null {
  const tokensPerHour = (rates.promptTokens + rates.generationTokens) * SECONDS_PER_HOUR;
  return tokensPerHour > 0 ? (nodeUsdPerHour / tokensPerHour) * 1e6 : null;
}
