import {countText, decimalText} from './counts.ts';

/** `1,482 tok/s`; one digit below ten. */
export function tokensPerSecondText(tokensPerSecond: number): string {
  return `${rateNumber(tokensPerSecond)} tok/s`;
}

/** `2.4/s`, `0/s`, `<0.1/s`. */
export function perSecondText(perSecond: number): string {
  if (perSecond > 0 && perSecond < 0.05) return '<0.1/s';
  return `${rateNumber(perSecond)}/s`;
}

/** The number of a rate as text, without its unit. */
export function rateNumber(perSecond: number): string {
  return perSecond !== 0 && Math.abs(perSecond) < 9.95 ? decimalText(perSecond, 1) : countText(perSecond);
}
