/** A part of a pattern: from where the text is read to where it can be read on, for all starts together. */
type Part = (text: string, starts: ReadonlySet<number>) => ReadonlySet<number>;

/** Deeper groups are no pattern that anybody publishes. */
const MOST_DEPTH = 5;
/** More repetitions than this are longer than a name. */
const MOST_REPETITIONS = 200;
const isDigit = (character: string): boolean => character >= '0' && character <= '9';
const isWord = (character: string): boolean => /^\w$/.test(character);
const isSpace = (character: string): boolean => character.trim() === '';
const classes: Readonly<Partial<Record<string, (character: string) => boolean>>> = {
  d: isDigit,
  D: (character) => !isDigit(character),
  w: isWord,
  W: (character) => !isWord(character),
  s: isSpace,
  S: (character) => !isSpace(character),
};

/**
 * A test whether a regular expression matches at the start of a name; null if it has forms that are not supported here.
 * Checkpoints bring their own expressions: all ways through one are followed at the same time, so that no expression can
 * take long, whatever it repeats. Supported: characters, `.`, `\d \w \s \b` and their opposites, `[...]`, groups, `(?=...)`,
 * `(?!...)`, `|`, `* + ? {n} {n,} {n,m}`, `^`, `$`.
 */
export function compileNamePattern(source: string): ((name: string) => boolean) | null {
  const reader = new PatternReader(source);
  const part = reader.readChoice(0);
  if (part === null || !reader.isAtEnd) return null;
  return (name) => part(name, new Set([0])).size > 0;
}

class PatternReader {
  readonly #source: string;
  #position = 0;
  /** Within `(?=` or `(?!`. */
  #isAhead = false;

  constructor(source: string) {
    this.#source = source;
  }

  get isAtEnd(): boolean {
    return this.#position === this.#source.length;
  }

