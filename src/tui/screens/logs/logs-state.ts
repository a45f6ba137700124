import type {ConsoleData} from '../../../client/console-data.ts';
import type {LogSeek, LogWant} from '../../../client/log-window/log-window.ts';
import {textWidth} from '../../../shared/text-width.ts';
import {type FindingPlace, type LoggedFindings, loggedFindings} from '../../../views/findings/logged-evidence.ts';
import {isMatch, type LineForm} from '../../../views/logs/log-line-rows.ts';
import {
  endIndex,
  initialLog,
  type LogChoice,
  lineCountIn,
  logLines,
  MARK_COLUMNS,
  shownFinding,
} from '../../../views/logs/log-screen-view.ts';
import {
  indexAt,
  newestPlace,
  noFilter,
  oldestPlace,
  type ShownLine,
  type ShownLog,
} from '../../../views/logs/shown-lines.ts';
import type {Copied, OpenScreen, ScreenContext} from '../screen.ts';
import {wholeSize} from '../screen-place.ts';

/** Where the log is, what is searched in it, and which lines are shown. */
export type LogsState = LogChoice & {
  /** The screen with the finding, the event or the moment whose lines were to be shown, to return to; null for none. */
  readonly origin: OpenScreen | null;
};

/** The log is followed. */
export const initialLogs: LogsState = {...initialLog, origin: null};

/** The log at the newest line with this text, opened from a screen to which Enter returns; null where no line has it. */
export function logsFrom(text: string, origin: OpenScreen, context: ScreenContext): LogsState | null {
  return foundFrom({...initialLogs, foldsRepeated: false, query: text, origin}, -1, true, context);
}

/** The log at a time, epoch ms, opened from a screen to which Enter returns. */
export function logsAt(atMs: number, origin: OpenScreen, context: ScreenContext): LogsState {
  return sought({...initialLogs, origin}, {kind: 'time', atMs}, context);
}

/** Columns that one key moves the view sideways. */
export const PAN_COLUMNS = 20;

export function atEnd(state: LogsState): LogsState {
  return {...state, end: null, match: null, moment: null, seek: null, isCentered: false};
}

/** True where no older line is to be read. */
export function isFromStart(state: LogsState, context: ScreenContext): boolean {
  return shownOf(state, context).isFromStart;
}

/** What has to be read of the log's file: nothing while it is followed, unless lines that pass a filter may be older. */
export function logWant({end, seek, filter}: LogsState, {log}: ConsoleData): LogWant | null {
  const newestBytes = newestPlace(log);
  const isFiltered = filter !== noFilter;
  if (end === null && seek === null && !isFiltered) return null;
  return {aroundBytes: end ?? (isFiltered ? oldestPlace(log) : newestBytes), newestBytes, filter, seek};
}

/** The state at what was looked for, once it is found. Every key acts on this. */
export function settled(state: LogsState, {log}: Pick<ScreenContext, 'log'>): LogsState {
  const {seek} = state;
  const found = log.seek;
  if (seek === null || found?.kind !== 'found' || JSON.stringify(found.seek) !== JSON.stringify(seek)) return state;
  const {offsetBytes} = found;
  const isTime = seek.kind === 'time';
  const isText = seek.kind === 'text';
  return {
    ...{...state, seek: null, end: offsetBytes},
    match: isText ? offsetBytes : null,
    moment: isTime ? seek.atMs : null,
    isCentered: isTime || isText,
  };
}

/** The log as it is now, while newer lines arrive. */
export function paused(state: LogsState, context: ScreenContext): LogsState {
  return {...state, end: shownOf(state, context).lines.at(-1)?.offsetBytes ?? null};
}

/** The log some lines further; its first page and its newest line are the ends, and at the newest one it is followed. */
export function byLines(before: LogsState, count: number, context: ScreenContext): LogsState {
  const state = settled(before, context);
  const {lines, isToEnd} = shownOf(state, context);
  const [oldest] = lines;
  if (oldest === undefined) return state;
  const last = lines.length - 1;
  const moved = Math.max(
    firstPageEnd(lines, state, context),
    endIndex(lines, state, wholeSize(context).rows, formOf(state, context)) + count,
  );
  const isNewest = moved >= last && isToEnd;
  const end = isNewest ? null : (lines[Math.min(moved, last)] ?? oldest).offsetBytes;
  return {...state, match: null, moment: null, seek: null, isCentered: false, end};
}

