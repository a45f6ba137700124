/** How well a text fits what was typed, and which of its characters do. */
export type FuzzyMatch = {
  /** Greater is better; comparable between texts for the same query. */
  readonly score: number;
  /** Places of the matched characters, ascending. */
  readonly places: readonly number[];
};

const NEXT_TO_LAST = 4;
const AT_WORD_START = 3;
const AT_TEXT_START = 2;
const PER_SKIPPED = -0.1;
/** Of two texts that fit as well, the one that begins with it is meant, or has it earlier. */
const PER_CHARACTER_BEFORE = -0.001;

/**
 * The match of a query in a text: each of its words as characters in this order, not necessarily next to each other, upper case
 * or lower; best where they are together and begin words. Null where a word does not occur. An empty query fits everything.
 * Steps are at most the length of the text squared, for each word: texts are names.
 */
export function fuzzyMatch(query: string, text: string): FuzzyMatch | null {
  const matches = wordsOf(query).map((word) => bestOf(word, text));
  if (!matches.every((match) => match !== null)) return null;
  const places = [...new Set(matches.flatMap((match) => match.places))];
  return {score: matches.reduce((sum, match) => sum + match.score, 0), places: places.toSorted((a, b) => a - b)};
}

/** The words of a query, in lower case. */
export function wordsOf(query: string): readonly string[] {
  return query.toLowerCase().split(' ').filter(Boolean);
}

/** The best match of a word, from each place where its first character is. */
function bestOf(word: string, text: string): FuzzyMatch | null {
  const lower = text.toLowerCase();
  let best: FuzzyMatch | null = null;
  for (let start = lower.indexOf(word.charAt(0)); start !== -1; start = lower.indexOf(word.charAt(0), start + 1)) {
    const match = matchFrom(word, text, lower, start);
    // Where the rest does not occur from here, it does not from further on.
    if (match === null) break;
    if (best === null || match.score > best.score) best = match;
  }
  return best;
}

function matchFrom(word: string, text: string, lower: string, start: number): FuzzyMatch | null {
  const places: number[] = [];
  let score = start === 0 ? AT_TEXT_START : start * PER_CHARACTER_BEFORE;
  for (const character of word) {
    const last = places.at(-1);
    const place = lower.indexOf(character, last === undefined ? start : last + 1);
    if (place === -1) return null;
    if (last !== undefined) score += place === last + 1 ? NEXT_TO_LAST : (place - last) * PER_SKIPPED;
    if (isWordStart(text, place)) score += AT_WORD_START;
    places.push(place);
  }
  return {score, places};
}

/** The first letter after a sign, or a capital within a word. */
function isWordStart(text: string, place: number): boolean {
  return place === 0 || !/[a-z0-9]/i.test(text.charAt(place - 1)) || /[A-Z]/.test(text.charAt(place));
}
