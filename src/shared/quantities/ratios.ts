import {countText, decimalText} from './counts.ts';

/** `83 %`; one decimal below ten, and `<0.1 %` for less, so that small values are visible. */
export function percentText(ratio: number): string {
  const percent = ratio * 100;
  const magnitude = Math.abs(percent);
  if (magnitude === 0) return '0 %';
  if (magnitude < 0.05) return '<0.1 %';
  return `${decimalText(percent, magnitude < 9.95 ? 1 : 0)} %`;
}

/**
 * Parts of a whole, `21 %`, `75 %`, `4 %`, whose digits add up to 100: the largest remainders are rounded up. A part that
 * would be 0 is `<1 %`.
 */
export function shareTexts(shares: readonly number[]): readonly string[] {
  const floors = shares.map((share) => Math.floor(share * 100));
  const missing = 100 - floors.reduce((sum, floor) => sum + floor, 0);
  const byRemainder = shares
    .map((share, index) => ({index, remainder: share * 100 - Math.floor(share * 100)}))
    .toSorted((a, b) => b.remainder - a.remainder);
  const raised = new Set(byRemainder.slice(0, missing).map(({index}) => index));
  return floors.map((floor, index) => {
    const percent = floor + (raised.has(index) ? 1 : 0);
    return percent === 0 && (shares[index] ?? 0) > 0 ? '<1 %' : `${countText(percent)} %`;
  });
}

/** `83 %` without decimals, for columns of sensors. */
export function wholePercentText(ratio: number): string {
  return `${countText(ratio * 100)} %`;
}

/** `3.09 %`: with so many digits, where a difference matters. */
export function exactPercentText(ratio: number, digits: number): string {
  return `${decimalText(ratio * 100, digits)} %`;
}

/** `50 %`, `9.5238 %`: with the digits that it has, up to the fourth, so that what is computed with it can be checked. */
export function factorPercentText(ratio: number): string {
  return `${String(Number((ratio * 100).toFixed(4)))} %`;
}

/** `+0.42 %`, `-1.30 %`, `0.00 %`: a difference. */
export function signedPercentText(ratio: number): string {
  return `${ratio > 0 ? '+' : ''}${exactPercentText(ratio, 2)}`;
}

/** A fraction 0..1 with at least two digits, at most four: `0.90`, `0.925`. */
export function fractionText(fraction: number): string {
  const tenThousandths = Math.round(fraction * 10_000);
  const digits = tenThousandths % 100 === 0 ? 2 : tenThousandths % 10 === 0 ? 3 : 4;
  return decimalText(tenThousandths / 10_000, digits);
}
