import {gpuHistoryValues, historyValues} from '../../api/history-values.ts';
import {
  chosenSeries,
  type NamedSeries,
  type SeriesChoice,
  seriesChoices,
  seriesText,
  seriesUnit,
} from '../../api/series-choice.ts';
import type {HistoryAnswer} from '../../client/answers/history-answers.ts';
import type {ConsoleData} from '../../client/console-data.ts';
import {axisValueText} from '../../shared/quantities/axis-units.ts';
import {utcText} from '../../shared/quantities/moments.ts';
import {padText, span} from '../drawing/compose.ts';
import {eventRows, shownEvent} from '../events/event-rows.ts';
import {spanText} from '../format/times.ts';
import type {GlyphSet} from '../glyphs.ts';
import {fittingNote} from '../panels/panel-of.ts';
import {stackedRows} from '../plotting/stacked-rows.ts';
import {valueAt} from '../plotting/time-bins.ts';
import type {PanelView, Row} from '../rows.ts';
import {type SeriesPlotSpace, seriesPlot} from '../series/series-plot.ts';
import {usualStep} from '../series/usual-step.ts';
import {cursorStepOf, type HistoryChoice, plottedChoices, windowLengthOf, windowLengths} from './history-choice.ts';

/** All inputs of the History screen. */
export type HistoryScreenInput = {
  readonly data: ConsoleData;
  readonly choice: HistoryChoice;
  /** The plotted series, and all of them around the cursor. */
  readonly window: HistoryAnswer;
  readonly moment: HistoryAnswer;
  readonly nowMs: number;
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
};

const TITLE = 'History';
/** Narrower windows have no list of the series: the keys choose one nevertheless. */
const WITH_LIST_COLUMNS = 110;
/** Columns of the list of series, where there is one. */
export const LIST_COLUMNS = 46;
const VALUE_COLUMNS = 14;
const GAP = 2;
/** Rows of events below the plot: at most a fifth of the screen, with their title. */
const EVENT_SHARE = 5;
const LEAST_EVENT_ROWS = 2;
const LEAST_PLOT_ROWS = 5;

/** A plot of the chosen series and of the one to compare with, what all series were at the cursor, and the events of that time. */
export function historyView(input: HistoryScreenInput): PanelView {
  const {columns, rows, window} = input;
  const hasList = columns >= WITH_LIST_COLUMNS;
  const plotColumns = hasList ? columns - LIST_COLUMNS - GAP : columns;
  const events = momentRows(input, plotColumns, Math.max(LEAST_EVENT_ROWS, Math.floor(rows / EVENT_SHARE)));
  const plotRoom = Math.max(1, rows - events.length);
  const right =
    window.kind === 'failed'
      ? [[span(window.error.message, 'warning')], [span(window.error.remedy, 'dim')]]
      : [...plotRows(input, plotColumns, plotRoom), ...events];
  const list = hasList ? listRows(input, rows) : [];
  const filled = hasList ? joined(list, right, rows) : right.slice(0, rows);
  return {title: TITLE, titleNote: noteOf(input), tone: 'normal', rows: filled};
}

/** `generationTokensPerSecond, last 1 h`, or the end of a window of the past; the length alone where there is no room. */
function noteOf({choice, columns}: HistoryScreenInput): string {
  const names = plottedChoices(choice).map(seriesText).join(' and ');
  const length = windowLengths[choice.window]?.text ?? '';
  const {endMs} = choice;
  const time = endMs === null ? `last ${length}` : `${length} until ${utcText(endMs)}`;
  return fittingNote({columns}, TITLE, [`${names}, ${time}`, time, length]);
}

/** Series of one unit share a plot, others have one each below each other. */
function plotRows(input: HistoryScreenInput, columns: number, room: number): readonly Row[] {
  const {choice, window, data, nowMs, glyphs} = input;
  if (window.kind !== 'loaded') return fill([[span('reading the history', 'dim')]], room);
  const groups = groupsOf(plottedChoices(choice).map((one) => chosenSeries(window.history, [one])));
  const count = Math.max(1, Math.min(groups.length, Math.floor(room / LEAST_PLOT_ROWS)));
  const heights = stackedRows(count, room);
  return groups.slice(0, count).flatMap((series, index) => {
    const space: SeriesPlotSpace = {
      windowMs: windowLengthOf(choice),
      endMs: choice.endMs ?? nowMs,
      nowMs,
      cursorMs: choice.cursorMs,
      columns,
      rows: heights[index] ?? 0,
      glyphs,
    };
    return seriesPlot(series, data.events ?? [], space);
  });
}

