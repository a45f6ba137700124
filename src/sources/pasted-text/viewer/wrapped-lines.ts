import {commonPrefix} from './viewer-prefixes.ts';

/** What part of the rows must end with blanks at the same column for these to fill them up to it. */
const MOST_FILLED = 0.5;
const LEAST_FILLED = 3;

/** True for rows that a terminal filled with blanks up to its width. */
export function isFilled(rows: readonly string[]): boolean {
  const full = rows.filter((row) => row !== '');
  const ends = new Map<number, number>();
  for (const row of full) if (row.endsWith('  ')) ends.set(row.length, (ends.get(row.length) ?? 0) + 1);
  const [width = 0, filled = 0] = [...ends].toSorted(([, one], [, other]) => other - one)[0] ?? [];
  if (filled < LEAST_FILLED) return false;
  // Rows of long lines that were wrapped are full without blanks.
  const whole = full.filter(({length}) => length === width).length;
  return filled >= full.length * MOST_FILLED || whole >= full.length * NEARLY_ALL;
}

/** A text without the blanks at its end that fill a row. One blank may be a part of the text. */
export function withoutFilling(text: string): string {
  return text.endsWith('  ') ? text.trimEnd() : text;
}

/** Where lines were wrapped, and by what a row is known that begins a line. */
export type Wrapping = {
  readonly width: number;
  readonly isBeginning: (row: string) => boolean;
  /** A viewer's prefix is in front of every line: a row without it begins none. */
  readonly isSure: boolean;
};

/** Widths at which terminals and web pages wrap lines. */
const LEAST_WIDTH = 60;
const MOST_WIDTH = 400;
/** Different rows of exactly the width; a single one may be chance, unless it ends within a word. */
const LEAST_FULL = 2;
/** What part of the full rows must be followed by one that does not begin like a line of a log. */
const MOST = 0.6;
/** What part of the lines must have a viewer's prefix for a row without it to be the rest of a line. */
const NEARLY_ALL = 0.9;

