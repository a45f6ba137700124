import {cutText, textWidth} from '../shared/text-width.ts';
import type {GlyphSet} from './glyphs.ts';
import type {Row, Span, Tone} from './rows.ts';

/** A span. */
export function span(text: string, tone: Tone = 'normal'): Span {
  return {text, tone};
}

/** Cells that a row takes. */
export function widthOf(row: Row): number {
  return row.reduce((width, {text}) => width + textWidth(text), 0);
}

/** The row cut to `columns` cells, with an ellipsis where something was left out. */
export function cutRow(row: Row, columns: number, glyphs: GlyphSet): Row {
  if (widthOf(row) <= columns) return row;
  const kept: Span[] = [];
  let left = columns;
  for (const part of row) {
    const width = textWidth(part.text);
    if (width < left) {
      kept.push(part);
      left -= width;
      continue;
    }
    // What is cut and what follows it are one: the ellipsis says that there was more.
    kept.push({text: cutText(`${part.text} `, left, glyphs.ellipsis), tone: part.tone});
    break;
  }
  return kept;
}

/** Text filled with blanks to `columns` cells, at its left for numbers. */
export function padText(text: string, columns: number, side: 'left' | 'right' = 'right'): string {
  const fill = ' '.repeat(Math.max(0, columns - textWidth(text)));
  return side === 'left' ? fill + text : text + fill;
}

/** The first rows that fit, each cut to the width: what every panel ends with. */
export function fit(rows: readonly Row[], columns: number, rowCount: number, glyphs: GlyphSet): readonly Row[] {
  return rows.slice(0, Math.max(0, rowCount)).map((row) => cutRow(row, Math.max(0, columns), glyphs));
}

/** `label value` pairs joined by dots: the one-line form of a few facts. */
export function facts(pairs: readonly (readonly [label: string, value: string, tone?: Tone])[], glyphs: GlyphSet): Row {
  return pairs.flatMap(([label, value, tone = 'strong'], index) => [
    ...(index === 0 ? [] : [span(` ${glyphs.middleDot} `, 'dim')]),
    ...(label === '' ? [] : [span(`${label} `, 'dim')]),
    span(value, tone),
  ]);
}
