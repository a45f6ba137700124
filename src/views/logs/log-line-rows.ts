import {type LineLevel, lineLevel} from '../../domain/log-lines/line-level.ts';
import {clustersOf, cutText, textWidth} from '../../shared/text-width.ts';
import {cleanText, span} from '../drawing/compose.ts';
import type {Row, Span, Tone} from '../rows.ts';

const tones: Readonly<Record<LineLevel, Tone>> = {error: 'critical', warning: 'warning', other: 'normal'};

/** By the level of the line. */
export function logLineTone(text: string): Tone {
  return tones[lineLevel(text)];
}

/** How a line is written: cut after `columns` cells from `left` on, or on as many rows as it needs. */
export type LineForm = {
  readonly columns: number;
  readonly isWrapped: boolean;
  readonly left: number;
  /** At the end of a line that is cut. */
  readonly ellipsis: string;
};

/** The rows of a line, its matches marked; an ellipsis where it continues to the right. At least one. */
export function logLineRows(
  line: string,
  query: string,
  {columns, isWrapped, left, ellipsis}: LineForm,
): readonly Row[] {
  const text = cleanText(line);
  const tone = logLineTone(text);
  const rowsOf = (pieces: readonly Piece[]): Row[] =>
    pieces.map(({start, end}) => marked(text, query, tone, start, end));
  if (isWrapped) return rowsOf(piecesOf(text, columns));
  const start = left === 0 ? 0 : cutText(text, left, '').length;
  const rest = text.slice(start);
  if (textWidth(rest) <= columns) return rowsOf([{start, end: text.length}]);
  const end = start + cutText(rest, columns - textWidth(ellipsis), '').length;
  return rowsOf([{start, end}]).map((row) => [...row, span(ellipsis, 'dim')]);
}

/** Part of a text. */
type Piece = {readonly start: number; readonly end: number};

/** Where a text is cut into rows: anywhere, as a terminal does, because logs have no sentences. What is wider than a row is left out. */
function piecesOf(text: string, columns: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let [start, end, width] = [0, 0, 0];
  const beginRow = (at: number): void => {
    if (end > start) pieces.push({start, end});
    [start, end, width] = [at, at, 0];
  };
  for (const cluster of clustersOf(text)) {
    const next = end + cluster.text.length;
    if (cluster.width > columns) {
      beginRow(next);
      continue;
    }
    if (width + cluster.width > columns) beginRow(end);
    end = next;
    width += cluster.width;
  }
  return end > start || pieces.length === 0 ? [...pieces, {start, end}] : pieces;
}

/** A part of a line, with the matches that are in it. */
function marked(text: string, query: string, tone: Tone, start: number, end: number): Row {
  const spans: Span[] = [];
  let position = start;
  for (const found of matchesIn(text, query)) {
    const from = Math.max(start, found);
    const to = Math.min(end, found + query.length);
    if (to <= from) continue;
    if (from > position) spans.push(span(text.slice(position, from), tone));
    spans.push(span(text.slice(from, to), 'match'));
    position = to;
  }
  if (position < end) spans.push(span(text.slice(position, end), tone));
  return spans;
}

/** More matches in one line are not marked. */
const MOST_MATCHES = 100;

/** Where the text occurs, whatever its case; nowhere for an empty one. */
function matchesIn(text: string, query: string): readonly number[] {
  if (query === '') return [];
  const found: number[] = [];
  const whole = text.toLowerCase();
  // A few characters have another length in lower case: positions would be those of another text.
  const [searched, sought] = whole.length === text.length ? [whole, query.toLowerCase()] : [text, query];
  for (let at = searched.indexOf(sought); at !== -1 && found.length < MOST_MATCHES; at = searched.indexOf(sought, at)) {
    found.push(at);
    at += sought.length;
  }
  return found;
}

/** True for a line in which the text occurs. */
export function isMatch(line: string, query: string): boolean {
  return matchesIn(cleanText(line), query).length > 0;
}
