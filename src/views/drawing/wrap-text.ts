import {cutText, textWidth} from '../../shared/text-width.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';
import {cleanText, span} from './compose.ts';
import {endedAtWord} from './shorten-text.ts';

/**
 * A sentence as rows of one tone, broken at spaces; a word longer than a row is broken after a slash or a hyphen (a path, a
 * command), and only where a part is longer than a row, inside it. Ends in an ellipsis when `maxRows` cuts it off.
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

/** Where the last whole part of a long word ends; its own end if there is none, or hardly anything before it. */
function endOfPart(cut: string): number {
  const end = Math.max(...['/', '-', ',', '='].map((mark) => cut.lastIndexOf(mark))) + 1;
  return end > cut.length / 3 ? end : cut.length;
}

/** A word in pieces of at most `columns` cells. A character wider than that stays alone, for the panel to cut. */
function pieces(word: string, columns: number): string[] {
  const found: string[] = [];
  let rest = word;
  while (textWidth(rest) > columns) {
    const cut = cutText(rest, columns, '');
    if (cut === '') break;
    const piece = cut.slice(0, endOfPart(cut));
    found.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...found, rest];
}
