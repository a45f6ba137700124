import {err, ok, type Result} from '../../shared/result.ts';
import {dividedHalfEven} from './exact-money.ts';

/** An exact fraction; `divisor` is above zero. */
export type Rational = {readonly dividend: bigint; readonly divisor: bigint};

/** More digits than any price, share or count has. */
const MOST_DIGITS = 24;

export function rational(dividend: number | bigint, divisor: number | bigint = 1n): Rational {
  return {dividend: BigInt(dividend), divisor: BigInt(divisor)};
}

export const zero = rational(0);
export const one = rational(1);

/** A number as written in decimals, of at least zero. The error says what was expected. */
export function parseDecimal(text: string): Result<Rational, string> {
  const [, whole = '', decimals = ''] = /^(\d+)(?:\.(\d+))?$/.exec(text.trim()) ?? [];
  if (whole === '' || whole.length + decimals.length > MOST_DIGITS) return err('a number in decimals, of at least 0');
  return ok({dividend: BigInt(whole + decimals), divisor: 10n ** BigInt(decimals.length)});
}

/** A number that is written in decimals, of at least zero: a price, or a rate. */
export function exactNumber(value: number): Rational {
  const parsed = parseDecimal(String(value));
  if (!parsed.ok) throw new Error(`${value}: expected ${parsed.error}.`);
  return parsed.value;
}

export function sum(a: Rational, b: Rational): Rational {
  return {dividend: a.dividend * b.divisor + b.dividend * a.divisor, divisor: a.divisor * b.divisor};
}

export function difference(a: Rational, b: Rational): Rational {
  return sum(a, {...b, dividend: -b.dividend});
}

export function product(...factors: readonly Rational[]): Rational {
  return factors.reduce((a, b) => ({dividend: a.dividend * b.dividend, divisor: a.divisor * b.divisor}), one);
}

/** `b` is above zero. */
export function quotient(a: Rational, b: Rational): Rational {
  return {dividend: a.dividend * b.divisor, divisor: a.divisor * b.dividend};
}

/** Below zero, zero or above as `a` is less than, equal to or more than `b`. */
export function compare(a: Rational, b: Rational): number {
  const {dividend} = difference(a, b);
  return dividend < 0n ? -1 : dividend > 0n ? 1 : 0;
}

/** The nearest number with so many decimals, a half to the even one. */
export function rounded({dividend, divisor}: Rational, decimals: number): number {
  const scale = 10n ** BigInt(decimals);
  return Number(dividedHalfEven(dividend * scale, divisor)) / Number(scale);
}
