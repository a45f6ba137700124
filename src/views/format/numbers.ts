import {isAbsent, type Reading} from '../../samples/reading.ts';
import {BYTES_PER_GIB} from '../../shared/units.ts';
import type {GlyphSet} from '../glyphs.ts';

const wholeNumbers = new Intl.NumberFormat('en-US', {maximumFractionDigits: 0});
const cents = new Intl.NumberFormat('en-US', {minimumFractionDigits: 2, maximumFractionDigits: 2});
const tenths = new Intl.NumberFormat('en-US', {minimumFractionDigits: 1, maximumFractionDigits: 1});

/** A reading as text by `format`; the dash where there is none. Zero is a value like any other. */
export function shown<T>(reading: Reading<T>, glyphs: GlyphSet, format: (value: T) => string): string {
  return isAbsent(reading) ? glyphs.dash : format(reading);
}

/** `71.2 GiB`. */
export function gibText(bytes: number): string {
  return `${gibNumber(bytes)} GiB`;
}

/** `71.2`, `1,123.2`: GiB without the unit, for columns that name it once. Always one digit, so that columns stand. */
export function gibNumber(bytes: number): string {
  return tenths.format(withoutNegativeZero(bytes / BYTES_PER_GIB, 1));
}

/** `+0.4 GiB`, `-3.3 GiB`: a difference. */
export function signedGibText(bytes: number): string {
  const text = gibText(bytes);
  return text.startsWith('-') ? text : `+${text}`;
}

/** `1,482`. */
export function countText(value: number): string {
  return wholeNumbers.format(withoutNegativeZero(value, 0));
}

/** `1.4M`, `262k`, `982`. */
export function compactText(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 999.95e6) return `${(value / 1e9).toFixed(1)}G`;
  if (magnitude >= 999.5e3) return `${(value / 1e6).toFixed(1)}M`;
  if (magnitude >= 9_999.5) return `${(value / 1e3).toFixed(0)}k`;
  return countText(value);
}

/** `83 %`; one digit below ten, so that little is not shown as nothing, and `<0.1 %` for less than that. */
export function percentText(ratio: number): string {
  const percent = ratio * 100;
  const magnitude = Math.abs(percent);
  if (magnitude === 0) return '0 %';
  if (magnitude < 0.05) return '<0.1 %';
  return `${percent.toFixed(magnitude < 9.95 ? 1 : 0)} %`;
}

/** `83 %` without digits behind the point: for columns of sensors. */
export function wholePercentText(ratio: number): string {
  return `${countText(ratio * 100)} %`;
}

/** `$28.80`, `-$3.10`, `<$0.01` for what is there and rounds to nothing. */
export function usdText(usd: number): string {
  const magnitude = Math.abs(usd);
  const sign = usd < 0 ? '-' : '';
  if (magnitude > 0 && magnitude < 0.005) return `${sign}<$0.01`;
  return `${sign}$${cents.format(magnitude)}`;
}

/** `$28.80/h`. */
export function usdPerHourText(usdPerHour: number): string {
  return `${usdText(usdPerHour)}/h`;
}

/** `$0.44/M`: USD per million tokens. */
export function usdPerMillionText(usdPerMillionTokens: number): string {
  return `${usdText(usdPerMillionTokens)}/M`;
}

/** `1,482 tok/s`; one digit below ten. */
export function tokensPerSecondText(tokensPerSecond: number): string {
  return `${rateNumber(tokensPerSecond)} tok/s`;
}

/** `2.4/s`, `0/s`, `<0.1/s`. */
export function perSecondText(perSecond: number): string {
  if (perSecond > 0 && perSecond < 0.05) return '<0.1/s';
  return `${rateNumber(perSecond)}/s`;
}

/** `842 ms`, `9.3 ms`, `3.31 s`, `71.0 s`. */
export function latencyText(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${ms.toFixed(0)} ms`;
  return ms < 9_995 ? `${(ms / 1_000).toFixed(2)} s` : `${(ms / 1_000).toFixed(1)} s`;
}

/** `2.97x`: how many times something fits. */
export function timesText(count: number, glyphs: GlyphSet): string {
  return `${count.toFixed(2)}${glyphs.times}`;
}

/** `0.92`: a memory fraction as engines write it. */
export function fractionText(fraction: number): string {
  return fraction.toFixed(2);
}

/** `61 C`. */
export function celsiusText(celsius: number): string {
  return `${countText(celsius)} C`;
}

/** `520 W`, `4.2 kW`. */
export function wattsText(watts: number): string {
  return watts < 999.5 ? `${countText(watts)} W` : `${(watts / 1_000).toFixed(1)} kW`;
}

function rateNumber(perSecond: number): string {
  return perSecond !== 0 && Math.abs(perSecond) < 9.95 ? perSecond.toFixed(1) : countText(perSecond);
}

/** What rounds to zero has no sign. */
function withoutNegativeZero(value: number, digits: number): number {
  return Math.abs(value) < 0.5 / 10 ** digits ? 0 : value;
}
