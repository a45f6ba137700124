import {isAbsent, type Reading} from '../../samples/reading.ts';
import {fixedGibText} from '../../shared/quantities/bytes.ts';
import {decimalText} from '../../shared/quantities/counts.ts';
import type {GlyphSet} from '../glyphs.ts';

/** A reading as text by `format`; a dash if it is absent. Zero is a value like any other. */
export function shown<T>(reading: Reading<T>, glyphs: GlyphSet, format: (value: T) => string): string {
  return isAbsent(reading) ? glyphs.dash : format(reading);
}

/** `2.97x`: how often something fits. */
export function timesText(count: number, glyphs: GlyphSet): string {
  return `${decimalText(count, 2)}${glyphs.times}`;
}

/** Bytes of a GPU that are left for something: `53.3 GiB`, or `156.3 GiB short` where they are missing. */
export function roomText(bytes: number): string {
  const text = fixedGibText(Math.abs(bytes));
  return bytes < 0 && text !== fixedGibText(0) ? `${text} short` : text;
}
