import {decimalText} from './counts.ts';

const MOST_DIGITS = 6;
const LEAST_WHOLE_USD = 1_000;
const MICRO_USD_PER_USD = 1_000_000;

/** USD to show, of whole micro-USD. */
export function usdOfMicroUsd(microUsd: number): number {
  return microUsd / MICRO_USD_PER_USD;
}

/** `$28.80`, `-$3.10`, `<$0.01` for a positive value that rounds to zero. */
export function usdText(usd: number): string {
  const magnitude = Math.abs(usd);
  const sign = usd < 0 ? '-' : '';
  if (magnitude > 0 && magnitude < 0.005) return `${sign}<$0.01`;
  return `${sign}$${decimalText(magnitude, 2)}`;
}

/** As `usdText`, without the cents from 1,000 USD on: `$7,922`. For amounts that a reader compares, and does not add up. */
export function roundUsdText(usd: number): string {
  const magnitude = Math.abs(usd);
  return magnitude < LEAST_WHOLE_USD ? usdText(usd) : `${usd < 0 ? '-' : ''}$${decimalText(magnitude, 0)}`;
}

/** `$2.475`, `$0.95`, `$0.443809`: a price, with the digits that it has, at least two and at most six. */
export function usdDigitsText(usd: number): string {
  const digits = [2, 3, 4, 5].find((count) => Number(usd.toFixed(count)) === Number(usd.toFixed(MOST_DIGITS)));
  return `$${decimalText(usd, digits ?? MOST_DIGITS)}`;
}

/** Whole micro-USD as `usdText` shows USD. */
export function microUsdText(microUsd: number): string {
  return usdText(usdOfMicroUsd(microUsd));
}

/** `value` less `other`, of the amounts as they are shown: a difference that the reader can check. */
export function shownUsdDifference(value: number, other: number): number {
  return (Math.round(value * 100) - Math.round(other * 100)) / 100;
}

/** `$28.80/h`. */
export function usdPerHourText(usdPerHour: number): string {
  return `${usdText(usdPerHour)}/h`;
}

/** `$0.44/M`: USD per million tokens. */
export function usdPerMillionText(usdPerMillionTokens: number): string {
  return `${usdText(usdPerMillionTokens)}/M`;
}
