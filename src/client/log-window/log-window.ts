import type {ApiError} from '../../api/commands.ts';
import type {LogPage, LogPageQuery} from '../../api/log-page.ts';
import {everyLine, type LineFilter} from '../../domain/log-lines/line-filter.ts';
import {createListeners} from '../../shared/listeners.ts';
import type {Result} from '../../shared/result.ts';
import {answerFrom, isSame} from '../answers/newest-answer.ts';

/** What is looked for in the whole log. Places are bytes since the run's first one. */
export type LogSeek =
  /** The next line with a text, from a place to older or newer ones, among those that pass the filter. */
  | {readonly kind: 'text'; readonly text: string; readonly step: 1 | -1; readonly fromBytes: number}
  /** The first line of a time or later, epoch ms. */
  | {readonly kind: 'time'; readonly atMs: number}
  /** The last one of so many first lines. */
  | {readonly kind: 'start'; readonly lines: number};

/** How far a search is. */
export type SeekState = {
  readonly seek: LogSeek;
} /** `nextBytes` is where the next page begins or ends, `ratio` how much of the log has been looked through. */ & (
  | {readonly kind: 'searching'; readonly ratio: number; readonly nextBytes: number}
  | {readonly kind: 'found'; readonly offsetBytes: number}
  | {readonly kind: 'none'}
  | {readonly kind: 'failed'; readonly error: ApiError}
);

/** What a screen needs of the log. */
export type LogWant = {
  /** Lines on both sides of this place. */
  readonly aroundBytes: number;
  /** The newest place that is known from elsewhere. */
  readonly newestBytes: number;
  readonly filter: Omit<LineFilter, 'text'>;
  readonly seek: LogSeek | null;
};

/** Lines of the log's file without a gap between them, except of lines that do not pass the filter. */
export type LogWindow = {
  readonly runId: string | null;
  readonly filter: LogWant['filter'];
  readonly lines: LogPage['lines'];
  /** What the lines are from. */
  readonly fromBytes: number;
  readonly toBytes: number;
  /** The whole log that is kept. */
  readonly startBytes: number;
  readonly endBytes: number;
};

export type LogAnswer = {
  readonly window: LogWindow | null;
  readonly seek: SeekState | null;
  /** Why nothing can be read; null where it can. */
  readonly error: ApiError | null;
  /** True while pages are being read. */
  readonly isReading: boolean;
};

export type LogWindowOptions = {
  readonly ask: (query: LogPageQuery) => Promise<Result<LogPage, ApiError>>;
  readonly nowMs: () => number;
};

/** Reads what a screen needs of the log, a page at a time. */
export type LogReading = {
  /** Replaces what is needed; null for nothing: reading and searching end with the page that is being read. */
  readonly want: (want: LogWant | null) => void;
  /** The same object until something changes. */
  readonly answer: () => LogAnswer;
  readonly subscribe: (listener: () => void) => () => void;
};

/** Lines on each side of the place; a window has fewer rows. */
const LINES_AROUND = 400;
/** More lines on a side are dropped. */
const MOST_AROUND = 1_200;
const PAGE_LINES = 400;
/** What failed, and a log that had nothing new, is asked again after this time. */
const AGAIN_AFTER_MS = 500;

const nothing: LogAnswer = {window: null, seek: null, error: null, isReading: false};

/**
 * The lines around a place in the log's file, whatever its size, and the search in it. One page is read at a time, so that what the
 * operator wants next waits for one page at most.
 */
export function createLogReading({ask, nowMs}: LogWindowOptions): LogReading {
  const listeners = createListeners<[]>();
  let wanted: LogWant | null = null;
  let answer = nothing;
  let isAsking = false;
  let restUntilMs = 0;

  function keep(change: Partial<LogAnswer>): void {
    answer = {...answer, ...change};
    listeners.notify();
  }

  /** What was looked for and found is where the screen is. */
  function placed(): LogWant | null {
    const {seek} = answer;
    if (wanted === null || seek?.kind !== 'found' || !isSame(seek.seek, wanted.seek)) return wanted;
    return {...wanted, aroundBytes: seek.offsetBytes};
  }

  async function read(): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    // A place that was found may be far from the window.
    for (
      let next = nextStep(answer, placed());
      next !== null && nowMs() >= restUntilMs;
      next = nextStep(answer, placed())
    ) {
      if (!answer.isReading) keep({isReading: true});
      const page = await answerFrom(ask, next.query);
      const want = placed();
      if (want === null) break;
      const before = answer;
      keep(afterAnswer(answer, want, next, page));
      const isNothingNew = next.seek === null && before.window === answer.window;
      if (!page.ok || isNothingNew) restUntilMs = nowMs() + AGAIN_AFTER_MS;
    }
    isAsking = false;
    if (answer.isReading) keep({isReading: false});
  }

  return {
    want(want) {
      wanted = want;
      if (want === null) {
        if (answer !== nothing) keep(nothing);
        return;
      }
      const isOtherSeek = answer.seek !== null && !isSame(answer.seek.seek, want.seek);
      const isOther = answer.window !== null && !isUsable(answer.window, isOtherSeek ? want : (placed() ?? want));
      if (isOther || isOtherSeek) {
        keep({...(isOther ? {window: null} : {}), ...(isOtherSeek ? {seek: null} : {})});
        restUntilMs = 0;
      }
      void read();
    },
    answer: () => answer,
    subscribe: listeners.subscribe,
  };
}

/** A page to ask for: of a search, or at a side of the window. */
type Step = {readonly query: LogPageQuery; readonly seek: LogSeek | null; readonly side: 'older' | 'newer'};

