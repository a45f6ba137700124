import {isOneCellEach} from '../../shared/text-width.ts';
import {END_STYLE, plain, type Style} from '../theme/theme.ts';
import type {Canvas} from './canvas.ts';

/** Unchanged cells that are written again instead of a jump over them, which takes four characters or more. */
const MAX_REPEATED_CELLS = 4;
/** Spaces at the end of a row from which on erasing is shorter. */
const MIN_ERASED_CELLS = 4;
const ERASE_TO_END_OF_LINE = '\u001b[K';

export type Difference = {
  /** What to write to the terminal; empty if nothing changed. */
  readonly text: string;
  /** Its length. */
  readonly bytes: number;
  /** False if rows are left for the next call because `maxBytes` were written. */
  readonly isComplete: boolean;
  /** How many rows of the order are as they should be. */
  readonly rowsDone: number;
};

/**
 * The escape sequences that turn the screen `shown` into `wanted`, a canvas of the same size, and updates `shown` to what
 * the terminal has after them. Ends after the row that reaches `maxBytes`; `order` has each row once.
 */
export function difference(shown: Canvas, wanted: Canvas, maxBytes: number, order: readonly number[]): Difference {
  const pen: TerminalPen = {text: '', row: -1, column: -1, style: plain};
  let [text, bytes, rowsDone] = ['', 0, 0];
  const take = (): void => {
    text += pen.text;
    bytes += Buffer.byteLength(pen.text);
    pen.text = '';
  };
  for (const row of order) {
    if (bytes >= maxBytes) break;
    writeRow(pen, shown, wanted, row);
    take();
    rowsDone += 1;
  }
  setStyle(pen, plain);
  take();
  const isComplete = order.slice(rowsDone).every((row) => isSameRow(shown, wanted, row));
  return {text, bytes, isComplete, rowsDone: isComplete ? order.length : rowsDone};
}

/** What is not taken yet, where the terminal's cursor is, -1 where that is not certain, and the style it writes with. */
type TerminalPen = {text: string; row: number; column: number; style: Style};

function writeRow(pen: TerminalPen, shown: Canvas, wanted: Canvas, row: number): void {
  const {columns} = wanted;
  const start = row * columns;
  const blankFrom = endOfContent(wanted, start);
  for (let column = 0; column < columns; column += 1) {
    if (isSameCell(shown, wanted, start + column)) continue;
    // The other cells of a wide character are written with its first one.
    if (wanted.texts[start + column] === '') {
      adopt(shown, wanted, start + column);
      continue;
    }
    moveTo(pen, wanted, row, column);
    if (column >= blankFrom && columns - column >= MIN_ERASED_CELLS) {
      setStyle(pen, plain);
      pen.text += ERASE_TO_END_OF_LINE;
      for (let rest = column; rest < columns; rest += 1) adopt(shown, wanted, start + rest);
      return;
    }
    writeCell(pen, wanted, start + column);
    adopt(shown, wanted, start + column);
  }
}

/** The column after the last cell that is more than a plain space. */
function endOfContent({columns, texts, styles}: Canvas, start: number): number {
  let end = columns;
  while (end > 0 && texts[start + end - 1] === ' ' && styles[start + end - 1] === plain) end -= 1;
  return end;
}

function moveTo(pen: TerminalPen, wanted: Canvas, row: number, column: number): void {
  if (pen.row !== row || pen.column < 0 || pen.column > column) {
    pen.text += `\u001b[${row + 1};${column + 1}H`;
  } else if (pen.column < column) {
    const gap = column - pen.column;
    if (gap <= MAX_REPEATED_CELLS && areRepeatable(pen, wanted, row, column)) {
      const start = row * wanted.columns;
      for (let at = pen.column; at < column; at += 1) pen.text += wanted.texts[start + at] ?? ' ';
    } else {
      pen.text += `\u001b[${gap === 1 ? '' : gap}C`;
    }
  }
  pen.row = row;
  pen.column = column;
}

/** True if the cells between the cursor and the column can be written again without a change of style. */
function areRepeatable(pen: TerminalPen, wanted: Canvas, row: number, column: number): boolean {
  const start = row * wanted.columns;
  for (let at = pen.column; at < column; at += 1) {
    const text = wanted.texts[start + at] ?? '';
    if (wanted.styles[start + at] !== pen.style || text === '' || !isOneCellEach(text)) return false;
  }
  return true;
}

function writeCell(pen: TerminalPen, wanted: Canvas, index: number): void {
  const text = wanted.texts[index] ?? ' ';
  setStyle(pen, wanted.styles[index] ?? plain);
  if (isOfManyUnits(text) && wanted.texts[index + 1] === '') blankBoth(pen, wanted);
  pen.text += text;
  pen.column += 1;
  // A terminal may disagree about the width of such a character, and waits with the wrap after the last column.
  if (pen.column >= wanted.columns || !isOneCellEach(text)) pen.column = -1;
}

/** Emoji, and letters with marks: terminals differ about how many cells these use. */
function isOfManyUnits(text: string): boolean {
  return text.length > 1;
}

/** A terminal that draws the next character in one cell would leave in the other one what was there before. */
function blankBoth(pen: TerminalPen, {columns}: Canvas): void {
  // From the last column, which a terminal does not leave before the next character, a backspace goes too far.
  const isAtEnd = pen.column + 2 >= columns;
  pen.text += isAtEnd ? `  \u001b[${pen.row + 1};${pen.column + 1}H` : '  \b\b';
}

function setStyle(pen: TerminalPen, style: Style): void {
  if (pen.style === style) return;
  if (pen.style !== plain) pen.text += END_STYLE;
  pen.text += style.open;
  pen.style = style;
}

/** True if a row of two canvases of the same size has the same in every cell. */
export function isSameRow(one: Canvas, other: Canvas, row: number): boolean {
  for (let index = row * other.columns; index < (row + 1) * other.columns; index += 1) {
    if (!isSameCell(one, other, index)) return false;
  }
  return true;
}

function isSameCell(shown: Canvas, wanted: Canvas, index: number): boolean {
  return shown.texts[index] === wanted.texts[index] && shown.styles[index] === wanted.styles[index];
}

function adopt(shown: Canvas, wanted: Canvas, index: number): void {
  shown.texts[index] = wanted.texts[index] ?? ' ';
  shown.styles[index] = wanted.styles[index] ?? plain;
}
