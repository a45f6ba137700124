import type {MetricFamily, MetricPoint, MetricType} from '../../samples/exposition.ts';
import {
  type ExpositionError,
  MAX_SERIES,
  MAX_SERIES_CHARACTERS,
  malformed,
  tooLongLine,
  tooManySeries,
} from './exposition-errors.ts';
import {KnownSeries} from './known-series.ts';
import {type ParsedPoint, parsePoint, seriesNameOf} from './parse-point.ts';

const familySuffixes: Readonly<Partial<Record<MetricType, readonly string[]>>> = {
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['_sum', '_count', '_created'],
  counter: ['_total', '_created'],
};

/** Series of which it is remembered that they came again. */
const MAX_REPEATED = 100;

/** What was read of a page. */
export type Exposition = {
  readonly families: readonly MetricFamily[];
  /** Series that the page has more than once, as printed; the first one of each counts. */
  readonly repeated: readonly string[];
};

type OpenFamily = {readonly name: string; readonly type: MetricType; readonly points: MetricPoint[]};

/**
 * Reads a Prometheus text exposition (format 0.0.4; OpenMetrics' `# EOF` and exemplars are tolerated) part by part, and
 * keeps only series whose name is wanted: memory and time follow from these, not from the size of the page. A line that
 * is neither a comment nor a sample is an error with its number: a half-read metric would be a wrong number.
 */
export class ExpositionReader {
  readonly #isWanted: (series: string) => boolean;
  readonly #known: KnownSeries;
  readonly #families = new Map<string, OpenFamily>();
  /** Whether a name is wanted, by name. */
  readonly #wanted = new Map<string, boolean>();
  readonly #seen = new Set<string>();
  readonly #repeated = new Set<string>();
  /** The start of a line whose end has not come. */
  #rest = '';
  /** Within a line that is too long to be kept, and need not be. */
  #isSkipping = false;
  #lineNumber = 0;

  /** `known`: of earlier pages of the same source. */
  constructor(isWanted: (series: string) => boolean, known = new KnownSeries()) {
    this.#isWanted = isWanted;
    this.#known = known;
    known.begin();
  }

  /** Takes the next part of the page; an error ends the reading. */
  push(text: string): ExpositionError | null {
    let start = 0;
    for (let feed = text.indexOf('\n'); feed >= 0; feed = text.indexOf('\n', start)) {
      this.#lineNumber += 1;
      const error = this.#isSkipping ? null : this.#take(this.#rest + text.slice(start, feed));
      if (error !== null) return error;
      this.#isSkipping = false;
      this.#rest = '';
      start = feed + 1;
    }
    if (this.#isSkipping) return null;
    this.#rest += text.slice(start);
    return this.#rest.length > MAX_SERIES_CHARACTERS ? this.#takeLongLine() : null;
  }

  /** Takes the end of the page. */
  end(): ExpositionError | null {
    this.#lineNumber += 1;
    return this.#rest === '' ? null : this.#take(this.#rest);
  }

  result(): Exposition {
    return {families: [...this.#families.values()], repeated: [...this.#repeated]};
  }

  #take(raw: string): ExpositionError | null {
    const line = raw.trim();
    if (line === '') return null;
    if (line.startsWith('#')) {
      this.#declare(line);
      return null;
    }
    const known = this.#known.read(line);
    if (known !== null) return this.#keep(known);
    const name = seriesNameOf(line);
    if (name === null) return malformed(this.#lineNumber, line);
    if (this.#wants(name)) return this.#takeSeries(line, name);
    // Labels need most of the time; without them the value shows whether this is a series or a sentence.
    const isSeries = line.charAt(name.length) === '{' || parsePoint(line, name) !== null;
    return isSeries ? null : malformed(this.#lineNumber, line);
  }

  #takeSeries(line: string, name: string): ExpositionError | null {
    if (line.length > MAX_SERIES_CHARACTERS) return tooLongLine(this.#lineNumber, line);
    const parsed = this.#known.learn(line, name);
    return parsed === null ? malformed(this.#lineNumber, line) : this.#keep(parsed);
  }

  #keep({identity, point}: ParsedPoint): ExpositionError | null {
    if (this.#seen.has(identity)) {
      if (this.#repeated.size < MAX_REPEATED) this.#repeated.add(identity);
      return null;
    }
    if (this.#seen.size === MAX_SERIES) return tooManySeries();
    this.#seen.add(identity);
    familyOf(point.name, this.#families).points.push(point);
    return null;
  }

  /** Keeps the type of a family of which a series is wanted; a page of other declarations takes no memory. */
  #declare(line: string): void {
    if (!line.includes('TYPE')) return;
    const [, keyword, name, word] = line.slice(0, MAX_SERIES_CHARACTERS).split(/\s+/, 4);
    if (keyword !== 'TYPE' || name === undefined || word === undefined) return;
    if (this.#families.size >= MAX_SERIES || this.#families.has(name)) return;
    const type = metricType(word);
    const isWanted = ['', ...(familySuffixes[type] ?? [])].some((suffix) => this.#isWanted(name + suffix));
    if (isWanted) this.#families.set(name, {name, type, points: []});
  }

  #wants(name: string): boolean {
    const known = this.#wanted.get(name);
    if (known !== undefined) return known;
    const isWanted = this.#isWanted(name);
    if (this.#wanted.size < MAX_SERIES) this.#wanted.set(name, isWanted);
    return isWanted;
  }

  /** What is known of a long line before its end has come: an error, or that it is skipped. */
  #takeLongLine(): ExpositionError | null {
    const line = this.#rest.trimStart();
    if (!line.startsWith('#')) {
      const name = seriesNameOf(line);
      if (name === null) return malformed(this.#lineNumber + 1, line);
      if (this.#wants(name)) return tooLongLine(this.#lineNumber + 1, line);
    }
    this.#isSkipping = true;
    this.#rest = '';
    return null;
  }
}

function metricType(word: string): MetricType {
  return word === 'counter' || word === 'gauge' || word === 'histogram' || word === 'summary' ? word : 'untyped';
}

/** The declared family of a series, by its exact name or its type's suffixes; otherwise a family of its own. */
function familyOf(series: string, families: Map<string, OpenFamily>): OpenFamily {
  const exact = families.get(series);
  if (exact !== undefined) return exact;
  const cut = series.lastIndexOf('_');
  const base = families.get(series.slice(0, cut));
  if (base !== undefined && familySuffixes[base.type]?.includes(series.slice(cut)) === true) return base;
  const own: OpenFamily = {name: series, type: 'untyped', points: []};
  families.set(series, own);
  return own;
}
