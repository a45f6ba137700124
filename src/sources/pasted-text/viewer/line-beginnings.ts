import {commonPrefix} from './viewer-prefixes.ts';

/** By what a row is known that begins a line. */
export type Beginnings = {
  readonly isBeginning: (row: string) => boolean;
  /** A viewer's prefix is in front of every line: a row without it begins none. */
  readonly isSure: boolean;
  /** Nearly all lines begin with a time, a level or a process, but the rest of one may do so too. */
  readonly isUniform: boolean;
};

/** What no rest of a line begins with: a time, a level, a process, a part of a traceback, or what a shell prints. */
const beginning =
  /^(?:[|+]|\[[\d;]{1,15}m|\d{1,4}: |\d{4}-\d\d-\d\d|\d\d:\d\d:\d\d|\[\d{4}-\d\d-\d\d|\[(?:rank|default|pod|E|W|I|F)\S{0,60}\]|\((?:[A-Za-z]\w{2,60} (?:rank=\d+ )?pid=)|(?:DEBUG|INFO|WARNING|ERROR|CRITICAL|FATAL)\b[: ]|Traceback \(|\s{2,8}File "|(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d|\d+\.\d\d\.\d{3}\.\d{3} [A-Z] |frame #\d|[\w.-]{1,80} {0,40}\| |terminate called (?:after|without|recursively)|(?:Killed|Aborted|Segmentation fault|Bus error)(?: \(core dumped\))?$|\S{1,200}: line \d{1,6}: )/;
/** The last line of a traceback. */
const exception = /^(?:[A-Za-z_]\w{0,80}\.){0,8}\w{0,80}(?:Error|Exception|Exit|Interrupt)(?::|$)/;
/** What lines of C++ programs begin with, and the rest of a line rarely does. */
const possibleBeginning = /^(?:[a-z_]\w{2,60}: |(?:srv|slot|cmn|main) )/;

/** How a row of a list of processes begins, or a frame of a stack: many have the same length. */
const rowBeginning =
  /^(?:\s{0,9}\d{1,9} +(?:\d{1,9} +(?:[DIRSTtWXZ][<NLsl+]{0,5} |[A-Za-z_]{2,20}::\w|\/\S)|\S{1,40} +(?:\d{1,3}|rt) +-?\d{1,3} )|\S{1,40} +\d{1,9} +(?:\d{1,9} +\d{1,3} |[\d.]{1,6} +[\d.]{1,6} +\d)|\[<|#\d{1,4} {1,3}|Thread |\s{4}\S.{0,200}\(\S{1,200}:\d{1,7}\)$)/;

/** What part of the lines must have a viewer's prefix for a row without it to be the rest of a line. */
const MOST_LEARNED = 0.8;
const NEARLY_ALL = 0.9;
/** Line numbers between two rows that begin a line for certain. */
const MOST_STEP = 5;
/** Rows without the prefix of the first one, by which it is known that rows were wrapped. */
const LEAST_RESTS = 2;
/** Characters by which lines are known to be of the same kind. */
const ALIKE_CHARACTERS = 12;

function shapeOf(row: string): string {
  return row
    .slice(0, ALIKE_CHARACTERS * 2)
    .replaceAll(/\d+/g, '0')
    .slice(0, ALIKE_CHARACTERS);
}

/**
 * How lines of these rows begin. A row below one that is not broken off begins a line for certain, and others that look
 * alike do so too. By a row that `mayBeRest` of any other, no prefix is judged.
 */
export function learnBeginnings(
  rows: readonly string[],
  isBrokenOff: (above: string) => boolean,
  mayBeRest: (row: string) => boolean = () => false,
): Beginnings {
  const certain = rows.filter((row, index) => row.trim() !== '' && !isBrokenOff(rows[index - 1] ?? ''));
  const telling = certain.filter((row) => !mayBeRest(row));
  const prefix = commonPrefix(telling, MOST_STEP);
  const prefixed = prefix === null ? 0 : telling.filter((row) => prefix.pattern.test(row)).length;
  if (prefix !== null && prefixed >= telling.length * MOST_LEARNED)
    return {isBeginning: (row) => prefix.pattern.test(row), isSure: true, isUniform: true};
  const shapes = new Set(certain.map(shapeOf));
  return (
    beginningOfFirst(rows, isBrokenOff) ?? {
      isBeginning: (row) => beginning.test(row) || rowBeginning.test(row) || shapes.has(shapeOf(row)),
      isSure: false,
      isUniform: certain.filter((row) => beginning.test(row)).length >= certain.length * NEARLY_ALL,
    }
  );
}

/** The prefix of the first row, or how it begins, if rows without it follow only those that are broken off. */
function beginningOfFirst(rows: readonly string[], isBrokenOff: (above: string) => boolean): Beginnings | null {
  const full = rows.filter((row) => row.trim() !== '');
  const [first] = full;
  if (first === undefined) return null;
  const prefix = commonPrefix([first]);
  const shape = shapeOf(first);
  const ways = [
    ...(prefix === null ? [] : [(row: string) => prefix.pattern.test(row)]),
    // As a row of a table: a word may begin many lines by chance.
    ...(/^(?:"|\w{1,20},)/.test(shape) ? [(row: string) => shapeOf(row) === shape] : []),
  ];
  const isBeginning = ways.find((way) => {
    const above = full.flatMap((row, index) => (way(row) ? [] : (full[index - 1] ?? [])));
    return above.length >= LEAST_RESTS && above.filter(isBrokenOff).length >= above.length * MOST_LEARNED;
  });
  return isBeginning === undefined ? null : {isBeginning, isSure: true, isUniform: true};
}

/** True for the last line of a traceback. */
export function isException(row: string): boolean {
  return exception.test(row);
}

/** True for a row as lines of C++ programs begin. */
export function isPossibleBeginning(row: string): boolean {
  return possibleBeginning.test(row);
}

/** True for a row that can be nothing else than the rest of a word, or of a line that was broken before a blank. */
export function isRestForCertain(row: string, above: string): boolean {
  // Programs indent by more than one blank.
  if (/^ \S/.test(row)) return true;
  const isWithin = /[a-z]$/.test(above) ? /^[a-z_]/.test(row) : /\w$/.test(above) && /^[a-z0-9_]/.test(row);
  return isWithin && !possibleBeginning.test(row);
}

/** Characters at the end of a row by which it is judged how its last word may continue. */
const TOKEN_CHARACTERS = 200;
/** A name with dots that a message begins with, as that of an exception. */
const dottedName = /(?:^|[\])>] ?|: )(?:[a-z_]\w*\.)+$/;
/** The dot at its end is within a name: other dots, a bracket in front of it, or a name of several words in one. */
const withinName = /\w\.\w|[[({=]\w+\.$|(?:[A-Z][a-z]+){3}\.$/;
const identifier = /[A-Z_/\\=\-"'({[<]|\d$|\w\.\w/;
/** An exception's name with the whole name of its package is the rest of nothing. */
const packaged =
  /^(?:torch|ray|zmq|huggingface_hub|safetensors|transformers|requests|urllib3|httpx|aiohttp|pydantic|pydantic_core|asyncio|concurrent|multiprocessing|subprocess|json|triton|jinja2|yaml|grpc)\./;

/**
 * True if a word may have been broken between these rows: what a capital letter begins is the rest of a name, a path or an
 * exception, and never of a plain word or of a sentence that is over. Otherwise the second row is a new statement.
 */
export function mayBreakWord(above: string, row: string): boolean {
  if (isException(row) && (packaged.test(row) || /[^\w.:]$/.test(above))) return false;
  if (/\s$/.test(above) || !/^[A-Z]/.test(row)) return true;
  const end = above.slice(-TOKEN_CHARACTERS);
  const token = end.slice(end.lastIndexOf(' ') + 1);
  if (token.endsWith('::')) return true;
  if (token.endsWith('.')) return dottedName.test(end) || withinName.test(token);
  if (isException(row)) return /(?:^|[.:\])>])[A-Z]\w*$/.test(token);
  return !/[,;:!?)\]]$/.test(token) && identifier.test(token);
}