/** The same by pages with one common line. */
export function byPages(before: LogsState, step: 1 | -1, context: ScreenContext): LogsState {
  const state = settled(before, context);
  const {lines} = shownOf(state, context);
  const {rows} = wholeSize(context);
  const shown = lines.slice(0, endIndex(lines, state, rows, formOf(state, context)) + 1);
  const page = Math.max(1, lineCountIn(shown, formOf(state, context), rows, loggedOf(context)) - 1);
  return byLines(state, step * page, context);
}

/** The first page of the log: of its file, where the console has not its first line. */
export function atStart(state: LogsState, context: ScreenContext): LogsState {
  const {lines, isFromStart} = shownOf(state, context);
  if (isFromStart || lines.length === 0) return byLines(state, Number.NEGATIVE_INFINITY, context);
  return {...state, seek: {kind: 'start', lines: wholeSize(context).rows}, match: null};
}

/**
 * The log around the next line in which the text occurs, from the match before it or the last line that is shown: of the lines that
 * are here, or looked for in the file; null if there is none. `isHere`: that line counts, too.
 */
export function foundFrom(before: LogsState, step: 1 | -1, isHere: boolean, context: ScreenContext): LogsState | null {
  const state = settled(before, context);
  const {lines, isFromStart, isToEnd} = shownOf(state, context);
  const [first, last] = [lines[0], lines.at(-1)];
  const start =
    state.match === null
      ? endIndex(lines, state, wholeSize(context).rows, formOf(state, context))
      : indexAt(lines, state.match);
  for (let index = start + (isHere ? 0 : step); index >= 0 && index < lines.length; index += step) {
    const line = lines[index];
    if (line === undefined || !isMatch(line.text, state.query)) continue;
    const at = line.offsetBytes;
    return {...state, seek: null, match: at, end: at, moment: null, isCentered: true};
  }
  if (step === -1 ? isFromStart : isToEnd) return null;
  const fromBytes =
    step === -1 ? (first?.offsetBytes ?? newestPlace(context.data.log) + 1) : (last?.offsetBytes ?? 0) + 1;
  return sought(state, {kind: 'text', text: state.query, step, fromBytes}, context);
}

/** The log while something is looked for in its file: where it is until then. */
export function sought(state: LogsState, seek: LogSeek, context: ScreenContext): LogsState {
  return {...state, seek, end: state.end ?? paused(state, context).end};
}

/** Whole lines, to copy: the one in which the searched text was found, otherwise those on the screen. Null while there are none. */
export function linesToCopy(before: LogsState, context: ScreenContext): Copied | null {
  const state = settled(before, context);
  const {lines} = shownOf(state, context);
  const found = state.match === null ? undefined : lines[indexAt(lines, state.match)];
  if (found !== undefined) return {what: 'the line of the log', text: found.text};
  const {rows} = wholeSize(context);
  const form = formOf(state, context);
  const untilEnd = lines.slice(0, endIndex(lines, state, rows, form) + 1);
  const shown = untilEnd.slice(untilEnd.length - lineCountIn(untilEnd, form, rows, loggedOf(context)));
  if (shown.length === 0) return null;
  const what = shown.length === 1 ? 'the line of the log' : `${shown.length} lines of the log`;
  return {what, text: shown.map(({text}) => text).join('\n')};
}

/** Cells of the longest line. */
export function longestLine(state: LogsState, context: ScreenContext): number {
  return shownOf(state, context).lines.reduce(
    (longest, {text}) => Math.max(longest, textWidth(text) + MARK_COLUMNS),
    0,
  );
}

/** The finding of a line on the screen; null where none is evidence of one. */
export function findingOn(before: LogsState, context: ScreenContext): FindingPlace | null {
  const state = settled(before, context);
  const {rows} = wholeSize(context);
  return shownFinding({data: context.data, rows}, state, context.log, formOf(state, context));
}

function loggedOf({data}: ScreenContext): LoggedFindings {
  return loggedFindings(data.snapshot?.findings ?? []);
}

function shownOf(state: LogsState, {data, log}: ScreenContext): ShownLog {
  return logLines(data, log, state);
}

/** The last line of the first page that is full. */
function firstPageEnd(lines: readonly ShownLine[], state: LogsState, context: ScreenContext): number {
  const {rows} = wholeSize(context);
  const form = formOf(state, context);
  const logged = loggedOf(context);
  let count = Math.min(lines.length, rows);
  // Wrapped lines take several rows: fewer of them fill the page.
  while (count > 1 && lineCountIn(lines.slice(0, count), form, rows, logged) < count) count -= 1;
  return count - 1;
}

function formOf({isWrapped, left}: LogsState, context: ScreenContext): LineForm {
  return {isWrapped, left, columns: wholeSize(context).columns, ellipsis: context.pen.glyphs.ellipsis};
}
