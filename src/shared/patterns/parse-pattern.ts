import {err, ok, type Result} from '../result.ts';

/**
 * What a pattern is made of. Ranges are of UTF-16 code units, both ends included, and have the lower case of all their Latin
 * letters: the text is in lower case.
 */
export type PatternNode =
  | {readonly kind: 'units'; readonly ranges: readonly UnitRange[]}
  | {readonly kind: 'start' | 'end' | 'empty'}
  | {readonly kind: 'sequence' | 'choice'; readonly parts: readonly PatternNode[]}
  | {readonly kind: 'repeat'; readonly of: PatternNode; readonly least: number; readonly most: number | null};
export type UnitRange = readonly [from: number, to: number];

/** What a pattern may have, for the message of a refusal and the documentation. */
export const ACCEPTED_SYNTAX = 'text, . [a-z] [^a] \\d \\w \\s ^ $ ( | ) * + ? {2,5}';

/** A count in braces is at most this. */
const MOST_REPEATS = 100;
const LAST_UNIT = 0xffff;

const digits: readonly UnitRange[] = [unitsOf('0', '9')];
const words: readonly UnitRange[] = [...digits, unitsOf('A', 'Z'), unitsOf('_', '_'), unitsOf('a', 'z')];
const spaces: readonly UnitRange[] = [unitsOf('\t', '\r'), unitsOf(' ', ' '), unitsOf('\u00a0', '\u00a0')];
const classes: Readonly<Record<string, readonly UnitRange[]>> = {
  d: digits,
  w: words,
  s: spaces,
  D: without(digits),
  W: without(words),
  S: without(spaces),
};
const escapedUnits: Readonly<Record<string, string>> = {t: '\t'};

/** Thrown within this file: the pattern is refused for this reason. */
class Refusal extends Error {}

/**
 * Reads a regular expression without whatever could take more than linear time: no back-references, no looking around. The
 * error says what is not accepted.
 */
export function parsePattern(source: string): Result<PatternNode, string> {
  try {
    return ok(new Parser(source).whole());
  } catch (error) {
    if (error instanceof Refusal) return err(error.message);
    throw error;
  }
}

class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  whole(): PatternNode {
    const node = this.#choice();
    if (this.#at < this.#source.length) throw new Refusal('")" has no "(" before it');
    return node;
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  #take(): string {
    const unit = this.#peek();
    this.#at += 1;
    return unit;
  }

