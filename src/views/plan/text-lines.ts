import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';
import {wrapText} from '../wrap-text.ts';

/** Columns that the label of a line takes in a printed plan. */
export const LABEL_COLUMNS = 12;

/** A row without its colours and without blanks at its end. */
export function plainText(row: Row): string {
  return row
    .map(({text}) => text)
    .join('')
    .trimEnd();
}

/** A text wrapped to the width, its first line behind `label`, the others below it. */
export function labelled(label: string, text: string, columns: number, glyphs: GlyphSet): string[] {
  const room = Math.max(20, columns - LABEL_COLUMNS);
  const lines = wrapText(text, 'normal', room, Number.POSITIVE_INFINITY, glyphs).map(plainText);
  const head = label.length < LABEL_COLUMNS ? label.padEnd(LABEL_COLUMNS) : `${label} `;
  return lines.map((line, index) => `${index === 0 ? head : ' '.repeat(LABEL_COLUMNS)}${line}`);
}

/** A text wrapped to the width behind an indent. */
export function wrapped(text: string, columns: number, glyphs: GlyphSet, indent = ''): string[] {
  const room = Math.max(20, columns - indent.length);
  return wrapText(text, 'normal', room, Number.POSITIVE_INFINITY, glyphs).map((row) => indent + plainText(row));
}
