import {type ParsedPoint, parsePoint, readValue} from './parse-point.ts';

/** More are read in full each time. */
const MOST_POINTS = 4_000;
const MOST_CHARACTERS = 1_000;

/**
 * The series of the last page of one source, by position: an engine prints the same ones each time, in the same order, so that
 * only their values have to be read again.
 */
export class KnownSeries {
  /** A hole is a series that is too long to be remembered. */
  readonly #points: (ParsedPoint | undefined)[] = [];
  #position = 0;

  /** A new page begins. */
  begin(): void {
    this.#position = 0;
  }

  /** The sample line, if it is the series that is expected here; null for any other, which `learn` reads. */
  read(line: string): ParsedPoint | null {
    const known = this.#points[this.#position];
    if (known === undefined || line.length > MOST_CHARACTERS || !line.startsWith(known.identity)) return null;
    const value = readValue(line, known.identity.length);
    if (value === null) return null;
    this.#position += 1;
    const {name, labels} = known.point;
    return {identity: known.identity, point: {name, labels, value}};
  }

  /** Like `parsePoint`, and expects this series here in the next page. */
  learn(line: string, name: string): ParsedPoint | null {
    const position = this.#position;
    this.#position += 1;
    if (position >= MOST_POINTS || line.length > MOST_CHARACTERS) {
      if (position < MOST_POINTS) this.#points[position] = undefined;
      return parsePoint(line, name);
    }
    const copy = copyOf(line);
    const parsed = parsePoint(copy, copy.slice(0, name.length));
    this.#points[position] = parsed ?? undefined;
    return parsed;
  }
}

/** A part of a string keeps all of it in memory: what is remembered must not keep the page. */
function copyOf(line: string): string {
  const encoding = Buffer.byteLength(line) === line.length ? 'latin1' : 'utf16le';
  return Buffer.from(line, encoding).toString(encoding);
}
