/** The newest lines are the ones that matter; a stack trace may be long. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
/** The kernel writes at most 1,024 characters in a line. */
const MAX_LINE = 64 * 1024;

/** The newest lines of a text that arrives in parts, as many as `maxCharacters` hold: those that are wanted, and the last one, which has the newest time. */
export class NewestLines {
  readonly #isWanted: (line: string) => boolean;
  readonly #maxCharacters: number;
  #lines: string[] = [];
  #first = 0;
  #characters = 0;
  #partial = '';
  #last = '';

  constructor(isWanted: (line: string) => boolean, maxCharacters = MAX_CHARACTERS) {
    this.#isWanted = isWanted;
    this.#maxCharacters = maxCharacters;
  }

  take(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = (lines.pop() ?? '').slice(0, MAX_LINE);
    for (const line of lines) this.#keep(line);
  }

  /** The text of the lines that are kept; the last one may have no line break. */
  end(): string {
    if (this.#partial !== '') this.#keep(this.#partial);
    this.#partial = '';
    const kept = this.#lines.slice(this.#first);
    return (kept.at(-1) === this.#last ? kept : [...kept, this.#last]).join('\n');
  }

  #keep(line: string): void {
    if (line !== '') this.#last = line;
    if (!this.#isWanted(line)) return;
    this.#lines.push(line);
    this.#characters += line.length + 1;
    while (this.#characters > this.#maxCharacters) {
      this.#characters -= (this.#lines[this.#first]?.length ?? 0) + 1;
      this.#first += 1;
    }
    if (this.#first < this.#lines.length / 2) return;
    this.#lines = this.#lines.slice(this.#first);
    this.#first = 0;
  }
}
