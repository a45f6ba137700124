import {setImmediate as nextTurn} from 'node:timers/promises';
import type {ApiError} from '../../api/commands.ts';
import type {LogPage, LogPageQuery} from '../../api/log-page.ts';
import {compileFilter, isEveryLine} from '../../domain/log-lines/line-filter.ts';
import type {Engine} from '../../engines/engine.ts';
import type {LogLine} from '../../samples/log-line.ts';
import {ACCEPTED_SYNTAX} from '../../shared/patterns/parse-pattern.ts';
import {textSizeText} from '../../shared/quantities/bytes.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {BYTES_PER_KIB} from '../../shared/units.ts';
import {keptParts, type LogPart} from '../../sources/log/kept-parts.ts';
import type {LineMask} from '../../sources/log/known-secrets.ts';
import {endOf, OpenParts} from './open-parts.ts';
import {placeOfTime} from './place-of-time.ts';
import type {RangeLines} from './read-part-lines.ts';

/** The log of one run as it is read in pages. */
export type PagedLog = {
  readonly path: string;
  /** A mask for the lines of one text. */
  readonly newMask: () => LineMask;
  readonly readLogTimeMs: Engine['readLogTimeMs'];
  /** By how much the clock of this host is ahead of the log's, ms; null where no line has told. */
  readonly clockDifferenceMs: () => number | null;
};

/** Reads a page. */
export type ReadLogPage = (query: LogPageQuery) => Promise<Result<Omit<LogPage, 'runId'>, ApiError>>;

/** The log of a run, whose earlier lines can be read. */
export type ReadableLog = {readonly runId: string; readonly readPage: ReadLogPage};

/** Read and worked on in one go; other work of the supervisor comes in between. */
const SLICE_BYTES = 64 * BYTES_PER_KIB;
/** After this time a page ends, however many lines it has. */
const MOST_MS = 120;
/** A log whose pages are read from its files, parts that were moved aside included. */
export function createPagedLog(log: PagedLog): ReadLogPage {
  return async (query) => {
    const filter = compileFilter(query);
    if (!filter.ok) return err(invalidPattern(query.pattern, filter.error));
    const files = new OpenParts(await keptParts(log.path));
    try {
      if (query.atMs === undefined) return ok(await pageOf(log, files, query, filter.value));
      const place = await placeOfTime(query.atMs, log, files);
      if (place === null) return err(withoutTimes);
      return ok(await pageOf(log, files, {...query, after: place}, filter.value));
    } finally {
      await files.close();
    }
  };
}

type Passes = (text: string) => boolean;

async function pageOf(
  log: PagedLog,
  files: OpenParts,
  query: LogPageQuery,
  passes: Passes,
): Promise<Omit<LogPage, 'runId'>> {
  const {startBytes, endBytes} = files;
  const untilMs = performance.now() + MOST_MS;
  const isOlder = query.after === undefined;
  const first = Math.min(endBytes, Math.max(startBytes, query.after ?? query.before ?? endBytes));
  const found: LogPage['lines'] = [];
  const isEvery = isEveryLine(query);
  let at = first;
  while (found.length < query.lines && (isOlder ? at > startBytes : at < endBytes)) {
    const slice = sliceAt(files.parts, at, isOlder);
    const range = await files.read(slice.part, slice.fromBytes, slice.toBytes);
    const lines = isEvery ? allMasked(range, log.newMask()) : passing(range, log, passes, query.text.includes('*'));
    const gap = isEvery && slice.gapBytes > 0 ? [gapLine(slice.gapAt, slice.gapBytes)] : [];
    if (isOlder) found.unshift(...lines, ...gap);
    else found.push(...gap, ...lines);
    at = isOlder ? slice.fromBytes : (range.unfinishedFromBytes ?? slice.toBytes);
    if (range.unfinishedFromBytes !== null && !isOlder) break;
    if (performance.now() > untilMs) break;
    await nextTurn();
  }
  const cut = isOlder ? found.slice(-query.lines) : found.slice(0, query.lines);
  const isCut = cut.length < found.length;
  const next = isCut ? ((isOlder ? cut[0] : found[query.lines])?.offsetBytes ?? at) : at;
  return {
    lines: cut,
    ...(isOlder ? {fromBytes: next, toBytes: first} : {fromBytes: first, toBytes: next}),
    startBytes,
    endBytes,
  };
}

/** A range of one part before or after a place, and what of the log is missing between the place and the range. */
type Slice = {
  readonly part: LogPart;
  readonly fromBytes: number;
  readonly toBytes: number;
  readonly gapBytes: number;
  readonly gapAt: number;
};

function sliceAt(parts: readonly LogPart[], at: number, isOlder: boolean): Slice {
  const part = isOlder ? parts.findLast(({fromBytes}) => fromBytes < at) : parts.find((each) => endOf(each) > at);
  if (part === undefined) throw new Error(`no part of the log is at ${at}`);
  if (isOlder) {
    const toBytes = Math.min(at, endOf(part));
    const fromBytes = Math.max(part.fromBytes, toBytes - SLICE_BYTES);
    return {part, fromBytes, toBytes, gapBytes: at - toBytes, gapAt: toBytes};
  }
  const fromBytes = Math.max(at, part.fromBytes);
  const toBytes = Math.min(endOf(part), fromBytes + SLICE_BYTES);
  return {part, fromBytes, toBytes, gapBytes: fromBytes - at, gapAt: at};
}

function gapLine(offsetBytes: number, bytes: number): LogPage['lines'][number] {
  return {
    offsetBytes,
    text: `\u2026 ${textSizeText(bytes)} of the log are no longer kept`,
  };
}

function allMasked({before, lines}: RangeLines, mask: LineMask): LogPage['lines'] {
  if (before !== null) mask(before.text);
  return lines.map(({offsetBytes, text}) => ({offsetBytes, text: mask(text)}));
}

/**
 * The lines that pass as they are shown. Masking takes most of the time, so that only lines are masked that would pass without: with
 * the line before, in which a secret may begin. `isForMask`: what is sought may be the mask itself.
 */
function passing({before, lines}: RangeLines, log: PagedLog, passes: Passes, isForMask: boolean): LogPage['lines'] {
  const found: LogPage['lines'] = [];
  let previous: LogLine | null = before;
  for (const line of lines) {
    if (isForMask || passes(line.text)) {
      const mask = log.newMask();
      if (previous !== null) mask(previous.text);
      const text = mask(line.text);
      if (passes(text)) found.push({offsetBytes: line.offsetBytes, text});
    }
    previous = line;
  }
  return found;
}

function invalidPattern(pattern: string, reason: string): ApiError {
  return {
    code: 'api.invalid-pattern',
    message: `The regular expression ${pattern} is not accepted: ${reason}.`,
    remedy: `Use ${ACCEPTED_SYNTAX}.`,
  };
}

const withoutTimes: ApiError = {
  code: 'api.log-without-times',
  message: 'The lines of this log have no times.',
  remedy: 'Search for a text of that time instead.',
};