/** What no rest of a line begins with: a time, a level, a process, or a part of a traceback. */
const beginning =
  /^(?:[|+]|\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|\[\d{4}-\d\d-\d\d|\[(?:rank|default|pod|E|W|I|F)\S{0,60}\]|\((?:[A-Za-z]\w{2,60} (?:rank=\d+ )?pid=)|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL|FATAL)\b[: ]|Traceback \(|\s{2,8}File "|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d|\d+\.\d\d\.\d{3}\.\d{3} [A-Z] |frame #\d|[\w.-]{1,80} {0,40}\| )/;
/** The last line of a traceback; below a row that ends within a word it is the rest of that word. */
const exception = /^(?:[A-Za-z_]\w{0,80}\.){0,8}\w{0,80}(?:Error|Exception|Exit|Interrupt)(?::|$)/;
/** What lines of C++ programs begin with, and the rest of a line rarely does. */
const possibleBeginning = /^(?:[a-z_]\w{2,60}: |(?:srv|slot|cmn|main) )/;

/** How a row of a list of processes begins, or a frame of a stack: many have the same length. */
const rowBeginning =
  /^(?:\s{0,9}\d{1,9} +(?:\d{1,9} +[DIRSTtWXZ][<NLsl+]{0,5} |\S{1,40} +(?:\d{1,3}|rt) +-?\d{1,3} )|\S{1,40} +\d{1,9} +(?:\d{1,9} +\d{1,3} |[\d.]{1,6} +[\d.]{1,6} +\d)|\[<|#\d{1,4} {1,3}|Thread |\s{4}\S.{0,200}\(\S{1,200}:\d{1,7}\)$)/;

/** What part of a filled row must be text for it to be broken off, also where it was broken at blanks. */
const MOST_TEXT = 0.8;

/**
 * The wrapping of filled rows by the prefix of a viewer that begins each of their lines. Null if the first row has none, or if
 * rows without it follow short ones: those are lines.
 */
export function findFilledWrapping(rows: readonly string[]): Wrapping | null {
  const full = rows.filter((row) => row.trim() !== '');
  const [first] = full;
  const prefix = first === undefined ? null : commonPrefix([first]);
  if (first === undefined || prefix === null || first.length < LEAST_WIDTH) return null;
  const width = first.length;
  const above = full.flatMap((row, index) => (prefix.pattern.test(row) ? [] : (full[index - 1] ?? [])));
  const brokenOff = above.filter((row) => row.length === width && row.trimEnd().length >= width * MOST_TEXT);
  const isWrapped = above.length >= LEAST_FULL && brokenOff.length >= above.length * NEARLY_ALL;
  return isWrapped ? {width, isBeginning: (row) => prefix.pattern.test(row), isSure: true} : null;
}

/** What part of the lines may be longer than the width: tabs and wide characters count otherwise in a terminal. */
const MAX_LONGER = 0.05;
/** Widths that are examined. */
const MAX_WIDTHS = 8;

/**
 * The wrapping of these rows, at the width that most of the long ones have. Null if they were not wrapped. `isBeginning` says
 * by what a line is known to begin; without it, that is learned from the rows.
 */
export function findWrapping(rows: readonly string[], isBeginning?: Wrapping['isBeginning']): Wrapping | null {
  const counts = new Map<number, number>();
  for (const {length} of rows) {
    if (length >= LEAST_WIDTH && length <= MOST_WIDTH) counts.set(length, (counts.get(length) ?? 0) + 1);
  }
  const widths = [...counts].toSorted(
    ([length, count], [otherLength, otherCount]) => otherCount - count || otherLength - length,
  );
  // Of rows that were wrapped none is longer.
  const longest = Math.max(0, ...counts.keys());
  for (const width of [...widths.slice(0, MAX_WIDTHS).map(([length]) => length), longest]) {
    const known = isBeginning === undefined ? beginningOf(rows, width) : {isBeginning, isSure: true};
    const wrapping: Wrapping = {width, ...known};
    if (isWrappedSo(wrapping, rows)) return wrapping;
  }
  return null;
}

function isWrappedSo(wrapping: Wrapping, rows: readonly string[]): boolean {
  const {width} = wrapping;
  const longer = rows.filter(({length}) => length > width).length;
  if (longer > rows.length * MAX_LONGER) return false;
  const full = rows
    .flatMap((row, index) => (row.length === width ? [{row, next: rows[index + 1] ?? ''}] : []))
    // A row that was filled up with one blank looks full.
    .filter(({row, next}) => !row.endsWith(' ') || isRest(next, row, wrapping));
  // A line that is repeated has the same length each time.
  const different = new Set(full.map(({row}) => row)).size;
  if (different < LEAST_FULL && !(longer === 0 && (wrapping.isSure || full.every(isBrokenOff)))) return false;
  const continued = full.filter(({row, next}) => isRest(next, row, wrapping)).length;
  return continued > 0 && (wrapping.isSure || continued >= full.length * MOST);
}

function isBrokenOff({row, next}: {readonly row: string; readonly next: string}): boolean {
  // Programs indent by more than one blank.
  return /^ \S/.test(next) || (/\w$/.test(row) && /^[a-z0-9_]/.test(next) && !possibleBeginning.test(next));
}

/** Characters by which lines are known to be of the same kind. */
const ALIKE_CHARACTERS = 12;

function shapeOf(row: string): string {
  return row
    .slice(0, ALIKE_CHARACTERS * 2)
    .replaceAll(/\d+/g, '0')
    .slice(0, ALIKE_CHARACTERS);
}

/** A row below one that is not full begins a line for certain: others that look alike do so too. */
function beginningOf(rows: readonly string[], width: number): Omit<Wrapping, 'width'> {
  const certain = rows.filter((row, index) => row.trim() !== '' && (rows[index - 1] ?? '').length !== width);
  const prefix = commonPrefix(certain);
  const prefixed = prefix === null ? 0 : certain.filter((row) => prefix.pattern.test(row)).length;
  if (prefix !== null && prefixed >= certain.length * NEARLY_ALL)
    return {isBeginning: (row) => prefix.pattern.test(row), isSure: true};
  const shapes = new Set(certain.map(shapeOf));
  return {
    isBeginning: (row) => beginning.test(row) || rowBeginning.test(row) || shapes.has(shapeOf(row)),
    isSure: false,
  };
}

/** True for a row that is the rest of the full one above it. */
function isRest(row: string, above: string, {width, isBeginning}: Wrapping): boolean {
  return (
    above.length === width && row !== '' && !isBeginning(row) && !(exception.test(row) && /[^A-Za-z]$/.test(above))
  );
}

/** Longest line that is put together again, in characters. */
const MAX_JOINED = 64 * 1024;

/** Puts lines together again that were wrapped so; with null it leaves them as they are. */
export function createLineJoining<L extends {readonly text: string}>(wrapping: Wrapping | null) {
  let waiting: L | null = null;
  /** The last row of what waits. */
  let above = '';
  return {
    push(line: L): readonly L[] {
      if (wrapping === null) return [line];
      const before = waiting;
      const isJoined = before !== null && before.text.length < MAX_JOINED && isRest(line.text, above, wrapping);
      above = line.text;
      waiting = isJoined ? {...before, text: before.text + line.text} : line;
      return isJoined || before === null ? [] : [before];
    },
    flush(): readonly L[] {
      const last = waiting;
      waiting = null;
      return last === null ? [] : [last];
    },
  };
}