function groupsOf(chosen: readonly (readonly NamedSeries[])[]): readonly (readonly NamedSeries[])[] {
  const [first = [], second] = chosen;
  if (second === undefined) return [first];
  return first[0]?.unit === second[0]?.unit ? [[...first, ...second]] : [first, second];
}

/** The moment that is read, and the events around it; without a cursor, the newest events of the window. */
function momentRows(input: HistoryScreenInput, columns: number, room: number): readonly Row[] {
  const {choice, data, nowMs, glyphs} = input;
  const {cursorMs} = choice;
  const endMs = choice.endMs ?? nowMs;
  const [fromMs, toMs] =
    cursorMs === null
      ? [endMs - windowLengthOf(choice), endMs]
      : [cursorMs - cursorStepOf(choice), cursorMs + cursorStepOf(choice)];
  const events = (data.events ?? []).filter(({atMs}) => atMs >= fromMs && atMs <= toMs);
  const newest = events.slice(-(room - 1)).reverse();
  const title =
    cursorMs === null
      ? 'events in this window, newest first'
      : `at ${utcText(cursorMs)}, and events within ${spanText(cursorStepOf(choice))} of it`;
  const rows = newest.flatMap((event) => eventRows(shownEvent(event), {columns, maxMessageRows: 1, glyphs}));
  const shown = rows.length === 0 ? [[span(data.events === null ? 'events are not read yet' : 'none', 'dim')]] : rows;
  return [[span(title, 'dim')], ...shown];
}

/** All series with their values at the cursor, or now. */
function listRows(input: HistoryScreenInput, room: number): readonly Row[] {
  const {choice} = input;
  const values = valuesOf(input);
  const start = Math.max(0, Math.min(choice.series - Math.floor(room / 2), seriesChoices.length - room));
  return seriesChoices.slice(start, start + room).map((one, index): Row => {
    const place = start + index;
    const isChosen = place === choice.series;
    const mark = isChosen ? '> ' : place === choice.pinned ? '+ ' : '  ';
    const name = padText(`${mark}${seriesText(one)}`, LIST_COLUMNS - VALUE_COLUMNS);
    const value = padText(values[place] ?? '', VALUE_COLUMNS, 'left');
    return [span(name, isChosen ? 'accent' : 'normal'), span(value, isChosen ? 'strong' : 'normal')];
  });
}

function valuesOf({choice, moment, data, glyphs}: HistoryScreenInput): readonly string[] {
  const {cursorMs} = choice;
  const text = (one: SeriesChoice, known: readonly (number | null)[]): string => {
    const values = known.filter((value) => value !== null);
    if (values.length === 0) return glyphs.dash;
    const most = axisValueText(Math.max(...values), seriesUnit(one));
    return one.of === 'gpu' ? `max ${most}` : most;
  };
  if (cursorMs !== null) {
    if (moment.kind !== 'loaded') return seriesChoices.map(() => '');
    return seriesChoices.map((one) =>
      text(
        one,
        chosenSeries(moment.history, [one]).map(({points}) => valueAt(points, cursorMs, usualStep(points))),
      ),
    );
  }
  if (data.snapshot === null) return [];
  const node = historyValues(data.snapshot);
  const gpus = gpuHistoryValues(data.snapshot);
  return seriesChoices.map((one) =>
    text(one, one.of === 'node' ? [node[one.name]] : gpus.map(({values}) => values[one.name])),
  );
}

function joined(left: readonly Row[], right: readonly Row[], rows: number): readonly Row[] {
  return Array.from({length: rows}, (_, index): Row => {
    const list = left[index] ?? [span(' '.repeat(LIST_COLUMNS))];
    return [...list, span(' '.repeat(GAP)), ...(right[index] ?? [])];
  });
}

function fill(rows: readonly Row[], room: number): readonly Row[] {
  return [...rows.slice(0, room), ...Array.from({length: Math.max(0, room - rows.length)}, (): Row => [])];
}
