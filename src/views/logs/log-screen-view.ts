import type {ConsoleData} from '../../client/console-data.ts';
import type {LogAnswer, LogSeek} from '../../client/log-window/log-window.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {promptRow, span} from '../drawing/compose.ts';
import {type FindingPlace, findingOfLine, type LoggedFindings, loggedFindings} from '../findings/logged-evidence.ts';
import {severityTones} from '../format/names.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {emptyLogText} from './empty-log.ts';
import {type LineForm, logLineRows} from './log-line-rows.ts';
import {LOG_TITLE, logNote} from './log-note.ts';
import {indexAt, type LineChoice, noFilter, type ShownLine, type ShownLog, shownLog} from './shown-lines.ts';

/** A text that is being typed, and what it is for. */
export type Typed = {readonly kind: 'search' | 'pattern' | 'rank' | 'time'; readonly text: string};

/** What the operator chose on the Logs screen. Places are bytes since the log's first one. */
export type LogChoice = Pick<LineForm, 'isWrapped' | 'left'> &
  LineChoice & {
    /** Place of the last line shown; null follows the log. */
    readonly end: number | null;
    /** True: that line is in the middle of the window. */
    readonly isCentered: boolean;
    /** The text that is searched; empty for none. */
    readonly query: string;
    /** Place of the line that was found last; null for none. */
    readonly match: number | null;
    /** The time that was gone to, epoch ms, until the view is moved; null for none. */
    readonly moment: number | null;
    /** What is looked for in the log's file; null for nothing. */
    readonly seek: LogSeek | null;
    /** Null while nothing is typed. */
    readonly typed: Typed | null;
  };

/** The log is followed, with every line. */
export const initialLog: LogChoice = {
  end: null,
  isCentered: false,
  isWrapped: false,
  left: 0,
  query: '',
  match: null,
  moment: null,
  seek: null,
  typed: null,
  filter: noFilter,
  foldsRepeated: true,
  foldsRequests: false,
};

const prompts: Readonly<Record<Typed['kind'], string>> = {
  search: '/',
  pattern: '&',
  rank: 'rank ',
  time: 'time (03:12, -10m, 2026-11-23T03:12) ',
};

/** The lines that are known around where the log is. */
export function logLines({log}: Pick<ConsoleData, 'log'>, {window}: LogAnswer, choice: LogChoice): ShownLog {
  return shownLog(log, window, choice.end, choice);
}

/** The log in the whole window, its last line at the bottom, and the text that is typed. */
export function logScreenView(input: ViewInput, choice: LogChoice, answer: LogAnswer): PanelView {
  const {data, rows, columns} = input;
  const {typed} = choice;
  const prompt = typed === null ? [] : [promptRow(prompts[typed.kind], typed.text)];
  const room = Math.max(0, rows - prompt.length);
  const logged = loggedFindings(data.snapshot?.findings ?? []);
  const form = {columns, isWrapped: choice.isWrapped, left: choice.left, ellipsis: input.glyphs.ellipsis};
  const {lines} = logLines(data, answer, choice);
  const upTo = lines.slice(0, endIndex(lines, choice, room, form) + 1);
  const shown = lastRows(upTo, choice, form, room, {logged, glyphs: input.glyphs});
  const filled = lines.length === 0 ? [[span(emptyText(data, answer, choice), 'dim')]] : shown;
  const blank: Row[] = Array.from({length: prompt.length === 0 ? 0 : Math.max(0, room - filled.length)}, () => []);
  const titleNote = logNote(input, choice, answer, upTo);
  return {title: LOG_TITLE, titleNote, tone: 'normal', rows: [...filled, ...blank, ...prompt]};
}

/** The index of the last line that is shown; -1 for none. The window is full wherever there are enough lines. */
export function endIndex(
  lines: readonly ShownLine[],
  {end, isCentered, isWrapped}: LogChoice,
  rows: number,
  form: LineForm,
): number {
  const last = lines.length - 1;
  if (end === null) return last;
  const index = Math.max(0, indexAt(lines, end));
  if (isWrapped) return isCentered ? index + countBelow(lines, index, rows, form) : index;
  return Math.min(last, Math.max(rows - 1, isCentered ? index + Math.floor(rows / 2) : index));
}

