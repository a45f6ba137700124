import {textWidth} from '../../shared/text-width.ts';
import {cleanText, span} from '../drawing/compose.ts';
import {withHead, wrapIndented} from '../drawing/wrap-text.ts';
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
  {columns}: TextOptions,
  {labelTone = 'dim', tone = 'normal'}: {readonly labelTone?: Tone; readonly tone?: Tone} = {},
): Row[] {
  const indent = span(' '.repeat(LABEL_COLUMNS));
  const head = span(cleanText(`${label}${' '.repeat(Math.max(1, LABEL_COLUMNS - textWidth(label)))}`), labelTone);
  return withHead(head, indent, wrapIndented(text, tone, [indent], columns));
}

/** A text wrapped to the width, indented. */
export function wrapped(text: string, {columns}: TextOptions, tone: Tone = 'normal', indent = ''): Row[] {
  return wrapIndented(text, tone, indent === '' ? [] : [span(indent)], columns);
}
