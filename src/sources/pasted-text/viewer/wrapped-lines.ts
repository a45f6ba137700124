import {type Folding, findFolding, foldedGap, isFoldedRest} from './folded-lines.ts';
import {type Beginnings, isRestForCertain, learnBeginnings, mayBreakWord} from './line-beginnings.ts';

/** Lines that were broken at a column, wherever they were. */
type Breaking = Beginnings & {
  readonly kind: 'broken';
  readonly width: number;
  /** Blanks at the ends of rows are still there. */
  readonly hasBlanks: boolean;
};

/** How lines were wrapped, and by what a row is known that begins one. */
export type Wrapping = Breaking | Folding;

/** What is known of rows before it is found out how they were wrapped. */
export type KnownOfRows = {
  readonly isBeginning?: Beginnings['isBeginning'] | undefined;
  /** The width up to which they were filled, if they were; the rows are without these blanks. */
  readonly filledTo?: number | null;
  /** A viewer's prefix was in front of them: then few rows of one length are chance. */
  readonly isInner?: boolean;
};

/** Widths at which terminals and web pages wrap lines. */
const LEAST_WIDTH = 60;
const MOST_WIDTH = 400;
/** Different rows of exactly the width; a single one may be chance, unless it ends within a word. */
const LEAST_FULL = 2;
const LEAST_INNER = 3;
/** So many of one length were not all broken at a blank: that is the width of the terminal. */
const MANY_FULL = 3;
/** Terminals of which a row that lost the blank at its end is one character shorter. */
const usualWidths: ReadonlySet<number> = new Set([80, 100, 120, 132, 160, 200]);
/** What part of the full rows must be followed by one that does not begin like a line of a log. */
const MOST = 0.6;
/** What part of the broken rows must have lost no more than one blank. */
const MOST_NEARLY_FULL = 0.5;
/** What part of the lines may be longer than the width: tabs and wide characters count otherwise in a terminal. */
const MAX_LONGER = 0.05;
/** Widths that are examined. */
const MAX_WIDTHS = 8;
/** What part of a filled row must be text for it to be broken off, also where it was broken at blanks. */
const MOST_TEXT = 0.8;

/**
 * The wrapping of these rows: at the column that most of the long ones have, or between words. Null if they were not wrapped.
 * Without `isBeginning`, it is learned from the rows how lines begin.
 */
export function findWrapping(rows: readonly string[], known: KnownOfRows = {}): Wrapping | null {
  const folding = (known.filledTo ?? null) === null ? findFolding(rows, known.isBeginning) : null;
  const wrapping = folding ?? findBreaking(rows, known);
  if (wrapping === null || known.isInner !== true) return wrapping;
  const rests = new Set(rows.filter((row, index) => isRest(rows[index + 1] ?? '', row, wrapping)));
  return rests.size >= LEAST_INNER ? wrapping : null;
}

function findBreaking(rows: readonly string[], {isBeginning, filledTo = null}: KnownOfRows): Breaking | null {
  const hasBlanks = filledTo === null && rows.some((row) => row.endsWith(' '));
  for (const width of filledTo === null ? widthsOf(rows) : [filledTo]) {
    const known =
      isBeginning === undefined
        ? learnBroken(rows, {width, hasBlanks, isFilled: filledTo !== null})
        : {isBeginning, ...surely};
    const breaking: Breaking = {kind: 'broken', width, hasBlanks, ...known};
    if (!isBrokenSo(breaking, rows, filledTo !== null)) continue;
    if (breaking.isSure && filledTo === null) return {...breaking, width: widthOfBroken(rows, breaking)};
    return {...breaking, width: withLostBlank(rows, breaking, filledTo !== null)};
  }
  return null;
}

function withLostBlank(rows: readonly string[], breaking: Breaking, isFilled: boolean): number {
  const {width, hasBlanks} = breaking;
  const isUsual = usualWidths.has(width + 1) && brokenAt(rows, breaking).size < MANY_FULL;
  const hasLostBlank = !hasBlanks && (isUsual || (isByHand(rows, breaking) && !isFilled));
  return hasLostBlank ? width + 1 : width;
}

/** Different rows of exactly the width that continue below: not all of many were broken at a blank. */
function brokenAt(rows: readonly string[], breaking: Breaking): ReadonlySet<string> {
  return new Set(
    rows.filter((row, index) => row.length === breaking.width && isRest(rows[index + 1] ?? '', row, breaking)),
  );
}

/** Rows of a list have one length where all of them lost their blanks: the width is that of the longest row that was broken. */
function widthOfBroken(rows: readonly string[], breaking: Breaking): number {
  const broken = rows.filter((row, index) => {
    const next = rows[index + 1] ?? '';
    return row.length > breaking.width && next.trim() !== '' && !breaking.isBeginning(next);
  });
  // A character of two units counts once in a terminal.
  const width = Math.max(breaking.width, ...broken.map((row) => [...row].length));
  return withLostBlank(rows, {...breaking, width}, false);
}

