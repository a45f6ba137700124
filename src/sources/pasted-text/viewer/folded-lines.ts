import {type Beginnings, isException, isPossibleBeginning, learnBeginnings} from './line-beginnings.ts';

/** Lines that were broken between words, as `fold -s`, mail programs and editors do. */
export type Folding = Beginnings & {
  readonly kind: 'folded';
  /** Of the longest row. */
  readonly width: number;
  /** The blank at which a line was broken is still at the end of its row. */
  readonly hasBlanks: boolean;
};

/** Widths to which lines are folded. */
const LEAST_WIDTH = 60;
const MOST_WIDTH = 400;
/** What part of the rows may be longer: a text may have other lines around a folded one. */
const MAX_LONGER = 0.05;
/** What part of the rows that may be broken off must be followed by one that does not begin a line. */
const MOST = 0.4;
/** Without their blanks, rows look broken off by chance more often. */
const MOST_WITHOUT_BLANKS = 0.5;
/** What part of the rows that begin no line must follow one that may be broken off. */
const MOST_CONTINUED = 0.7;
const NEARLY_ALL = 0.9;
const LEAST_ROWS = 2;
const LEAST_WITHOUT_BLANKS = 3;
/** Where lines are broken at a column, rows lack no more than the blanks at which they were broken. */
const FEW_BLANKS = 2;
/** What part of the rows must be shorter than that for words to have been kept whole. */
const MOST_RAGGED = 0.4;

/** What part of the width a row has for it to be a long one. */
const LONG = 0.8;

const LEAST_AT_COLUMN = 3;
const MOST_AT_COLUMN = 0.5;

type Pair = {readonly above: string; readonly row: string};

/** The folding of these rows; null if they were not folded. `isBeginning` as in `findWrapping`. */
export function findFolding(rows: readonly string[], isBeginning?: Beginnings['isBeginning']): Folding | null {
  const ending = rows.filter((row) => /\S $/.test(row));
  if (isBrokenAtColumn(rows, ending)) return null;
  if (ending.length === 0) return foldingOf(rows, {width: widest(rows), hasBlanks: false, isBeginning});
  for (const width of new Set([widest(rows), widest(ending)])) {
    const folding = foldingOf(rows, {width, hasBlanks: true, isBeginning});
    if (folding !== null) return folding;
  }
  return null;
}

/** Where lines are broken at a column, most of the long rows have that length, and end anywhere. */
function isBrokenAtColumn(rows: readonly string[], ending: readonly string[]): boolean {
  const width = widest(rows);
  // Blanks in front of the rest tell that it was broken within blanks, which both do.
  const told = rows.filter((_, index) => !(rows[index + 1] ?? '').startsWith(' '));
  const long = [...new Set(told)].filter(
    (row) => row.length >= width * LONG && !row.endsWith(' ') && row.trim().includes(' '),
  );
  // A character of two units counts once in a terminal.
  const full = long.filter(({length}) => length >= width - 1).length;
  return full >= LEAST_AT_COLUMN && full >= long.length * MOST_AT_COLUMN && full > new Set(ending).size;
}

function widest(rows: readonly string[]): number {
  return rows.reduce((most, {length}) => Math.max(most, length), 0);
}

type Assumption = {
  readonly width: number;
  readonly hasBlanks: boolean;
  readonly isBeginning: Beginnings['isBeginning'] | undefined;
};

function foldingOf(rows: readonly string[], {width, hasBlanks, isBeginning}: Assumption): Folding | null {
  if (width < LEAST_WIDTH || width > MOST_WIDTH) return null;
  if (rows.filter(({length}) => length > width + 1).length > rows.length * MAX_LONGER) return null;
  const pairs = rows.map((row, index) => ({above: rows[index - 1] ?? '', row}));
  const broken = new Set(pairs.filter((pair) => isBrokenOff(pair, {width, hasBlanks})).map(({above}) => above));
  const known =
    isBeginning === undefined
      ? learnBeginnings(rows, (above) => broken.has(above))
      : {isBeginning, isSure: true, isUniform: true};
  const folding: Folding = {kind: 'folded', width, hasBlanks, ...known};
  return isFoldedSo(folding, pairs) ? folding : null;
}

