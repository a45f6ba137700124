import {clustersOf, textWidth} from '../../shared/text-width.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Span, Tone} from '../rows.ts';
import {partsOf} from './commands-in-text.ts';
import {cleanText, span, widthOf} from './compose.ts';
import {endedAtWord} from './shorten-text.ts';

/** A text in fewer columns cannot be read. */
const LEAST_ROOM = 20;

/**
 * A sentence as rows of one tone, broken at spaces, but not inside a command; a word longer than a row is broken after a
 * slash or a hyphen (a path), and only where a part is longer than a row, inside it. Ends in an ellipsis when `maxRows` cuts
 * it off.
 */
export function wrapText(text: string, tone: Tone, columns: number, maxRows: number, glyphs: GlyphSet): Row[] {
  const lines = linesOf(text, columns, columns);
  const rest = lines.splice(Math.max(0, maxRows));
  const last = lines.at(-1);
  if (last !== undefined && rest.length > 0)
    lines[lines.length - 1] = endedAtWord([last, ...rest].join(' '), columns, glyphs.ellipsis);
  return lines.map((line) => [span(line, tone)]);
}

/**
 * The same below an indent of `indent`, in all its rows. A path, URL or command that does not fit behind the indent, but in a
 * row of `columns`, has that row for itself, without the indent.
 */
export function wrapIndented(text: string, tone: Tone, indent: Row, columns: number): Row[] {
  const room = Math.max(LEAST_ROOM, columns - widthOf(indent));
  return linesOf(text, room, columns).map((line) =>
    textWidth(line) > room ? [span(line, tone)] : [...indent, span(line, tone)],
  );
}

/** Rows below an indent with `head` in place of the indent of the first one; above it if that has a row for itself. */
export function withHead(head: Span, indent: Span, [first = [], ...rest]: readonly Row[]): Row[] {
  if (first.length === 0) return [[head], ...rest];
  return first[0] === indent ? [[head, ...first.slice(1)], ...rest] : [[head], first, ...rest];
}

/** Lines of `columns`; one part of up to `mostColumns` may be wider. */
function linesOf(text: string, columns: number, mostColumns: number): string[] {
  const lines: string[] = [];
  const add = (part: string): void => {
    const last = lines.at(-1);
    const width = textWidth(part);
    if (last !== undefined && textWidth(last) + 1 + width <= columns) lines[lines.length - 1] = `${last} ${part}`;
    else if (width <= mostColumns) lines.push(part);
    else if (part.includes(' ')) for (const word of part.split(' ')) add(word);
    else lines.push(...pieces(part, columns));
  };
  for (const part of partsOf(cleanText(text))) add(part);
  return lines;
}

/** Where the last whole part of a long word ends; its own end if there is none, or hardly anything before it. */
function endOfPart(cut: string): number {
  const end = Math.max(...['/', '-', ',', '='].map((mark) => cut.lastIndexOf(mark))) + 1;
  return end > cut.length / 3 ? end : cut.length;
}

/** A word in pieces of at most `columns` cells, cut in one pass. A character wider than that stays alone, for the panel to cut. */
function pieces(word: string, columns: number): string[] {
  const found: string[] = [];
  let [start, end, width] = [0, 0, 0];
  for (const cluster of clustersOf(word)) {
    while (end > start && width + cluster.width > columns) {
      const piece = word.slice(start, start + endOfPart(word.slice(start, end)));
      found.push(piece);
      start += piece.length;
      width = textWidth(word.slice(start, end));
    }
    end += cluster.text.length;
    width += cluster.width;
  }
  return [...found, word.slice(start)];
}
