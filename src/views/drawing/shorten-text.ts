import {cutText, textWidth} from '../../shared/text-width.ts';
import type {GlyphSet} from '../glyphs.ts';
import {cleanText} from './compose.ts';

/** A parenthesis that only names something more exactly: `(pid 4242)`, `(0000:5D:00.0)`. */
const aside = / ?\([^()]*\)/g;
/** Where a sentence ends and another begins. */
const sentenceEnd = /[.!?] (?=[A-Z])/;
/** A number, and what must not be cut off from it. */
const number = /^[+-]?[\d.,]*\d$/;
const unit = /^ ?(?:[KMGT]?i?B|ms|s|m|min|h|%|tok|tokens?|requests?|times|steps?)(?![a-z])/;
/** What no text ends with: an opening that nothing follows, or a word that only connects. */
const looseCharacter = /[\s,;:(\u2013-]/;
const looseWord = /\b(?:a|an|and|at|by|for|in|is|of|on|or|that|the|to|with)$/;
const LONGEST_LOOSE_WORD = 4;

/**
 * A sentence in at most `columns` cells: whole, or without what follows its first sentence, or without parentheses, or
 * ended after a word, never inside one nor between a number and its unit.
 */
export function shortenText(text: string, columns: number, {ellipsis}: Pick<GlyphSet, 'ellipsis'>): string {
  const whole = cleanText(text);
  const [first = whole] = whole.split(sentenceEnd);
  const sentence = first === whole ? whole : `${first}.`;
  const fitting = [whole, sentence, sentence.replaceAll(aside, '')].find((form) => textWidth(form) <= columns);
  return fitting ?? endedAtWord(sentence.replaceAll(aside, ''), columns, ellipsis);
}

/** The words that fit with an ellipsis after them; only where not even the first one fits, a part of it. */
export function endedAtWord(text: string, columns: number, ellipsis: string): string {
  const room = columns - textWidth(ellipsis);
  const kept = cutText(text, room, '');
  const isWordWhole = kept === text || text.charAt(kept.length) === ' ';
  const words = isWordWhole ? kept : kept.slice(0, Math.max(0, kept.lastIndexOf(' ')));
  const isNumberAlone = unit.test(text.slice(words.length));
  const ended = withoutLooseEnd(isNumberAlone ? withoutLastNumber(words) : words);
  return `${ended === '' ? kept : ended}${ellipsis}`;
}

/** The text without a number that stands last, if nothing else belongs to it. */
function withoutLastNumber(text: string): string {
  const start = Math.max(text.lastIndexOf(' '), text.lastIndexOf('('));
  return start >= 0 && number.test(text.slice(start + 1)) ? text.slice(0, start) : text;
}

function withoutLooseEnd(text: string): string {
  let kept = text;
  for (;;) {
    const isLoose = looseCharacter.test(kept.slice(-1));
    const word = isLoose ? null : looseWord.exec(kept.slice(-LONGEST_LOOSE_WORD - 1));
    const loose = isLoose ? 1 : (word?.[0].length ?? 0);
    if (loose === 0) return kept;
    kept = kept.slice(0, -loose);
  }
}