function nextStep({window, seek}: LogAnswer, want: LogWant | null): Step | null {
  if (want === null) return null;
  const filter = {...everyLine, ...want.filter};
  if (want.seek !== null && (seek === null || seek.kind === 'searching')) {
    return {query: seekQuery(want.seek, filter, seek), seek: want.seek, side: 'older'};
  }
  const query = {...filter, lines: PAGE_LINES};
  if (window === null || !isUsable(window, want))
    return {query: {...query, before: want.aroundBytes + 1}, seek: null, side: 'older'};
  const older = window.lines.findLastIndex(({offsetBytes}) => offsetBytes <= want.aroundBytes) + 1;
  if (older < LINES_AROUND && window.fromBytes > window.startBytes) {
    return {query: {...query, before: window.fromBytes}, seek: null, side: 'older'};
  }
  const isMore = window.toBytes < Math.max(window.endBytes, want.newestBytes);
  if (window.lines.length - older < LINES_AROUND && isMore) {
    return {query: {...query, after: window.toBytes}, seek: null, side: 'newer'};
  }
  return null;
}

/** A window stays while the place moves in it, or as little beyond it as is read anyway. */
function isUsable(window: LogWindow, {filter, aroundBytes}: LogWant): boolean {
  if (!isSame(window.filter, filter)) return false;
  const beyond = Math.max(window.fromBytes - aroundBytes, aroundBytes - window.toBytes);
  return beyond <= (isSame(filter, noFilter) ? 64 * 1024 : 8 * 1024 * 1024);
}

const {text: _, ...noFilter} = everyLine;

function seekQuery(seek: LogSeek, filter: LineFilter, state: SeekState | null): LogPageQuery {
  const nextBytes = state?.kind === 'searching' ? state.nextBytes : null;
  switch (seek.kind) {
    case 'time':
      return {...filter, atMs: seek.atMs, lines: 1};
    case 'start':
      return {...filter, after: nextBytes ?? 0, lines: seek.lines};
    case 'text': {
      const query = {...filter, text: seek.text, lines: 1};
      const from = nextBytes ?? seek.fromBytes;
      return seek.step === -1 ? {...query, before: from} : {...query, after: from};
    }
  }
}

type Answered = Result<LogPage, ApiError>;

/** An answer to what is no longer wanted changes nothing. */
function afterAnswer(answer: LogAnswer, want: LogWant, next: Step, page: Answered): Partial<LogAnswer> {
  if (next.seek === null) return afterPage(answer, want, next, page);
  return isSame(next.seek, want.seek) ? {seek: afterSeek(next.seek, next.query, page)} : {};
}

function afterSeek(seek: LogSeek, query: LogPageQuery, page: Answered): SeekState {
  if (!page.ok) return {kind: 'failed', seek, error: page.error};
  const {lines, fromBytes, toBytes, startBytes, endBytes} = page.value;
  const found = lines.at(-1);
  if (found !== undefined) return {kind: 'found', seek, offsetBytes: found.offsetBytes};
  const isOlder = query.after === undefined && query.atMs === undefined;
  const isOver =
    seek.kind === 'time' || (isOlder ? fromBytes <= startBytes : toBytes >= endBytes || toBytes === query.after);
  if (isOver) return {kind: 'none', seek};
  const nextBytes = isOlder ? fromBytes : toBytes;
  const wholeBytes = Math.max(1, endBytes - startBytes);
  const ratio = (isOlder ? endBytes - fromBytes : toBytes - startBytes) / wholeBytes;
  return {kind: 'searching', seek, ratio, nextBytes};
}

function afterPage(answer: LogAnswer, want: LogWant, {query, side}: Step, page: Answered): Partial<LogAnswer> {
  if (!page.ok) return {error: page.error};
  const {runId, lines, fromBytes, toBytes, startBytes, endBytes} = page.value;
  const {window} = answer;
  const {filter} = want;
  const isOfNow = isSame(filterOf(query), filter);
  if (!isOfNow) return {};
  const limits = {runId, filter, startBytes, endBytes};
  if (window === null || window.runId !== runId || !isUsable(window, want))
    return {error: null, window: {...limits, lines, fromBytes, toBytes}};
  const isOlder = side === 'older';
  const isNext = isOlder ? query.before === window.fromBytes : query.after === window.toBytes;
  if (!isNext) return {};
  const joined: LogWindow = isOlder
    ? {...window, ...limits, lines: [...lines, ...window.lines], fromBytes}
    : {...window, ...limits, lines: [...window.lines, ...lines], toBytes};
  const isSameWindow = fromBytes === toBytes && window.endBytes === endBytes && window.startBytes === startBytes;
  return {error: null, window: isSameWindow ? window : trimmed(joined, want.aroundBytes)};
}

function filterOf({level, rank, pattern}: LogPageQuery): LogWant['filter'] {
  return {level, rank, pattern};
}

/** Without the lines that are far from the place. */
function trimmed(window: LogWindow, aroundBytes: number): LogWindow {
  const {lines} = window;
  const older = lines.findLastIndex(({offsetBytes}) => offsetBytes <= aroundBytes) + 1;
  const first = older > MOST_AROUND ? older - MOST_AROUND : 0;
  const last = lines.length - older > MOST_AROUND ? older + MOST_AROUND : lines.length;
  if (first === 0 && last === lines.length) return window;
  return {
    ...window,
    lines: lines.slice(first, last),
    fromBytes: first === 0 ? window.fromBytes : (lines[first]?.offsetBytes ?? window.fromBytes),
    toBytes: last === lines.length ? window.toBytes : (lines[last]?.offsetBytes ?? window.toBytes),
  };
}
