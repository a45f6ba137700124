/** A part of a pattern: from where the text is read to where it can be read on, for all starts together. */
type Part = (text: string, starts: ReadonlySet<number>) => ReadonlySet<number>;

/** Deeper groups are no pattern that anybody publishes. */
const MOST_DEPTH = 5;
const classes: Readonly<Partial<Record<string, (character: string) => boolean>>> = {
  d: (character) => character >= '0' && character <= '9',
  w: (character) => /^\w$/.test(character),
  s: (character) => character.trim() === '',
};

/**
 * A test whether a regular expression matches at the start of a name; null if it has forms that are not supported here.
 * Checkpoints bring their own expressions: all ways through one are followed at the same time, so that no expression can
 * take long, whatever it repeats. Supported: characters, `.`, `\d \w \s`, `[...]`, groups, `|`, `* + ?`, `^`, `$`.
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
    const isOptional = this.#takes('?');
    const isStar = !isOptional && this.#takes('*');
    const isPlus = !isOptional && !isStar && this.#takes('+');
    if (!isOptional && !isStar && !isPlus) return part;
    // Lazy repetitions read the same names.
    this.#takes('?');
    if ('*+?{'.includes(this.#next() || ' ')) return null;
    if (isOptional) return (text, starts) => new Set([...starts, ...part(text, starts)]);
    return isStar ? anyNumberOf(part) : (text, starts) => anyNumberOf(part)(text, part(text, starts));
  }

  #readOne(depth: number): Part | null {
    const character = this.#take();
    switch (character) {
      case '(': {
        if (this.#takes('?') && !this.#takes(':')) return null;
        const group = this.readChoice(depth + 1);
        return group !== null && this.#takes(')') ? group : null;
      }
      case '.':
        return oneCharacter((read) => read !== '\n');
      case '[':
        return this.#readClass();
      case '^':
        return (_, starts) => new Set([...starts].filter((start) => start === 0));
      case '$':
        return (text, starts) => new Set([...starts].filter((start) => start === text.length));
      case '\\':
        return this.#readEscaped();
      default:
        return '*+?{}'.includes(character) ? null : oneCharacter((read) => read === character);
    }
  }

  #readEscaped(): Part | null {
    const character = this.#take();
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

/** Each position is gone on from once. */
function anyNumberOf(part: Part): Part {
  return (text, starts) => {
    const reached = new Set(starts);
    for (let fresh: ReadonlySet<number> = starts; fresh.size > 0; ) {
      fresh = new Set([...part(text, fresh)].filter((position) => !reached.has(position)));
      for (const position of fresh) reached.add(position);
    }
    return reached;
  };
}
