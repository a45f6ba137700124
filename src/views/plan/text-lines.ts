import {textWidth} from '../../shared/text-width.ts';
import {cleanText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';

/** Width of line labels in a printed plan. */
export const LABEL_COLUMNS = 12;

/** Options for drawing plan texts. */
export type TextOptions = {readonly columns: number; readonly glyphs: GlyphSet};

/** An empty line. */
export const blank: Row = [];

/** Rows without their colors and without blanks at their ends. */
export function plainLines(rows: readonly Row[]): string {
  return rows
    .map((row) =>
      row
        .map(({text}) => text)
        .join('')
        .trimEnd(),
    )
    .join('\n');
}

/** A text wrapped to the width, its first line after `label`, the others below. */
export function labelled(
  label: string,
  text: string,
  {columns, glyphs}: TextOptions,
  {labelTone = 'dim', tone = 'normal'}: {readonly labelTone?: Tone; readonly tone?: Tone} = {},
): Row[] {
  const room = Math.max(20, columns - LABEL_COLUMNS);
  const head = `${label}${' '.repeat(Math.max(1, LABEL_COLUMNS - textWidth(label)))}`;
  return wrapText(text, tone, room, Number.POSITIVE_INFINITY, glyphs).map((row, index) => [
    index === 0 ? span(cleanText(head), labelTone) : span(' '.repeat(LABEL_COLUMNS)),
    ...row,
  ]);
}

/** A text wrapped to the width, indented. */
export function wrapped(text: string, {columns, glyphs}: TextOptions, tone: Tone = 'normal', indent = ''): Row[] {
  const room = Math.max(20, columns - indent.length);
  const rows = wrapText(text, tone, room, Number.POSITIVE_INFINITY, glyphs);
  return indent === '' ? rows : rows.map((row) => [span(indent), ...row]);
}
