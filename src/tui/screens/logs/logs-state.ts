import type {ConsoleData} from '../../../client/console-data.ts';
import {textWidth} from '../../../shared/text-width.ts';
import {isMatch, type LineForm} from '../../../views/logs/log-line-rows.ts';
import {type LogChoice, lineCountIn, linesUpTo} from '../../../views/logs/log-screen-view.ts';
import type {ScreenContext} from '../screen.ts';
import {wholeSize} from '../screen-place.ts';

/** Where the log is, and what is searched in it. */
export type LogsState = LogChoice;

/** The log is followed. */
export const initialLogs: LogsState = {end: null, isWrapped: false, left: 0, query: '', match: null, typed: null};

/** Columns that one key moves the view sideways. */
export const PAN_COLUMNS = 20;

export function atEnd(state: LogsState): LogsState {
  return {...state, end: null, match: null};
}

/** The log as it is now, while newer lines arrive. */
export function paused(state: LogsState, {log}: ConsoleData): LogsState {
  return {...state, end: log.at(-1)?.number ?? null};
}

/** The log some lines further; its first page and its newest line are the ends, and at the newest one it is followed. */
export function byLines(state: LogsState, count: number, context: ScreenContext): LogsState {
  const {log} = context.data;
  const [oldest, newest] = [log[0]?.number, log.at(-1)?.number];
  if (oldest === undefined || newest === undefined) return state;
  const end = Math.min(state.end ?? newest, newest) + count;
  const moved = Math.max(firstPageEnd(state, context), end);
  return {...state, match: null, end: moved >= newest ? null : moved};
}

/** The same by pages with one common line. */
export function byPages(state: LogsState, step: 1 | -1, context: ScreenContext): LogsState {
  const lines = linesUpTo(context.data.log, state.end);
  const page = Math.max(1, lineCountIn(lines, formOf(state, context), wholeSize(context).rows) - 1);
  return byLines(state, step * page, context);
}

/**
 * The log around the next line in which the text occurs, from the match before it or the last line that is shown; null if there
 * is none. `isHere`: that line counts, too.
 */
export function foundFrom(state: LogsState, step: 1 | -1, isHere: boolean, context: ScreenContext): LogsState | null {
  const {log} = context.data;
  const [oldest, newest] = [log[0]?.number, log.at(-1)?.number];
  if (oldest === undefined || newest === undefined) return null;
  const current = Math.min(state.match ?? state.end ?? newest, newest) - oldest;
  for (let index = current + (isHere ? 0 : step); index >= 0 && index < log.length; index += step) {
    const line = log[index];
    if (line !== undefined && isMatch(line.text, state.query)) return around(line.number, newest, state, context);
  }
  return null;
}

/** A line in the middle of the window, or as near to it as the ends of the log allow. */
function around(match: number, newest: number, state: LogsState, context: ScreenContext): LogsState {
  const end = match + Math.floor(wholeSize(context).rows / 2);
  return {...state, match, end: Math.min(newest, Math.max(firstPageEnd(state, context), end))};
}

/** Cells of the longest line. */
export function longestLine({log}: ConsoleData): number {
  return log.reduce((longest, {text}) => Math.max(longest, textWidth(text)), 0);
}

/** The last line of the first page that is full. */
function firstPageEnd(state: LogsState, context: ScreenContext): number {
  const {log} = context.data;
  const {rows} = wholeSize(context);
  const form = formOf(state, context);
  let count = Math.min(log.length, rows);
  // Wrapped lines take several rows: fewer of them fill the page.
  while (count > 1 && lineCountIn(log.slice(0, count), form, rows) < count) count -= 1;
  return (log[0]?.number ?? 0) + count - 1;
}

function formOf({isWrapped, left}: LogsState, context: ScreenContext): LineForm {
  return {isWrapped, left, columns: wholeSize(context).columns, ellipsis: context.pen.glyphs.ellipsis};
}