  #takeIf(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #choice(): PatternNode {
    const parts = [this.#sequence()];
    while (this.#takeIf('|')) parts.push(this.#sequence());
    const [only] = parts;
    return parts.length === 1 && only !== undefined ? only : {kind: 'choice', parts};
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    while (this.#at < this.#source.length && this.#peek() !== '|' && this.#peek() !== ')') parts.push(this.#repeated());
    return parts.length === 0 ? {kind: 'empty'} : {kind: 'sequence', parts};
  }

  #repeated(): PatternNode {
    let node = this.#single();
    for (;;) {
      const bounds = this.#bounds();
      if (bounds === null) return node;
      node = {kind: 'repeat', of: node, ...bounds};
      // Whether a repetition is lazy makes no difference to whether a line matches.
      this.#takeIf('?');
    }
  }

  #bounds(): {readonly least: number; readonly most: number | null} | null {
    if (this.#takeIf('*')) return {least: 0, most: null};
    if (this.#takeIf('+')) return {least: 1, most: null};
    if (this.#takeIf('?')) return {least: 0, most: 1};
    const braces = /^\{(\d{1,4})(,(\d{0,4}))?\}/.exec(this.#source.slice(this.#at, this.#at + 12));
    if (braces === null) return null;
    this.#at += braces[0].length;
    const least = Number(braces[1]);
    const most = braces[2] === undefined ? least : braces[3] === '' ? null : Number(braces[3]);
    if (least > MOST_REPEATS || (most ?? 0) > MOST_REPEATS) throw new Refusal(`more than ${MOST_REPEATS} repetitions`);
    if (most !== null && most < least) throw new Refusal(`"${braces[0]}" has its numbers in the wrong order`);
    return {least, most};
  }

  #single(): PatternNode {
    const unit = this.#take();
    switch (unit) {
      case '(':
        return this.#group();
      case '[':
        return {kind: 'units', ranges: this.#unitClass()};
      case '.':
        return {kind: 'units', ranges: [[0, LAST_UNIT]]};
      case '^':
        return {kind: 'start'};
      case '$':
        return {kind: 'end'};
      case '*':
      case '+':
      case '?':
        throw new Refusal(`"${unit}" has nothing before it to repeat`);
      case '\\':
        return {kind: 'units', ranges: this.#escape()};
      default:
        return {kind: 'units', ranges: withLowerCase([unitsOf(unit, unit)])};
    }
  }

  #group(): PatternNode {
    if (this.#peek() === '?' && !this.#takeIf('?:')) throw new Refusal('"(?" is only accepted as "(?:"');
    const node = this.#choice();
    if (!this.#takeIf(')')) throw new Refusal('"(" has no ")" after it');
    return node;
  }

  #escape(): readonly UnitRange[] {
    const unit = this.#take();
    if (unit === '') throw new Refusal('"\\" has nothing after it');
    const known = classes[unit];
    if (known !== undefined) return known;
    const escaped = escapedUnits[unit];
    if (escaped !== undefined) return [unitsOf(escaped, escaped)];
    if (/[A-Za-z0-9]/.test(unit)) throw new Refusal(`"\\${unit}" is not accepted`);
    return [unitsOf(unit, unit)];
  }

  #unitClass(): readonly UnitRange[] {
    const isOther = this.#takeIf('^');
    const ranges: UnitRange[] = [];
    for (let isFirst = true; isFirst || this.#peek() !== ']'; isFirst = false) {
      if (this.#at >= this.#source.length) throw new Refusal('"[" has no "]" after it');
      ranges.push(...this.#classPart());
    }
    this.#at += 1;
    const folded = withLowerCase(ranges);
    return isOther ? without(folded) : folded;
  }

  #classPart(): readonly UnitRange[] {
    const from = this.#classUnits();
    const isRange = this.#peek() === '-' && !['', ']'].includes(this.#source.charAt(this.#at + 1));
    if (!isRange) return from;
    this.#at += 1;
    const to = this.#classUnits();
    const [[first, isOne] = [0, -1], [last, isAlsoOne] = [0, -1]] = [from[0], to[0]];
    if (from.length > 1 || to.length > 1 || first !== isOne || last !== isAlsoOne || last < first) {
      throw new Refusal('a range in "[...]" has no order');
    }
    return [[first, last]];
  }

  #classUnits(): readonly UnitRange[] {
    const unit = this.#take();
    return unit === '\\' ? this.#escape() : [unitsOf(unit, unit)];
  }
}

function unitsOf(from: string, to: string): UnitRange {
  return [from.charCodeAt(0), to.charCodeAt(0)];
}

/** Also what single characters, and Latin letters in ranges, are in lower case. */
function withLowerCase(ranges: readonly UnitRange[]): readonly UnitRange[] {
  return ranges.flatMap(([from, to]): UnitRange[] => {
    const lower = String.fromCharCode(from).toLowerCase();
    if (from === to) return [[from, to], unitsOf(lower, lower)];
    const [first, last] = [Math.max(from, 0x41), Math.min(to, 0x5a)];
    return first > last
      ? [[from, to]]
      : [
          [from, to],
          [first + 0x20, last + 0x20],
        ];
  });
}

/** Every other code unit. */
function without(ranges: readonly UnitRange[]): readonly UnitRange[] {
  const rest: UnitRange[] = [];
  let next = 0;
  for (const [from, to] of ranges.toSorted(([one], [other]) => one - other)) {
    if (from > next) rest.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  if (next <= LAST_UNIT) rest.push([next, LAST_UNIT]);
  return rest;
}
