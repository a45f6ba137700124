import {cutText, textWidth} from '../../shared/text-width.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';
import {cleanText, span} from './compose.ts';
import {endedAtWord} from './shorten-text.ts';

/**
 * A sentence as rows of one tone, broken at spaces; a word longer than a row (a path, a command) is broken where the row
 * ends. Ends in an ellipsis when `maxRows` cuts it off.
 */
export function wrapText(text: string, tone: Tone, columns: number, maxRows: number, glyphs: GlyphSet): Row[] {
  const lines: string[] = [];
  for (const word of cleanText(text).split(' ')) {
    const last = lines.at(-1);
    if (word === '') continue;
    if (last !== undefined && textWidth(last) + 1 + textWidth(word) <= columns)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(...pieces(word, columns));
  }
  const rest = lines.splice(Math.max(0, maxRows));
  const last = lines.at(-1);
  if (last !== undefined && rest.length > 0)
    lines[lines.length - 1] = endedAtWord([last, ...rest].join(' '), columns, glyphs.ellipsis);
  return lines.map((line) => [span(line, tone)]);
}

/** A word in pieces of at most `columns` cells. A character wider than that stays alone, for the panel to cut. */
function pieces(word: string, columns: number): string[] {
  const found: string[] = [];
  let rest = word;
  while (textWidth(rest) > columns) {
    const piece = cutText(rest, columns, '');
    if (piece === '') break;
    found.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...found, rest];
}
