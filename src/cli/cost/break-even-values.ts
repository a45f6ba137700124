import {InvalidArgumentError} from 'commander';
import type {ExactRange} from '../../domain/cost/break-even.ts';
import {millionthsOfUsd} from '../../domain/cost/exact-money.ts';
import {
  compare,
  one,
  parseDecimal,
  product,
  quotient,
  type Rational,
  rational,
  sum,
} from '../../domain/cost/rational.ts';

/** No month has more. */
const MOST_HOURS = 744;
const MOST_TOKENS = rational(10n ** 18n);
const MOST_WATTS = 10_000_000;
const MOST_MONTHS = 1200;

const scales: Readonly<Record<string, bigint>> = {
  '': 1n,
  k: 1000n,
  m: 10n ** 6n,
  b: 10n ** 9n,
  g: 10n ** 9n,
  t: 10n ** 12n,
};

/** `28.80` USD. An InvalidArgumentError says what was expected, here and below. */
export function usdValue(text: string): Rational {
  const millionths = millionthsOfUsd(text);
  if (!millionths.ok) throw new InvalidArgumentError(`Expected ${millionths.error}.`);
  return rational(millionths.value, 1_000_000);
}

/** `16-24` USD, or `16` for both ends. */
export function usdRange(text: string): ExactRange {
  const [low = '', high = low, ...others] = text.split(/(?<=.)-/);
  if (others.length > 0 || low === '' || high === '')
    throw new InvalidArgumentError('Expected USD such as 28.80, or a range such as 16-24.');
  const range = {low: usdValue(low), high: usdValue(high)};
  if (compare(range.low, range.high) > 0)
    throw new InvalidArgumentError('Expected the lower price first, as in 16-24.');
  return range;
}

/** `90%` or `0.9`: a share of at least 0 and at most 1. */
export function share(text: string): Rational {
  const value = parseDecimal(text.replace(/%$/, ''));
  const ratio = value.ok ? quotient(value.value, rational(text.endsWith('%') ? 100 : 1)) : null;
  if (ratio === null || compare(ratio, one) > 0)
    throw new InvalidArgumentError('Expected a share of 0% to 100%, such as 80% or 0.8.');
  return ratio;
}

/** A share above 0. */
export function shareAboveZero(text: string): Rational {
  const ratio = share(text);
  if (ratio.dividend === 0n) throw new InvalidArgumentError('Expected a share above 0%, up to 100%.');
  return ratio;
}

/** `20:1`, input to output, as the share of input. */
export function inputShare(text: string): Rational {
  const [input, output, ...others] = text.split(':').map(parseDecimal);
  if (input?.ok !== true || output?.ok !== true || others.length > 0)
    throw new InvalidArgumentError('Expected input to output, such as 20:1.');
  const all = sum(input.value, output.value);
  if (all.dividend === 0n) throw new InvalidArgumentError('Expected tokens on at least one side, such as 20:1.');
  return quotient(input.value, all);
}

/** Hours of a month that the node can serve. */
export function hoursOfMonth(text: string): Rational {
  return decimalUpTo(text, MOST_HOURS, `hours of a month, above 0 and at most ${MOST_HOURS}`);
}

export function monthCount(text: string): Rational {
  return decimalUpTo(text, MOST_MONTHS, `months, above 0 and at most ${MOST_MONTHS}`);
}

export function wattCount(text: string): Rational {
  return decimalUpTo(text, MOST_WATTS, `watts of the whole node, above 0 and at most ${MOST_WATTS}`);
}

/** Tokens per month: `5B`, `500M`, `5e9`, `5000000000`. */
export function tokenCount(text: string): Rational {
  const [, number = '', exponent = '0', unit = ''] =
    /^([\d.]+)(?:e\+?(\d{1,2}))?([kmbgt]?)$/i.exec(text.replaceAll(',', '')) ?? [];
  const value = parseDecimal(number);
  const scale = scales[unit.toLowerCase()] ?? 1n;
  const tokens = value.ok ? product(value.value, rational(scale), rational(10n ** BigInt(exponent))) : null;
  if (tokens === null || tokens.dividend === 0n || compare(tokens, MOST_TOKENS) > 0)
    throw new InvalidArgumentError('Expected tokens per month such as 5B or 500M, above 0 and at most 1,000,000T.');
  return tokens;
}

function decimalUpTo(text: string, most: number, expected: string): Rational {
  const value = parseDecimal(text);
  if (!value.ok || value.value.dividend === 0n || compare(value.value, rational(most)) > 0)
    throw new InvalidArgumentError(`Expected ${expected}.`);
  return value.value;
}
