import {countText} from '../../shared/quantities/counts.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import type {PriceDocument, TokenCounts} from './ledger/entries.ts';

/**
 * An exact amount of USD, of either sign, as a whole number of parts of a micro-USD: a token at a price in pico-USD, a
 * millisecond at a price in micro-USD per hour and a milliwatt-millisecond at a price in micro-USD per kWh are all whole
 * numbers of them. It becomes a number only where it is shown or sent, and only there it is rounded.
 */
export type Money = {readonly parts: bigint};

/** Hours in the month of the published guide: 365 x 24 / 12. */
export const HOURS_PER_MONTH = 730;

/** Parts of a micro-USD: the milliwatt-milliseconds of a kWh. */
const PARTS_PER_MICRO_USD = 3_600_000_000_000n;
const PARTS_PER_PICO_USD = PARTS_PER_MICRO_USD / 1_000_000n;
/** A millisecond at one micro-USD per hour. */
const PARTS_PER_MS = PARTS_PER_MICRO_USD / 3_600_000n;
const DECIMALS = 6;
/** Above any price, and far below what would not fit into a number when multiplied by a million. */
export const MOST_USD = 100_000_000;

export type ApiPrices = PriceDocument['apis'][number];
export type NodePrices = PriceDocument['node'];

export const noMoney: Money = {parts: 0n};

/** What an API charges for these tokens. */
export function moneyOfTokens(tokens: TokenCounts, prices: ApiPrices): Money {
  const picoUsd =
    BigInt(tokens.input) * BigInt(prices.picoUsdPerInputToken) +
    BigInt(tokens.cached) * BigInt(prices.picoUsdPerCachedToken) +
    BigInt(tokens.output) * BigInt(prices.picoUsdPerOutputToken);
  return {parts: picoUsd * PARTS_PER_PICO_USD};
}

/** What the node costs in this time, with the energy that is paid apart; null while nobody has set a price of an hour. */
export function moneyOfTime(
  time: {readonly ms: number; readonly milliwattMs: number | bigint},
  prices: NodePrices,
): Money | null {
  if (prices.microUsdPerHour === null) return null;
  const rent = BigInt(time.ms) * BigInt(prices.microUsdPerHour) * PARTS_PER_MS;
  const energy = BigInt(time.milliwattMs) * BigInt(prices.microUsdPerKilowattHour ?? 0);
  return {parts: rent + energy};
}

/** Of whole micro-USD. */
export function moneyOfMicroUsd(microUsd: number): Money {
  return {parts: BigInt(microUsd) * PARTS_PER_MICRO_USD};
}

/** The exact sum; nothing is `noMoney`. */
export function sumOfMoney(amounts: Iterable<Money>): Money {
  let parts = 0n;
  for (const amount of amounts) parts += amount.parts;
  return {parts};
}

/** `amount` less `other`: below zero where `other` is more. */
export function moneyLess(amount: Money, other: Money): Money {
  return {parts: amount.parts - other.parts};
}

/**
 * Whole micro-USD, a half to the even one: the only rounding, for what is shown or sent. A total is rounded from its
 * exact sum, never added up from rounded amounts. More than a number can hold exactly is the most that it can.
 */
export function microUsdOf(money: Money): number {
  const rounded = dividedHalfEven(money.parts, PARTS_PER_MICRO_USD);
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  if (rounded > most) return Number.MAX_SAFE_INTEGER;
  return rounded < -most ? -Number.MAX_SAFE_INTEGER : Number(rounded);
}

/** The nearest whole quotient, a half to the even one; `divisor` is above zero. */
export function dividedHalfEven(dividend: bigint, divisor: bigint): bigint {
  const magnitude = dividend < 0n ? -dividend : dividend;
  const whole = magnitude / divisor;
  const twice = (magnitude % divisor) * 2n;
  const isUp = twice > divisor || (twice === divisor && whole % 2n === 1n);
  const rounded = isUp ? whole + 1n : whole;
  return dividend < 0n ? -rounded : rounded;
}

/**
 * A price in USD, as written in decimals or as the number that YAML made of it, in whole millionths: micro-USD of a price
 * per hour or kWh, pico-USD per token of a price per million tokens. The error says what was expected: `a number of at least 0`.
 */
export function millionthsOfUsd(written: string | number): Result<number, string> {
  const text = String(written).trim();
  if (/^-/.test(text) && Number(text) < 0) return err('a number of at least 0');
  if (typeof written === 'number' && written > MOST_USD) return err(mostUsd());
  const match = /^\+?(\d+)(?:\.(\d+))?$/.exec(text);
  const [, whole = '', decimals = ''] = match ?? [];
  if (match === null && !isSmallNumber(written)) return err('a number of USD in decimals, such as 28.80');
  if (match === null || decimals.length > DECIMALS) return err(`a number with at most ${DECIMALS} decimals`);
  if (whole.replace(/^0+/, '').length > String(MOST_USD).length) return err(mostUsd());
  const millionths = BigInt(whole) * 1_000_000n + BigInt(decimals.padEnd(DECIMALS, '0'));
  return millionths > BigInt(MOST_USD) * 1_000_000n ? err(mostUsd()) : ok(Number(millionths));
}

/** JavaScript writes `0.0000001` as `1e-7`. */
function isSmallNumber(written: string | number): boolean {
  return typeof written === 'number' && written > 0 && written < 1e-6;
}

function mostUsd(): string {
  return `at most ${countText(MOST_USD)} USD`;
}

/**
 * The price of an hour of a node that is owned, in whole micro-USD: its purchase over the months that it is used for, and
 * what its place costs per month. `months` is a whole number above zero.
 */
export function ownedMicroUsdPerHour(owned: {
  readonly purchaseMicroUsd: number;
  readonly months: number;
  readonly colocationMicroUsdPerMonth: number;
}): number {
  const months = BigInt(owned.months);
  const total = BigInt(owned.purchaseMicroUsd) + BigInt(owned.colocationMicroUsdPerMonth) * months;
  return Number(dividedHalfEven(total, months * BigInt(HOURS_PER_MONTH)));
}
