import type {ConsoleData} from '../../client/console-data.ts';
import {countedText, countText} from '../../shared/quantities/counts.ts';
import {span} from '../drawing/compose.ts';
import {fittingNote} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {emptyLogText} from './empty-log.ts';
import {type LineForm, logLineRows} from './log-line-rows.ts';

/** What the operator chose on the Logs screen. */
export type LogChoice = Pick<LineForm, 'isWrapped' | 'left'> & {
  /** Number of the last line shown; null follows the log. */
  readonly end: number | null;
  /** The text that is searched; empty for none. */
  readonly query: string;
  /** Number of the line that was found last; null for none. */
  readonly match: number | null;
  /** The text that is being typed; null while none is. */
  readonly typed: string | null;
};

export type LogLine = ConsoleData['log'][number];

const TITLE = 'Engine log';

/** The log in the whole window, its last line at the bottom, and the text that is typed. */
export function logScreenView(input: ViewInput, choice: LogChoice): PanelView {
  const {data, rows, columns} = input;
  const prompt: Row[] = choice.typed === null ? [] : [[span('/', 'accent'), span(`${choice.typed}_`, 'strong')]];
  const room = Math.max(0, rows - prompt.length);
  const form = {columns, isWrapped: choice.isWrapped, left: choice.left, ellipsis: input.glyphs.ellipsis};
  const lines = linesUpTo(data.log, choice.end);
  const shown = lastRows(lines, choice.query, form, room);
  const filled = data.log.length === 0 ? [[span(emptyLogText(data), 'dim')]] : shown;
  const blank: Row[] = Array.from({length: prompt.length === 0 ? 0 : Math.max(0, room - filled.length)}, () => []);
  return {title: TITLE, titleNote: noteOf(input, choice), tone: 'normal', rows: [...filled, ...blank, ...prompt]};
}

/** The lines up to this number; all for null. */
export function linesUpTo(log: readonly LogLine[], end: number | null): readonly LogLine[] {
  if (end === null) return log;
  const [first] = log;
  return first === undefined ? log : log.slice(0, Math.max(1, end - first.number + 1));
}

/** How many of these lines, the last ones, have room in so many rows. At least one. */
export function lineCountIn(lines: readonly LogLine[], form: LineForm, room: number): number {
  let taken = 0;
  let count = 0;
  for (let index = lines.length - 1; index >= 0 && taken < room; index -= 1) {
    taken += logLineRows(lines[index]?.text ?? '', '', form).length;
    if (taken <= room) count += 1;
  }
  return Math.max(1, count);
}

function lastRows(lines: readonly LogLine[], query: string, form: LineForm, room: number): readonly Row[] {
  const rows: Row[] = [];
  for (let index = lines.length - 1; index >= 0 && rows.length < room; index -= 1)
    rows.unshift(...logLineRows(lines[index]?.text ?? '', query, form));
  return rows.slice(Math.max(0, rows.length - room));
}

/** `following, line 439`, or `paused at line 400, 39 newer`; which part is seen; what is searched. */
function noteOf(input: ViewInput, {end, left, query, match}: LogChoice): string {
  const newest = input.data.log.at(-1)?.number;
  if (newest === undefined) return '';
  const isFollowing = end === null || end >= newest;
  const place = isFollowing ? `following, line ${countText(newest)}` : `paused at line ${countText(end)}`;
  const newer = isFollowing ? [] : [`${countedText(newest - end, 'newer line')}`];
  const panned = left === 0 ? [] : [`from column ${countText(left + 1)}`];
  const sought = query === '' ? [] : [match === null ? `/${query}` : `/${query} in line ${countText(match)}`];
  const parts = [...sought, place, ...newer, ...panned];
  return fittingNote(input, TITLE, [
    parts.join(', '),
    [...sought, place].join(', '),
    [place, ...newer].join(', '),
    place,
  ]);
}