/** One line that was broken before any terminal ends was broken by whoever wrote it down: between words. */
function isByHand(rows: readonly string[], breaking: Breaking): boolean {
  const broken = new Set(rows.filter((row, index) => isRest(rows[index + 1] ?? '', row, breaking)));
  return broken.size < LEAST_FULL && breaking.width < Math.min(...usualWidths);
}

const surely = {isSure: true, isUniform: true};

/** A row may lack more blanks at its end than one, if it is certain by which prefix lines begin. */
function learnBroken(
  rows: readonly string[],
  at: Pick<Breaking, 'width' | 'hasBlanks'> & {readonly isFilled: boolean},
): Beginnings {
  // What filled a row up may have been its own: a row of blanks and a word may be the rest of any.
  const mayBeRest = (row: string): boolean => at.isFilled && /^ +[^ \d]/.test(row);
  const broadly = learnBeginnings(rows, (above) => isBroken(above, {...at, isSure: true}), mayBeRest);
  if (broadly.isSure || at.hasBlanks) return broadly;
  return learnBeginnings(rows, (above) => isBroken(above, {...at, isSure: false}), mayBeRest);
}

function widthsOf(rows: readonly string[]): readonly number[] {
  const counts = new Map<number, number>();
  for (const {length} of rows) {
    if (length >= LEAST_WIDTH && length <= MOST_WIDTH) counts.set(length, (counts.get(length) ?? 0) + 1);
  }
  const widths = [...counts].toSorted(
    ([length, count], [otherLength, otherCount]) => otherCount - count || otherLength - length,
  );
  // Of rows that were wrapped none is longer.
  const longest = Math.max(0, ...counts.keys());
  return [...widths.slice(0, MAX_WIDTHS).map(([length]) => length), longest];
}

function isBrokenSo(breaking: Breaking, rows: readonly string[], isFilled: boolean): boolean {
  const {width, isSure} = breaking;
  const longer = rows.filter(({length}) => length > width).length;
  if (longer > rows.length * MAX_LONGER) return false;
  const full = rows
    .flatMap((row, index) => (isBroken(row, breaking) ? [{row, next: rows[index + 1] ?? ''}] : []))
    // A row that was filled up with one blank looks full.
    .filter(({row, next}) => (row.length === width && !row.endsWith(' ')) || isRest(next, row, breaking));
  // A line that is repeated has the same length each time.
  const different = new Set(full.map(({row}) => row)).size;
  const isCertain = isFilled || isSure || full.every(({row, next}) => isRestForCertain(next, row));
  if (different < LEAST_FULL && !(longer === 0 && isCertain)) return false;
  const continued = full.filter(({row, next}) => isRest(next, row, breaking));
  // Few rows were broken just where there were several blanks, but those of a list.
  const nearly = continued.filter(({row}) => row.length >= width - 1).length;
  const isProved = isSure && longer === 0 && hasBrokenWord(continued, width);
  if (!isFilled && !isProved && nearly < continued.length * MOST_NEARLY_FULL) return false;
  return continued.length > 0 && (isSure || continued.length >= full.length * MOST);
}

/** True if a word was broken exactly at the width. */
function hasBrokenWord(continued: readonly {readonly row: string; readonly next: string}[], width: number): boolean {
  return continued.some(({row, next}) => row.length === width && isRestForCertain(next, row));
}

/** True for a row that may continue below: blanks at which it was broken may be gone. */
function isBroken(
  above: string,
  {width, hasBlanks, isSure}: Pick<Breaking, 'width' | 'hasBlanks' | 'isSure'>,
): boolean {
  if (above.length === width) return true;
  return !hasBlanks && above.length < width && above.length >= (isSure ? width * MOST_TEXT : width - 1);
}

/** True for a row that is the rest of the one above it. */
function isRest(row: string, above: string, wrapping: Wrapping): boolean {
  if (wrapping.kind === 'folded') return isFoldedRest(row, above, wrapping);
  if (row === '' || wrapping.isBeginning(row) || !isBroken(above, wrapping)) return false;
  if (wrapping.isSure) return true;
  return above.length < wrapping.width ? !/^\s/.test(row) : mayBreakWord(above, row);
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
      waiting = isJoined ? {...before, text: before.text + gapBelow(above, wrapping) + line.text} : line;
      above = line.text;
      return isJoined || before === null ? [] : [before];
    },
    flush(): readonly L[] {
      const last = waiting;
      waiting = null;
      return last === null ? [] : [last];
    },
  };
}

/** The blanks that a row lost at its end. */
function gapBelow(above: string, wrapping: Wrapping): string {
  return wrapping.kind === 'folded'
    ? foldedGap(above, wrapping)
    : ' '.repeat(Math.max(0, wrapping.width - above.length));
}
