import {isAbsent, type Reading} from '../../samples/reading.ts';
import {BYTES_PER_GIB} from '../../shared/units.ts';
import type {GlyphSet} from '../glyphs.ts';

/** A reading as text by `format`; the dash where there is none. */
export function shown<T>(reading: Reading<T>, glyphs: GlyphSet, format: (value: T) => string): string {
  return isAbsent(reading) ? glyphs.dash : format(reading);
}

/** `71.2 GiB`. */
export function gibText(bytes: number): string {
  return `${gibNumber(bytes)} GiB`;
}

/** `71.2`: GiB without the unit, for columns that name it once. */
export function gibNumber(bytes: number): string {
  return (bytes / BYTES_PER_GIB).toFixed(1);
}

/** `1,482`. */
export function countText(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `1.4M`, `262k`, `982`. */
export function compactText(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude >= 1e9) return `${(value / 1e9).toFixed(1)}G`;
  if (magnitude >= 1e6) return `${(value / 1e6).toFixed(1)}M`;
  if (magnitude >= 1e4) return `${(value / 1e3).toFixed(0)}k`;
  return countText(value);
}

/** `83 %`; one digit below ten, so that little is not shown as nothing. */
export function percentText(ratio: number): string {
  const percent = ratio * 100;
  return `${percent !== 0 && Math.abs(percent) < 10 ? percent.toFixed(1) : percent.toFixed(0)} %`;
}

/** `$28.80`, `-$3.10`. */
export function usdText(usd: number): string {
  const amount = Math.abs(usd).toLocaleString('en-US', {minimumFractionDigits: 2, maximumFractionDigits: 2});
  return `${usd < 0 ? '-' : ''}$${amount}`;
}

/** `$28.80/h`. */
export function usdPerHourText(usdPerHour: number): string {
  return `${usdText(usdPerHour)}/h`;
}

/** `1,482 tok/s`; one digit below ten. */
export function tokensPerSecondText(tokensPerSecond: number): string {
  const digits =
    tokensPerSecond !== 0 && tokensPerSecond < 10 ? tokensPerSecond.toFixed(1) : countText(tokensPerSecond);
  return `${digits} tok/s`;
}

/** `842 ms`, `3.31 s`, `71 s`. */
export function latencyText(ms: number): string {
  if (ms < 1_000) return `${ms.toFixed(ms < 10 ? 1 : 0)} ms`;
  return ms < 10_000 ? `${(ms / 1_000).toFixed(2)} s` : `${(ms / 1_000).toFixed(1)} s`;
}
