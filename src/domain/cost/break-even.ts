import {SECONDS_PER_HOUR} from '../../shared/units.ts';
import type {ApiPrice} from './published-prices.ts';
import {difference, exactNumber, one, product, quotient, type Rational, rational, sum, zero} from './rational.ts';

const MILLION = rational(1_000_000);

/** Tokens per second, all kinds together, at which a node costs as much as the API. */
export function breakEvenTokensPerSecond(nodeUsdPerHour: number, apiUsdPerMillionTokens: number): number {
  return (nodeUsdPerHour / SECONDS_PER_HOUR / apiUsdPerMillionTokens) * 1e6;
}

/** Shares of all tokens; they sum to exactly 1. */
export type ExactMix = {readonly input: Rational; readonly cachedInput: Rational; readonly output: Rational};

/** The mix of this share of input, of which this share is read from a cache. */
export function exactMix(input: Rational, cachedOfInput: Rational): ExactMix {
  const cachedInput = product(input, cachedOfInput);
  return {input: difference(input, cachedInput), cachedInput, output: difference(one, input)};
}

/** What an API charges per million tokens of this mix, USD. */
export function blendedUsdPerMillion(mix: ExactMix, api: Pick<ApiPrice, 'input' | 'cachedInput' | 'output'>): Rational {
  return [
    product(mix.input, exactNumber(api.input)),
    product(mix.cachedInput, exactNumber(api.cachedInput ?? api.input)),
    product(mix.output, exactNumber(api.output)),
  ].reduce(sum, zero);
}

/** A low and a high end, of the cheapest and the dearest price of a node. */
export type ExactRange = {readonly low: Rational; readonly high: Rational};

export function mapRange({low, high}: ExactRange, f: (end: Rational) => Rational): ExactRange {
  return {low: f(low), high: f(high)};
}

/** What is assumed of a month. */
export type BreakEvenInput = {
  readonly usdPerMonth: ExactRange;
  /** Hours per month that the node can serve, above 0. */
  readonly hours: Rational;
  /** Share of these hours in which it serves, above 0. */
  readonly utilization: Rational;
  /** USD per million tokens, above 0. */
  readonly blended: Rational;
};

/** Millions of tokens per month at which the node costs as much as the API. */
export function breakEvenMillionTokens({usdPerMonth, blended}: BreakEvenInput): ExactRange {
  return mapRange(usdPerMonth, (usdOfMonth) => quotient(usdOfMonth, blended));
}

/** The rate while it serves that makes this many million tokens per month. */
export function tokensPerSecond(
  millionTokens: Rational,
  {hours, utilization}: Pick<BreakEvenInput, 'hours' | 'utilization'>,
): Rational {
  return quotient(product(millionTokens, MILLION), product(hours, rational(SECONDS_PER_HOUR), utilization));
}

/** A node that is owned: its purchase over the months that it is used for, its place, and its energy. */
export function ownedUsdPerMonth(owned: {
  readonly purchaseUsd: Rational;
  readonly months: Rational;
  readonly colocationUsdPerMonth: Rational;
  /** All the time that it is on. */
  readonly watts: Rational;
  readonly usdPerKilowattHour: Rational;
  readonly hours: Rational;
}): Rational {
  const kilowattHours = product(owned.watts, owned.hours, rational(1, 1000));
  return [
    quotient(owned.purchaseUsd, owned.months),
    owned.colocationUsdPerMonth,
    product(kilowattHours, owned.usdPerKilowattHour),
  ].reduce(sum, zero);
}
