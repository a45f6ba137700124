import {clustersOf, cutText, isOneCellEach, textWidth} from '../../shared/text-width.ts';
import type {GlyphSet} from '../../views/glyphs.ts';
import type {Row, Span} from '../../views/rows.ts';
import {blankCells, type Canvas, writeBlanks, writeText} from '../canvas/canvas.ts';
import type {Theme} from '../theme/theme.ts';
import {asciiText, cleanText} from './clean-text.ts';

/** What every painted line depends on besides its text. */
export type Pen = {readonly theme: Theme; readonly glyphs: GlyphSet};

/** Part of a row of the terminal, in cells. */
export type Strip = {readonly row: number; readonly column: number; readonly columns: number};

/** Paints a row into exactly the strip: cut with an ellipsis if it is longer, filled with spaces if it is shorter. */
export function paintRow(canvas: Canvas, {row: line, column, columns}: Strip, row: Row, pen: Pen): void {
  let left = columns;
  let before = ' ';
  let rest = rowWidth(row, pen);
  for (let index = 0; index < row.length && left > 0; index += 1) {
    const span = row[index] ?? NOTHING;
    const own = drawable(span.text, pen);
    rest -= textWidth(own);
    const text = apartFrom(before, left === columns ? withoutMarks(own) : own);
    const hasMore = index < row.length - 1 && rest > left - textWidth(text);
    const cut = fit(text, left, hasMore, pen);
    writeText(canvas, line, column + columns - left, cut, pen.theme[span.tone]);
    left -= textWidth(cut);
    if (cut !== text) break;
    if (text !== '') before = text;
  }
  writeBlanks(canvas, line, column + columns - left, left);
}

/** The same in a strip that shows another row. */
export function repaintRow(canvas: Canvas, strip: Strip, row: Row, pen: Pen): void {
  // Also the other half of each wide character that was there.
  blankCells(canvas, strip);
  paintRow(canvas, strip, row, pen);
}

/** True if both rows are painted as the same cells. */
export function isSameContent(one: Row, other: Row): boolean {
  if (one === other) return true;
  if (one.length !== other.length) return false;
  for (let index = 0; index < one.length; index += 1) {
    const [a, b] = [one[index] ?? NOTHING, other[index] ?? NOTHING];
    if (a.text !== b.text || a.tone !== b.tone) return false;
  }
  return true;
}

const NOTHING: Span = {text: '', tone: 'normal'};

/**
 * A text that does not join what is drawn before it to one character, such as a skin tone or a vowel of Hangul: its first
 * code points are spaces then, because the width of both would not be the sum of their widths.
 */
function apartFrom(before: string, text: string): string {
  // Most texts begin with a letter, a digit, a sign or a space of the first blocks, which join nothing.
  if (text < FIRST_COMBINING) return text;
  const end = before.slice(-JOINED_LENGTH);
  const points = [...text];
  let joined = 0;
  while (joined < points.length && isJoined(end, points.slice(joined).join(''))) joined += 1;
  return ' '.repeat(joined) + points.slice(joined).join('');
}

/** A text that begins the strip: a mark would be drawn on the cell before it, which is not of this strip. */
function withoutMarks(text: string): string {
  if (text < FIRST_INVISIBLE) return text;
  let start = 0;
  for (const {text: cluster, width} of clustersOf(text)) {
    if (width > 0) break;
    start += cluster.length;
  }
  return text.slice(start);
}

/** The first that uses no cell: the soft hyphen. */
const FIRST_INVISIBLE = '\u00ad';
const FIRST_COMBINING = '\u0300';
/** Longer than the sequences of code points that are one character. */
const JOINED_LENGTH = 40;

function isJoined(before: string, text: string): boolean {
  return textWidth(before + text) !== textWidth(before) + textWidth(text);
}

/** The text as this terminal can show it: without control characters, and in ASCII if needed. */
export function drawable(text: string, pen: Pen): string {
  // What is certain to use one cell each has no control characters either.
  const clean = isOneCellEach(text) ? text : cleanText(text);
  return pen.glyphs.name === 'ascii' ? asciiText(clean) : clean;
}

/** Width of a row in cells. */
export function rowWidth(row: readonly Span[], pen: Pen): number {
  let width = 0;
  for (const {text} of row) width += textWidth(drawable(text, pen));
  return width;
}

/** Cuts a span; one that just fits still leaves room for the ellipsis when later spans are dropped. */
function fit(text: string, columns: number, hasMore: boolean, pen: Pen): string {
  const {ellipsis} = pen.glyphs;
  const width = textWidth(text);
  if (hasMore && width >= columns && width > 0) return cutText(`${text}  `, columns, ellipsis);
  return cutText(text, columns, ellipsis);
}
