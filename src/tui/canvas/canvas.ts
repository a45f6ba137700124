import {clustersOf, isOneCellEach} from '../../shared/text-width.ts';
import {plain, type Style} from '../theme/theme.ts';

export type CanvasSize = {readonly columns: number; readonly rows: number};

/** A grid of terminal cells, row by row. */
export type Canvas = CanvasSize & {
  /** The character in each cell with its combining marks; empty in the cells that a wide character to the left uses. */
  readonly texts: string[];
  readonly styles: Style[];
};

/** A canvas of spaces. */
export function createCanvas({columns, rows}: CanvasSize): Canvas {
  const cells = columns * rows;
  return {columns, rows, texts: Array<string>(cells).fill(' '), styles: Array<Style>(cells).fill(plain)};
}

/** Makes every cell a space. */
export function clearCanvas({texts, styles}: Canvas): void {
  texts.fill(' ');
  styles.fill(plain);
}

/** Makes cells of a row spaces, whatever is in them. */
export function blankCells(
  {columns, texts, styles}: Canvas,
  cells: {row: number; column: number; columns: number},
): void {
  const start = cells.row * columns + cells.column;
  texts.fill(' ', start, start + cells.columns);
  styles.fill(plain, start, start + cells.columns);
}

/**
 * Writes a text without control characters into a row, up to the right edge; what is outside the canvas is dropped. Of a wide
 * character that is only partly covered, the rest becomes a space. Returns the column after the text.
 */
export function writeText(canvas: Canvas, row: number, column: number, text: string, style: Style): number {
  const {columns, rows} = canvas;
  if (row < 0 || row >= rows || column < 0) return column;
  const start = row * columns;
  if (isOneCellEach(text)) return writeSimple(canvas, start, column, text, style);
  let at = column;
  for (const {text: cluster, width} of clustersOf(text)) {
    if (at + width > columns) break;
    if (width === 0) appendMark(canvas, start, at, cluster);
    else writeCluster(canvas, start, at, cluster, width, style);
    at += width;
  }
  return at;
}

/** Makes so many cells of a row plain spaces. */
export function writeBlanks(canvas: Canvas, row: number, column: number, count: number): void {
  if (row < 0 || row >= canvas.rows || column < 0) return;
  for (let left = count; left > 0; left -= BLANKS.length) {
    writeSimple(canvas, row * canvas.columns, column + count - left, BLANKS.slice(0, left), plain);
  }
}

const BLANKS = ' '.repeat(300);

/** Of a simple text the last character is that of braille. */
const LAST_SIMPLE = 0x28ff;
/** These characters by their UTF-16 code: each is one object, which is quickly compared with itself. */
const characters = Array<string | undefined>(LAST_SIMPLE + 1).fill(undefined);

function characterOf(code: number): string {
  const known = characters[code];
  if (known !== undefined) return known;
  const character = String.fromCharCode(code);
  characters[code] = character;
  return character;
}

/** The same for a text of which every character uses one cell, without an object for each: most of a screen. */
function writeSimple(canvas: Canvas, start: number, column: number, text: string, style: Style): number {
  const {columns, texts, styles} = canvas;
  const end = Math.min(columns, column + text.length);
  for (let at = column; at < end; at += 1) {
    const character = characterOf(text.charCodeAt(at - column));
    const isPartOfWide = texts[start + at] === '' || (at + 1 < columns && texts[start + at + 1] === '');
    if (isPartOfWide) writeCluster(canvas, start, at, character, 1, style);
    else {
      texts[start + at] = character;
      styles[start + at] = style;
    }
  }
  return Math.max(column, end);
}

function writeCluster(
  canvas: Canvas,
  start: number,
  column: number,
  cluster: string,
  width: number,
  style: Style,
): void {
  const {columns, texts, styles} = canvas;
  if (texts[start + column] === '') eraseBack(canvas, start, column - 1);
  texts[start + column] = cluster;
  styles[start + column] = style;
  for (let covered = column + 1; covered < column + width; covered += 1) {
    texts[start + covered] = '';
    styles[start + covered] = style;
  }
  for (let rest = column + width; rest < columns && texts[start + rest] === ''; rest += 1) texts[start + rest] = ' ';
}

/** Makes a wide character a space from its last kept cell back to its first. */
function eraseBack({texts}: Canvas, start: number, column: number): void {
  let at = column;
  while (at > 0 && texts[start + at] === '') {
    texts[start + at] = ' ';
    at -= 1;
  }
  texts[start + at] = ' ';
}

/** Adds a combining mark to the character before it. */
function appendMark({texts}: Canvas, start: number, column: number, mark: string): void {
  let at = column - 1;
  while (at > 0 && texts[start + at] === '') at -= 1;
  if (at >= 0) texts[start + at] = (texts[start + at] ?? '') + mark;
}

/** The rows as text, without styles. */
export function canvasLines({columns, rows, texts}: Canvas): string[] {
  return Array.from({length: rows}, (_, row) => texts.slice(row * columns, (row + 1) * columns).join(''));
}
