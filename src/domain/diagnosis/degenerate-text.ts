/**
 * How a generated text is broken. `repeated`: one character, word or phrase over and over, as `!!!!!!!!`.
 * `not-a-number`: only NaN, infinities or placeholder tokens. `undecodable`: mostly bytes that are not text.
 */
export type Degeneration = {
  readonly kind: 'repeated' | 'not-a-number' | 'undecodable';
  /** What is repeated, or the beginning of the text; at most SAMPLE_LENGTH characters. */
  readonly sample: string;
};

const SAMPLE_LENGTH = 24;
/** Only this much is judged: a collapsed model repeats itself long before. */
const MAX_JUDGED_LENGTH = 4_000;

/** Repeats that make a text broken, by what is repeated. Sixteen tokens of `!` are at least sixteen characters. */
const REPEATS = {
  /** Alone in the text: `!`, `?`, `,`. */
  mark: 8,
  /** Alone in the text. Letters are also laughter (`hahaha`), digits also data. */
  letter: 16,
  /** Rules of Markdown, brackets of code, fill characters: drawn by the dozen in valid texts. */
  drawing: 200,
  /** At the end of a text that began well. */
  tail: 24,
  word: 8,
  phrase: 6,
  unit: 6,
} as const;
const MAX_PHRASE_WORDS = 4;
const MAX_UNIT_LENGTH = 24;
/** Repeated words are this part of the text: closing lines of code (`end end end`) are less. */
const MIN_REPEATED_PART = 0.6;

const drawingCharacter = /^[-=_*#~.·•+|/\\<>()[\]{}─-╿▀-▟]$/u;
const letterOrDigit = /^[\p{L}\p{N}]$/u;
/** Also special tokens of a tokenizer: `<unk>`, `[PAD]`, `<|endoftext|>`. */
/** Words of any language; single ASCII letters stand in tables and formulas. */
const spokenWord = /\p{L}{2}|(?![A-Za-z])\p{L}/u;
const notANumber = /^(?:[-+]?(?:nan|inf|infinity)|<(?:unk|pad|s|\/s)>|\[(?:unk|pad|eos|bos)\]|<\|[\w ]{1,40}\|>)$/i;
const undecodableCharacter = /[\uFFFD\p{Cn}\p{Co}]|(?![\t\n\r])\p{Cc}/u;

/**
 * Whether a model's short answer is broken output: reported of Kimi K2.6 as `!!!!` while every metric looked healthy.
 * Valid texts that repeat themselves are not: Markdown rules, tables, code, JSON, base64, any language. Null for those,
 * and for an empty text.
 */
export function findDegeneration(text: string): Degeneration | null {
  const judged = text.trim().slice(0, MAX_JUDGED_LENGTH);
  if (judged === '') return null;
  return (
    findUndecodable(judged) ??
    findNotANumber(judged) ??
    findRepeatedCharacter(judged) ??
    findRepeatedWords(judged) ??
    findRepeatedUnit(judged)
  );
}

/** One or two such characters are a token that was cut in the middle of a character. */
function findUndecodable(text: string): Degeneration | null {
  const characters = visibleCharacters(text);
  const broken = characters.filter((character) => undecodableCharacter.test(character)).length;
  return broken >= 4 && broken * 2 >= characters.length ? found('undecodable', text) : null;
}

function findNotANumber(text: string): Degeneration | null {
  const words = text.split(/[\s,;]+/u).filter((word) => word !== '');
  return words.length >= 3 && words.every((word) => notANumber.test(word)) ? found('not-a-number', text) : null;
}

function findRepeatedCharacter(text: string): Degeneration | null {
  const characters = visibleCharacters(text);
  const last = characters.at(-1);
  if (last === undefined) return null;
  let run = 0;
  while (characters.at(-1 - run) === last) run += 1;
  const isMark = !letterOrDigit.test(last) && !drawingCharacter.test(last);
  const isBroken = run === characters.length ? run >= repeatsAlone(last, isMark) : isMark && run >= REPEATS.tail;
  return isBroken ? found('repeated', last.repeat(Math.min(run, SAMPLE_LENGTH))) : null;
}

function repeatsAlone(character: string, isMark: boolean): number {
  if (isMark) return REPEATS.mark;
  return letterOrDigit.test(character) ? REPEATS.letter : REPEATS.drawing;
}

/** The end of the text is one word, or a phrase of a few words, over and over. */
function findRepeatedWords(text: string): Degeneration | null {
  const words = text.split(/\s+/u);
  for (let length = 1; length <= MAX_PHRASE_WORDS; length += 1) {
    const phrase = words.slice(-length);
    // Numbers and marks are repeated in tables and data.
    if (!phrase.some((word) => spokenWord.test(word))) continue;
    const repeated = repeatedLength(words, length);
    const isLong = repeated >= length * (length === 1 ? REPEATS.word : REPEATS.phrase);
    if (isLong && repeated >= words.length * MIN_REPEATED_PART) return found('repeated', phrase.join(' '));
  }
  return null;
}

/** How many items at the end repeat with this period; the first occurrence counts. */
function repeatedLength(items: readonly string[], period: number): number {
  let count = 0;
  while (count + period < items.length && items.at(-1 - count) === items.at(-1 - count - period)) count += 1;
  return count === 0 ? 0 : count + period;
}

/** The text has no blanks, and is a few characters over and over: scripts without blanks, `readyready`, `!?!?`. */
function findRepeatedUnit(text: string): Degeneration | null {
  if (/\s/u.test(text)) return null;
  const characters = [...text];
  for (let length = 2; length <= MAX_UNIT_LENGTH; length += 1) {
    if (characters.length < length * REPEATS.unit) return null;
    if (repeatedLength(characters, length) < characters.length) continue;
    const unit = characters.slice(0, length).join('');
    return isEncodedData(unit) || isDrawing(unit) ? null : found('repeated', unit);
  }
  return null;
}

/** Base64 and hexadecimal numbers repeat where the data does. */
function isEncodedData(unit: string): boolean {
  const isAscii = /^[A-Za-z0-9+/=_-]+$/.test(unit);
  return isAscii && (/[A-Z0-9+/=_-]/.test(unit) || /^[a-f]+$/.test(unit));
}

function isDrawing(unit: string): boolean {
  return [...unit].every((character) => drawingCharacter.test(character) || /[\d,:;"'`]/.test(character));
}

function visibleCharacters(text: string): readonly string[] {
  return [...text.replaceAll(/\s/gu, '')];
}

function found(kind: Degeneration['kind'], sample: string): Degeneration {
  return {kind, sample: [...sample].slice(0, SAMPLE_LENGTH).join('')};
}