/** How many lines below this one have room where it is in the middle of so many rows. */
function countBelow(lines: readonly ShownLine[], index: number, rows: number, form: LineForm): number {
  const heightOf = (at: number): number => logLineRows(shownText(lines[at]), '', form).length;
  let room = Math.floor((rows - heightOf(index)) / 2);
  let count = 0;
  for (let at = index + 1; at < lines.length; at += 1) {
    room -= heightOf(at);
    if (room < 0) break;
    count += 1;
  }
  return count;
}

/** How many of these lines, the last ones, have room in so many rows. At least one. */
export function lineCountIn(lines: readonly ShownLine[], form: LineForm, room: number, logged: LoggedFindings): number {
  let taken = 0;
  let count = 0;
  for (let index = lines.length - 1; index >= 0 && taken < room; index -= 1) {
    const line = lines[index];
    taken += logLineRows(shownText(line), '', formOf(form, severityOf(line, logged))).length;
    if (taken <= room) count += 1;
  }
  return Math.max(1, count);
}

/** The finding of the line that was found, else of the last line on the screen that is evidence of one; null for none. */
export function shownFinding(
  {data, rows}: Pick<ViewInput, 'data' | 'rows'>,
  choice: LogChoice,
  answer: LogAnswer,
  form: LineForm,
): FindingPlace | null {
  const logged = loggedFindings(data.snapshot?.findings ?? []);
  if (logged.length === 0) return null;
  const {lines} = logLines(data, answer, choice);
  const upTo = lines.slice(0, endIndex(lines, choice, rows, form) + 1);
  const shown = upTo.slice(-lineCountIn(upTo, form, rows, logged));
  const match = shown.filter(({offsetBytes}) => offsetBytes === choice.match);
  for (const {text} of [...match, ...shown.toReversed()]) {
    const found = findingOfLine(text, logged);
    if (found !== null) return found.place;
  }
  return null;
}

/** What marks lines that are evidence of a finding. */
type Marks = {readonly logged: LoggedFindings; readonly glyphs: GlyphSet};

function lastRows(
  lines: readonly ShownLine[],
  {query}: LogChoice,
  form: LineForm,
  room: number,
  marks: Marks,
): readonly Row[] {
  const rows: Row[] = [];
  for (let index = lines.length - 1; index >= 0 && rows.length < room; index -= 1)
    rows.unshift(...markedRows(lines[index], query, form, marks));
  return rows.slice(Math.max(0, rows.length - room));
}

/** The rows of a line, which begin with a mark where it is evidence of a finding. */
function markedRows(
  line: ShownLine | undefined,
  query: string,
  form: LineForm,
  {logged, glyphs}: Marks,
): readonly Row[] {
  const severity = severityOf(line, logged);
  const rows = logLineRows(shownText(line), query, formOf(form, severity));
  if (severity === null) return rows;
  const mark = (at: number): string => (at === 0 ? `${glyphs.severity[severity]} ` : ' '.repeat(MARK_COLUMNS));
  return rows.map((row, at): Row => [span(mark(at), severityTones[severity]), ...row]);
}

/** Columns of the mark of a line that is evidence of a finding. */
export const MARK_COLUMNS = 2;

/** The form of a line next to its mark. */
function formOf(form: LineForm, severity: Finding['severity'] | null): LineForm {
  return severity === null ? form : {...form, columns: Math.max(1, form.columns - MARK_COLUMNS)};
}

function severityOf(line: ShownLine | undefined, logged: LoggedFindings): Finding['severity'] | null {
  return line === undefined ? null : (findingOfLine(line.text, logged)?.finding.severity ?? null);
}

/** Of folded lines, with their number. */
function shownText(line: ShownLine | undefined): string {
  if (line === undefined) return '';
  return line.count === 1 ? line.text : `(${countedText(line.count, 'line')}) ${line.text}`;
}

function emptyText(data: ConsoleData, {error, isReading}: LogAnswer, {filter}: LogChoice): string {
  if (error !== null) return error.message;
  if (isReading) return 'reading the log';
  return filter === noFilter ? emptyLogText(data) : 'no line passes the filter';
}