function isFoldedSo(folding: Folding, pairs: readonly Pair[]): boolean {
  const broken = pairs.filter((pair) => isBrokenOff(pair, folding));
  const rests = broken.filter(({above, row}) => isFoldedRest(row, above, folding));
  const continued = pairs.filter(({row}) => row !== '' && !folding.isBeginning(row));
  return folding.hasBlanks
    ? isFoldedBehindBlanks(folding, {broken, rests, continued})
    : isFoldedAt(folding, {broken, rests, continued});
}

/** Rows that may be broken off, those whose rest follows, and all below which no line begins. */
type Pairs = {readonly broken: readonly Pair[]; readonly rests: readonly Pair[]; readonly continued: readonly Pair[]};

function isFoldedBehindBlanks({width, isSure}: Folding, {broken, rests, continued}: Pairs): boolean {
  const telling = rests.filter(({above}) => above.endsWith(' '));
  // Where lines are broken at a column, long rows end anywhere.
  const other = continued.filter(
    ({above}) => above.length >= width * LONG && !above.endsWith(' ') && above.trim().includes(' '),
  );
  const [first] = telling;
  if (first === undefined || other.length >= telling.length) return false;
  const isCommon = different(telling) >= LEAST_ROWS && rests.length >= broken.length * MOST;
  return isSure || isCommon || /^[a-z0-9(]/.test(first.row);
}

function isFoldedAt({width, isSure, isUniform}: Folding, {broken, rests, continued}: Pairs): boolean {
  const full = continued.filter(({above}) => above.length >= width && above.trim().includes(' '));
  const shorter = rests.filter(({above}) => above.length < width);
  const ragged = shorter.filter(({above}) => above.length < width - FEW_BLANKS);
  if (ragged.length === 0 || ragged.length < (shorter.length + full.length) * MOST_RAGGED) return false;
  if (isSure) return !areAtColumn(rests, width);
  // Below rows that are not broken off, a line begins.
  const [first] = shorter;
  if (first === undefined || rests.length < continued.length * (isUniform ? NEARLY_ALL : MOST_CONTINUED)) return false;
  if (isUniform) return different(shorter) >= LEAST_ROWS || /^[a-z]/.test(first.row);
  return different(shorter) >= LEAST_WITHOUT_BLANKS && rests.length >= broken.length * MOST_WITHOUT_BLANKS;
}

/** True where most rows that continue have the width; what was broken within blanks tells nothing. */
function areAtColumn(rests: readonly Pair[], width: number): boolean {
  const told = rests.filter(({above, row}) => !row.startsWith(' ') && above.trim().includes(' '));
  const full = told.filter(({above}) => above.length >= width - 1).length;
  return full >= LEAST_AT_COLUMN && full >= told.length * MOST_AT_COLUMN;
}

/** A line that is repeated tells no more than once. */
function different(pairs: readonly Pair[]): number {
  return new Set(pairs.map(({above}) => above)).size;
}

/** True if the first word of `row` did not fit into the row above it. */
function isBrokenOff({above, row}: Pair, {width, hasBlanks}: Pick<Folding, 'width' | 'hasBlanks'>): boolean {
  if (above.trim() === '' || row.trim() === '' || above.length > width + 1) return false;
  if (above.length >= width) return true;
  const endsWithBlank = above.endsWith(' ');
  if (endsWithBlank !== hasBlanks) return false;
  // It was broken within several blanks.
  if (/^\s/.test(row)) return !hasBlanks && above.length >= width * LONG;
  const end = row.indexOf(' ');
  // A word fits if the blank behind it does too.
  const word = end < 0 ? row.length : end + 1;
  return above.length + (endsWithBlank ? 0 : 1) + word > width;
}

/** True for a row that is the rest of the one above it. */
export function isFoldedRest(row: string, above: string, folding: Folding): boolean {
  if (row === '' || folding.isBeginning(row) || !isBrokenOff({above, row}, folding)) return false;
  // Code below a frame of a traceback is indented too.
  return folding.isSure || folding.hasBlanks || !(/^\s/.test(row) || isException(row) || isPossibleBeginning(row));
}

/** What stood between two rows of a line: nothing in a word that is longer than the width. */
export function foldedGap(above: string, {width, hasBlanks}: Folding): string {
  return hasBlanks || (above.length >= width && !above.trim().includes(' ')) ? '' : ' ';
}
