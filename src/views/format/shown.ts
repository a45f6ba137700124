import {isAbsent, type Reading} from '../../samples/reading.ts';
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
