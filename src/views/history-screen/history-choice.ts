import {type HistoryQuery, MAX_HISTORY_MS} from '../../api/history.ts';
import {type SeriesChoice, seriesChoices, seriesQuery} from '../../api/series-choice.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND} from '../../shared/units.ts';

/** What the operator chose on the History screen. */
export type HistoryChoice = {
  /** Place of the plotted series among all. */
  readonly series: number;
  /** A series to compare with; null for none. */
  readonly pinned: number | null;
  /** Place of the length of the window. */
  readonly window: number;
  /** End of the window, epoch ms; null follows. */
  readonly endMs: number | null;
  /** The moment that is read, epoch ms; null for the newest one. */
  readonly cursorMs: number | null;
};

/** What a History screen asks the supervisor for. */
export type HistoryQuestion = {
  /** The plotted series over the window. */
  readonly window: HistoryQuery;
  /** All series around the cursor; null without one. */
  readonly moment: HistoryQuery | null;
};

/** The time that a console keeps; plots without a choice are over it. */
export const RECENT = {ms: 15 * MS_PER_MINUTE, text: '15 min'} as const;

/** Lengths of the window, shortest first. */
export const windowLengths: readonly {readonly ms: number; readonly text: string}[] = [
  {ms: 5 * MS_PER_MINUTE, text: '5 min'},
  RECENT,
  {ms: MS_PER_HOUR, text: '1 h'},
  {ms: 6 * MS_PER_HOUR, text: '6 h'},
  {ms: MS_PER_DAY, text: '24 h'},
  {ms: 7 * MS_PER_DAY, text: '7 d'},
  {ms: MAX_HISTORY_MS, text: '30 d'},
];

/** Parts of the window that one key moves the cursor by. */
const CURSOR_STEPS = 100;
/** Parts of the window that one key moves the window by. */
const WINDOW_STEPS = 4;
/** Points are read from so many steps around the cursor, and at least and at most over this time: those of the coarsest tier are five minutes apart. */
const MOMENT_STEPS = 8;
const LEAST_MOMENT_MS = 20 * MS_PER_SECOND;
const MOST_MOMENT_MS = 20 * MS_PER_MINUTE;

/** The screen as it opens: what the node generates, over the last hour. */
export const initialHistory: HistoryChoice = {
  series: Math.max(
    0,
    seriesChoices.findIndex(({name}) => name === 'generationTokensPerSecond'),
  ),
  pinned: null,
  window: 2,
  endMs: null,
  cursorMs: null,
};

/** Length of the window, ms. */
export function windowLengthOf({window}: HistoryChoice): number {
  return windowLengths[window]?.ms ?? MS_PER_HOUR;
}

/** The series that are plotted: the chosen one, and the one to compare with. */
export function plottedChoices({series, pinned}: HistoryChoice): readonly SeriesChoice[] {
  const places = pinned === null || pinned === series ? [series] : [series, pinned];
  return places.flatMap((place) => {
    const choice = seriesChoices[place];
    return choice === undefined ? [] : [choice];
  });
}

/** The next or previous series; at the ends it stays. */
export function withSeries(choice: HistoryChoice, step: number): HistoryChoice {
  return {...choice, series: clamp(choice.series + step, 0, seriesChoices.length - 1)};
}

/** A longer or shorter window; a cursor stays in it. */
export function withWindow(choice: HistoryChoice, step: 1 | -1, nowMs: number): HistoryChoice {
  const next = {...choice, window: clamp(choice.window + step, 0, windowLengths.length - 1)};
  if (next.cursorMs === null) return within(next, nowMs);
  // Around the cursor, so that zooming in on a moment does not lose it.
  return within({...next, endMs: next.cursorMs + windowLengthOf(next) / 2}, nowMs);
}

/** The window moved by a part of its length, and a cursor with it. It ends at the latest now, and begins not before what is kept. */
export function movedWindow(choice: HistoryChoice, step: 1 | -1, nowMs: number): HistoryChoice {
  const byMs = (step * windowLengthOf(choice)) / WINDOW_STEPS;
  const endMs = (choice.endMs ?? nowMs) + byMs;
  const cursorMs = choice.cursorMs === null ? null : Math.min(nowMs, choice.cursorMs + byMs);
  return within({...choice, endMs, cursorMs}, nowMs);
}

/** The cursor moved by a step, from the newest moment or the oldest one of the window if there was none. The window stands still, and moves with it at its ends. */
export function movedCursor(choice: HistoryChoice, step: 1 | -1, nowMs: number): HistoryChoice {
  const endMs = choice.endMs ?? nowMs;
  const lengthMs = windowLengthOf(choice);
  const from = choice.cursorMs ?? (step < 0 ? endMs : endMs - lengthMs);
  const cursorMs = clamp(from + step * cursorStepOf(choice), nowMs - MAX_HISTORY_MS, nowMs);
  return within({...choice, cursorMs, endMs: clamp(endMs, cursorMs, cursorMs + lengthMs)}, nowMs);
}

/** The oldest kept time, or now. */
export function atEdge(choice: HistoryChoice, edge: 'oldest' | 'now', nowMs: number): HistoryChoice {
  const endMs = edge === 'now' ? null : nowMs - MAX_HISTORY_MS + windowLengthOf(choice);
  return within({...choice, endMs, cursorMs: null}, nowMs);
}

/** The chosen series as the one to compare with, or none if it is that already. */
export function withPin(choice: HistoryChoice): HistoryChoice {
  return {...choice, pinned: choice.pinned === choice.series ? null : choice.series};
}

/** Time between two moments that a cursor stops at. */
export function cursorStepOf(choice: HistoryChoice): number {
  return Math.max(MS_PER_SECOND, windowLengthOf(choice) / CURSOR_STEPS);
}

/** What is to be read for this choice. */
export function historyQuestion(choice: HistoryChoice): HistoryQuestion {
  const {endMs, cursorMs} = choice;
  const aroundMs = clamp(MOMENT_STEPS * cursorStepOf(choice), LEAST_MOMENT_MS, MOST_MOMENT_MS);
  return {
    window: {
      ...seriesQuery(plottedChoices(choice)),
      windowMs: windowLengthOf(choice),
      ...(endMs === null ? {} : {untilMs: endMs}),
    },
    moment:
      cursorMs === null ? null : {...seriesQuery(seriesChoices), windowMs: aroundMs, untilMs: cursorMs + aroundMs / 2},
  };
}

/** The window within what is kept, and the cursor within the window. Without a cursor, a window that ends now follows. */
function within(choice: HistoryChoice, nowMs: number): HistoryChoice {
  const lengthMs = windowLengthOf(choice);
  const endMs = clamp(choice.endMs ?? nowMs, nowMs - MAX_HISTORY_MS + lengthMs, nowMs);
  const cursorMs = choice.cursorMs === null ? null : clamp(choice.cursorMs, endMs - lengthMs, endMs);
  return {...choice, endMs: endMs === nowMs && cursorMs === null ? null : endMs, cursorMs};
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