  readChoice(depth: number): Part | null {
    if (depth > MOST_DEPTH) return null;
    const options: Part[] = [];
    do {
      const option = this.#readSequence(depth);
      if (option === null) return null;
      options.push(option);
    } while (this.#takes('|'));
    return (text, starts) => new Set(options.flatMap((option) => [...option(text, starts)]));
  }

  #readSequence(depth: number): Part | null {
    const parts: Part[] = [];
    while (!this.isAtEnd && !'|)'.includes(this.#next())) {
      const part = this.#readRepeated(depth);
      if (part === null) return null;
      parts.push(part);
    }
    return (text, starts) => parts.reduce((positions, part) => part(text, positions), starts);
  }

  #readRepeated(depth: number): Part | null {
    const part = this.#readOne(depth);
    if (part === null) return null;
    const counts = this.#readCounts();
    if (counts === null) return part;
    // Lazy repetitions read the same names.
    this.#takes('?');
    return counts === 'invalid' || '*+?{'.includes(this.#next() || ' ') ? null : repeated(part, counts);
  }

  #readCounts(): Counts | 'invalid' | null {
    if (this.#takes('?')) return {least: 0, most: 1};
    if (this.#takes('*')) return {least: 0, most: Number.POSITIVE_INFINITY};
    if (this.#takes('+')) return {least: 1, most: Number.POSITIVE_INFINITY};
    if (!this.#takes('{')) return null;
    const least = this.#readNumber();
    const isRange = this.#takes(',');
    const most = isRange ? (this.#readNumber() ?? Number.POSITIVE_INFINITY) : least;
    if (!this.#takes('}') || least === null || most === null || most < least) return 'invalid';
    return least > MOST_REPETITIONS ? 'invalid' : {least, most};
  }

  #readNumber(): number | null {
    let digits = '';
    while (isDigit(this.#next() || ' ')) digits += this.#take();
    return digits === '' ? null : Number(digits);
  }

  #readOne(depth: number): Part | null {
    const character = this.#take();
    switch (character) {
      case '(':
        return this.#readGroup(depth);
      case '.':
        return oneCharacter((read) => read !== '\n');
      case '[':
        return this.#readClass();
      case '^':
        return positions((_, start) => start === 0);
      case '$':
        return positions((text, start) => start === text.length);
      case '\\':
        return this.#readEscaped();
      default:
        return '*+?{}'.includes(character) ? null : oneCharacter((read) => read === character);
    }
  }

  #readGroup(depth: number): Part | null {
    if (!this.#takes('?')) return this.#closed(this.readChoice(depth + 1));
    if (this.#takes(':')) return this.#closed(this.readChoice(depth + 1));
    const isNegated = this.#takes('!');
    // One within another is tried at every position of the outer one: too slow.
    if ((!isNegated && !this.#takes('=')) || this.#isAhead) return null;
    this.#isAhead = true;
    const ahead = this.#closed(this.readChoice(depth + 1));
    this.#isAhead = false;
    if (ahead === null) return null;
    return positions((text, start) => ahead(text, new Set([start])).size > 0 !== isNegated);
  }

  #closed(group: Part | null): Part | null {
    return this.#takes(')') ? group : null;
  }

  #readEscaped(): Part | null {
    const character = this.#take();
    if (character === 'b') return positions(isWordEdge);
    if (character === 'B') return positions((text, start) => !isWordEdge(text, start));
    const named = classes[character];
    if (named !== undefined) return oneCharacter(named);
    return /^\W$/.test(character) ? oneCharacter((read) => read === character) : null;
  }

  #readClass(): Part | null {
    const isNegated = this.#takes('^');
    const tests: ((character: string) => boolean)[] = [];
    for (let isFirst = true; isFirst || !this.#takes(']'); isFirst = false) {
      if (this.isAtEnd) return null;
      const first = this.#take();
      if (first === '\\') {
        const escaped = this.#take();
        tests.push(classes[escaped] ?? ((read) => read === escaped));
        continue;
      }
      const isRange = this.#next() === '-' && ![']', ''].includes(this.#source.charAt(this.#position + 1));
      if (isRange) this.#take();
      const last = isRange ? this.#take() : first;
      tests.push((read) => read >= first && read <= last);
    }
    return oneCharacter((read) => tests.some((test) => test(read)) !== isNegated);
  }

  #next(): string {
    return this.#source.charAt(this.#position);
  }

  #take(): string {
    this.#position += 1;
    return this.#source.charAt(this.#position - 1);
  }

  #takes(character: string): boolean {
    if (this.#next() !== character) return false;
    this.#position += 1;
    return true;
  }
}

function oneCharacter(fits: (character: string) => boolean): Part {
  return (text, starts) =>
    new Set([...starts].filter((start) => start < text.length && fits(text.charAt(start))).map((start) => start + 1));
}

/** A part that reads nothing: the positions where it holds. */
function positions(holds: (text: string, start: number) => boolean): Part {
  return (text, starts) => new Set([...starts].filter((start) => holds(text, start)));
}

function isWordEdge(text: string, start: number): boolean {
  return isWord(text.charAt(start - 1)) !== isWord(text.charAt(start));
}

type Counts = {readonly least: number; readonly most: number};

function repeated(part: Part, {least, most}: Counts): Part {
  return (text, starts) => {
    let positions = starts;
    for (let count = 0; count < least && positions.size > 0; count += 1) {
      const next = part(text, positions);
      // What changes nothing once never does: an empty part may be repeated without end.
      if (isSame(next, positions)) break;
      positions = next;
    }
    return upTo(most - least, part, text, positions);
  };
}

function isSame(one: ReadonlySet<number>, other: ReadonlySet<number>): boolean {
  return one.size === other.size && [...one].every((position) => other.has(position));
}

/** Each position is continued from once. */
function upTo(most: number, part: Part, text: string, starts: ReadonlySet<number>): ReadonlySet<number> {
  const reached = new Set(starts);
  let fresh = starts;
  for (let count = 0; count < most && fresh.size > 0; count += 1) {
    fresh = new Set([...part(text, fresh)].filter((position) => !reached.has(position)));
    for (const position of fresh) reached.add(position);
  }
  return reached;
}
