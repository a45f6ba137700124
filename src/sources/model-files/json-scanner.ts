import {setImmediate as nextTurn} from 'node:timers/promises';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const DEEPEST_NESTING = 32;
const LONGEST_STRING_BYTES = 64 * 1024;
/** Read between two turns of the event loop: a few milliseconds. A header of 100 MB takes two seconds. */
const TURN_BYTES = 256 * 1024;
/** Of one member that is read in one turn; the names and offsets of a tensor take a few hundred bytes. */
const LARGEST_MEMBER_BYTES = 8 * 1024 * 1024;

/** Where and why JSON is not as expected. Thrown only within the scan of one file. */
export class JsonScanError extends Error {
  constructor(offset: number, expected: string) {
    super(`expected ${expected} at byte ${offset}`);
  }
}

/**
 * Reads JSON from bytes sequentially without building it: a header can have hundreds of thousands of tensors, and a
 * hostile one can be nested as deep as it is long. Memory use is the bytes and one string at a time.
 */
export class JsonScanner {
  readonly #bytes: Uint8Array;
  readonly #text: Buffer;
  #at = 0;
  /** Nothing is read beyond it before the next turn. */
  #limit = Number.POSITIVE_INFINITY;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#text = bytes;
  }

  /**
   * Reads an object; the callback must read exactly one value after each key.
   *
   * @param likely - as for `readString`
   */
  readObject(onKey: (key: string) => void, likely: readonly string[] = []): void {
    this.#readMembers(() => {
      const key = this.readString(likely);
      this.#expect(COLON, 'a colon');
      onKey(key);
    });
  }

  /**
   * Like `readObject`, for an object of any size: others get their turn in between. The callback returns a promise where it
   * reads the value in turns itself; any other value may have 8 MiB.
   */
  async readObjectInTurns(onKey: (key: string) => Promise<void> | void): Promise<void> {
    await this.#readInTurns(() => {
      const key = this.readString();
      this.#expect(COLON, 'a colon');
      return onKey(key);
    });
  }

  /** Reads an object of any size in turns of which only the values matter; the callback must read exactly one. */
  async readValuesInTurns(onValue: () => void): Promise<void> {
    await this.#readInTurns(() => {
      this.#stringBounds();
      this.#expect(COLON, 'a colon');
      onValue();
    });
  }

  /** Reads a list; the callback must read exactly one value. */
  readList(onItem: () => void): void {
    this.#expect(OPEN_BRACKET, 'a list');
    if (this.#skipIf(CLOSE_BRACKET)) return;
    do {
      onItem();
    } while (this.#skipIf(COMMA));
    this.#expect(CLOSE_BRACKET, 'a comma or a closing bracket');
  }

  /** @param likely - expected strings; a match is returned without creating a new string */
  readString(likely: readonly string[] = []): string {
    const {start, end, isPlain} = this.#stringBounds();
    for (const candidate of likely) if (this.#holds(candidate, start, end)) return candidate;
    if (end - start > LONGEST_STRING_BYTES) throw new JsonScanError(start, 'a string of at most 64 KiB');
    if (isPlain) return this.#text.toString('latin1', start, end);
    try {
      const value: unknown = JSON.parse(this.#text.toString('utf8', start - 1, end + 1));
      if (typeof value === 'string') return value;
    } catch {
      // Falls through to the error with the position.
    }
    throw new JsonScanError(start, 'a string with valid escapes');
  }

  /** A whole number that is exact in a double. */
  readCount(): number {
    this.#skipSpace();
    const start = this.#at;
    let value = 0;
    while (isDigit(this.#bytes[this.#at])) {
      // Brackets keep the sum below 2^53, where it is exact.
      value = value * 10 + ((this.#bytes[this.#at] ?? 0) - 0x30);
      this.#at += 1;
      if (value > Number.MAX_SAFE_INTEGER) throw new JsonScanError(start, 'a number below 2^53');
    }
    const hasLeadingZero = this.#at - start > 1 && this.#bytes[start] === 0x30;
    if (this.#at === start || hasLeadingZero) throw new JsonScanError(start, 'a non-negative whole number');
    return value;
  }

  /** Any number. */
  readNumber(): number {
    this.#skipSpace();
    const start = this.#at;
    const value = Number(this.#skipScalar());
    if (!Number.isFinite(value)) throw new JsonScanError(start, 'a number');
    return value;
  }

  /** Reads past any value. */
  skipValue(depth = 0): void {
    this.#skipSpace();
    if (depth > DEEPEST_NESTING) throw new JsonScanError(this.#at, 'no more than 32 levels');
    switch (this.#bytes[this.#at]) {
      case QUOTE:
        this.#stringBounds();
        return;
      case OPEN_BRACE:
        this.readObject(() => this.skipValue(depth + 1));
        return;
      case OPEN_BRACKET:
        this.readList(() => this.skipValue(depth + 1));
        return;
      default:
        this.#skipScalar();
    }
  }

  /** Reads past any value; past an object of any size, in turns. */
  async skipInTurns(): Promise<void> {
    this.#skipSpace();
    if (this.#bytes[this.#at] === OPEN_BRACE) await this.readValuesInTurns(() => this.skipValue(1));
    else this.skipValue();
  }

  /** Only spaces may follow: safetensors headers are padded with them. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#bytes.length) throw new JsonScanError(this.#at, 'the end');
  }

  #readMembers(onMember: () => void): void {
    this.#expect(OPEN_BRACE, 'an object');
    if (this.#skipIf(CLOSE_BRACE)) return;
    do {
      onMember();
    } while (this.#skipIf(COMMA));
    this.#expect(CLOSE_BRACE, 'a comma or a closing brace');
  }

  async #readInTurns(onMember: () => Promise<void> | void): Promise<void> {
    this.#expect(OPEN_BRACE, 'an object');
    if (this.#skipIf(CLOSE_BRACE)) return;
    let turnEnd = this.#at + TURN_BYTES;
    do {
      this.#limit = this.#at + LARGEST_MEMBER_BYTES;
      const inTurns = onMember();
      if (inTurns !== undefined) await inTurns;
      this.#limit = Number.POSITIVE_INFINITY;
      if (this.#at < turnEnd) continue;
      await nextTurn();
      turnEnd = this.#at + TURN_BYTES;
    } while (this.#skipIf(COMMA));
    this.#expect(CLOSE_BRACE, 'a comma or a closing brace');
  }

  #holds(candidate: string, start: number, end: number): boolean {
    if (candidate.length !== end - start) return false;
    for (let at = start; at < end; at += 1) {
      if (this.#bytes[at] !== candidate.charCodeAt(at - start)) return false;
    }
    return true;
  }

  /** `true`, `false`, `null` or a number, of which only the syntax is checked. */
  #skipScalar(): string {
    const start = this.#at;
    while (isScalarByte(this.#bytes[this.#at])) this.#at += 1;
    const text = this.#text.toString('latin1', start, Math.min(this.#at, start + 64));
    if (!/^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/.test(text)) {
      throw new JsonScanError(start, 'a value');
    }
    return text;
  }

  #stringBounds(): {start: number; end: number; isPlain: boolean} {
    this.#expect(QUOTE, 'a string');
    const start = this.#at;
    let isPlain = true;
    const end = Math.min(this.#bytes.length, this.#limit);
    for (let at = start; at < end; at += 1) {
      const byte = this.#bytes[at] ?? 0;
      if (byte === QUOTE) {
        this.#at = at + 1;
        return {start, end: at, isPlain};
      }
      if (byte < 0x20) throw new JsonScanError(at, 'no control character in a string');
      if (byte === BACKSLASH) at += 1;
      if (byte === BACKSLASH || byte > 0x7e) isPlain = false;
    }
    if (end < this.#bytes.length) throw this.#tooLarge();
    throw new JsonScanError(this.#bytes.length, 'the end of a string');
  }

  #tooLarge(): JsonScanError {
    return new JsonScanError(this.#at, 'a value of at most 8 MiB');
  }

  #expect(byte: number, what: string): void {
    this.#skipSpace();
    if (this.#at > this.#limit) throw this.#tooLarge();
    if (this.#bytes[this.#at] !== byte) throw new JsonScanError(this.#at, what);
    this.#at += 1;
  }

  #skipIf(byte: number): boolean {
    this.#skipSpace();
    if (this.#at > this.#limit) throw this.#tooLarge();
    if (this.#bytes[this.#at] !== byte) return false;
    this.#at += 1;
    return true;
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.#at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at += 1;
    }
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function isScalarByte(byte: number | undefined): boolean {
  return (
    byte !== undefined &&
    (isDigit(byte) ||
      (byte >= 0x61 && byte <= 0x7a) ||
      byte === 0x45 ||
      byte === 0x2b ||
      byte === 0x2d ||
      byte === 0x2e)
  );
}
