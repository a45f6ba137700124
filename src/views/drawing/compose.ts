import {cutText, isOneCellEach, textWidth} from '../../shared/text-width.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Span, Tone} from '../rows.ts';

/** A span. */
export function span(text: string, tone: Tone = 'normal'): Span {
  return {text, tone};
}

/** A text that is being typed, after what it is for. */
export function promptRow(label: string, typed: string): Row {
  return [span(label, 'accent'), span(`${typed}_`, 'strong')];
}

/** Cells that a row takes. */
export function widthOf(row: Row): number {
  let width = 0;
  for (const {text} of row) width += textWidth(text);
  return width;
}

/** The row cut to `columns` cells, with an ellipsis if cut. */
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
    // One ellipsis for the cut span and everything after it.
    kept.push({text: cutText(`${part.text}  `, left, glyphs.ellipsis), tone: part.tone});
    break;
  }
  return kept;
}

/** Text padded with blanks to `columns` cells, on the left for numbers. */
export function padText(text: string, columns: number, side: 'left' | 'right' = 'right'): string {
  const fill = ' '.repeat(Math.max(0, columns - textWidth(text)));
  return side === 'left' ? fill + text : text + fill;
}

/** The row padded with blanks to `columns` cells. */
export function padRow(row: Row, columns: number): Row {
  const fill = columns - widthOf(row);
  return fill > 0 ? [...row, span(' '.repeat(fill))] : row;
}

/** The first rows that fit, each cleaned and cut to the width: what every panel ends with. */
export function fit(rows: readonly Row[], columns: number, rowCount: number, glyphs: GlyphSet): readonly Row[] {
  return rows.slice(0, Math.max(0, rowCount)).map((row) => cutRow(cleanRow(row), Math.max(0, columns), glyphs));
}

/** Control characters, separators and bidirectional marks: outside text must not send them to a terminal. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]+/gu;

/** Outside text made safe for a row. */
export function cleanText(text: string): string {
  return text.replace(unsafe, ' ');
}

/** The same for text of several lines. */
export function cleanLines(text: string): string {
  return text.split('\n').map(cleanText).join('\n');
}

/** Nearly every row is clean as it is. */
function cleanRow(row: Row): Row {
  return row.every(({text}) => isOneCellEach(text)) ? row : row.map(({text, tone}) => ({text: cleanText(text), tone}));
}

/** A part of a line with its importance; the least important parts are dropped first. */
export type Part = {readonly row: Row; readonly importance: number};

/** The parts in order, as many of the most important ones as fit in `columns`; the last remaining one is cut. */
export function joinParts(
  parts: readonly Part[],
  columns: number,
  glyphs: GlyphSet,
  separator: Row = [span('  ')],
): Row {
  let kept = parts.filter(({row}) => row.length > 0);
  let width = kept.reduce((sum, {row}) => sum + widthOf(row), (kept.length - 1) * widthOf(separator));
  while (kept.length > 1 && width > columns) {
    const least = Math.min(...kept.map(({importance}) => importance));
    const leaving = kept.findLastIndex(({importance}) => importance === least);
    width -= widthOf(kept[leaving]?.row ?? []) + widthOf(separator);
    kept = kept.filter((_, index) => index !== leaving);
  }
  const joined: Span[] = [];
  for (const {row} of kept) {
    if (joined.length > 0) joined.push(...separator);
    joined.push(...row);
  }
  return cutRow(joined, columns, glyphs);
}

/** `label value` with its importance in the line: by default less than the previous one. */
export type Fact = {
  readonly label: string;
  readonly value: string;
  readonly tone?: Tone;
  readonly importance?: number;
};

/** Facts joined by dots, as many as fit. */
export function factRow(facts: readonly Fact[], columns: number, glyphs: GlyphSet): Row {
  return joinParts(facts.map(partOfFact), columns, glyphs, dotOf(glyphs));
}

/** All facts, joined by dots, in as many rows as they take. */
export function factRows(facts: readonly Fact[], columns: number, glyphs: GlyphSet): readonly Row[] {
  const dot = dotOf(glyphs);
  const rows: Row[] = [];
  let line: Row = [];
  for (const {row} of facts.map(partOfFact)) {
    const longer = line.length === 0 ? row : [...line, ...dot, ...row];
    if (line.length === 0 || widthOf(longer) <= columns) {
      line = longer;
      continue;
    }
    rows.push(line);
    line = row;
  }
  return [...rows, ...(line.length === 0 ? [] : [line])].map((row) => cutRow(row, columns, glyphs));
}

function dotOf(glyphs: GlyphSet): Row {
  return [span(` ${glyphs.middleDot} `, 'dim')];
}

function partOfFact({label, value, tone = 'strong', importance}: Fact, index: number): Part {
  return {
    row: [...(label === '' ? [] : [span(`${label} `, 'dim')]), span(value, tone)],
    importance: importance ?? -index,
  };
}
