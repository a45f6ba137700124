import type {HistorySeriesName} from '../../../api/history.ts';
import {answerTo} from '../../../client/answers/history-answers.ts';
import type {ConsoleData} from '../../../client/console-data.ts';
import {type HistoryQuestion, windowLengths} from '../../../views/history-screen/history-choice.ts';
import type {ChosenWindow} from '../../../views/view-input.ts';
import {type KeyId, keySpec} from '../../keys/key-table.ts';
import {type Refused, refuse, type ScreenContext, type ScreenKey, stay} from '../screen.ts';
import {layoutStateOf} from './layout-state.ts';
import type {FocusState} from './panel-focus.ts';

/** Over which time the plots of a screen are. */
export type WindowState = FocusState & {
  /** Place in `windowLengths`. */
  readonly window: number;
};

/** The keys that choose a time, and the series that are read for a long one. */
export type WindowChoice = {
  readonly shorter: KeyId;
  readonly longer: KeyId;
  readonly series: readonly HistorySeriesName[];
};

/** Fifteen minutes, the time that a console keeps: this and what is shorter is not read. */
export const KEPT_WINDOW = 1;

/** One day: what an engine that does not serve has done last is seldom of the last fifteen minutes. */
const DAY_WINDOW = windowLengths.findIndex(({text}) => text === '24 h');

/** The time with which a screen opens: what the console has, or a day while the engine does not serve. */
export function openedWindow({data}: ScreenContext): number {
  const state = layoutStateOf(data);
  const isServing = state === null || state === 'serving' || state === 'degraded';
  return isServing || data.connection.kind === 'lost' ? KEPT_WINDOW : DAY_WINDOW;
}

/** Why there is no shorter window; null where there is one. */
export const noShorterWindow = (window: number): Refused | null =>
  window === 0 ? refuse('this is the shortest window') : null;

/** Why there is no longer window; null where there is one. */
export const noLongerWindow = (window: number): Refused | null =>
  window === windowLengths.length - 1 ? refuse('this is the longest window: nothing older is kept') : null;

/** Two keys, for a shorter and a longer time. */
export function windowKeys({shorter, longer}: WindowChoice): readonly ScreenKey<WindowState>[] {
  return [
    {
      ...keySpec(shorter),
      unavailable: ({window}) => noShorterWindow(window),
      press: (state) => stay({...state, window: state.window - 1}),
    },
    {
      ...keySpec(longer),
      unavailable: ({window}) => noLongerWindow(window),
      press: (state) => stay({...state, window: state.window + 1}),
    },
  ];
}

/** What is to be read for the chosen time; null for what the console has. */
export function windowQuestion({window}: WindowState, {series}: WindowChoice): HistoryQuestion | null {
  const windowMs = windowLengths[window]?.ms;
  return window <= KEPT_WINDOW || windowMs === undefined
    ? null
    : {window: {series, gpuSeries: [], windowMs}, moment: null};
}

/** The time and its data for panels: those of the console, or what was read. Null for the time without a choice. */
export function windowData(
  state: WindowState,
  choice: WindowChoice,
  {data, history}: ScreenContext,
): {readonly data: ConsoleData; readonly window: ChosenWindow | null} {
  const {window} = state;
  const chosen = windowLengths[window];
  if (chosen === undefined || window === KEPT_WINDOW) return {data, window: null};
  const of = {lengthMs: chosen.ms, text: chosen.text};
  if (window < KEPT_WINDOW) return {data, window: {...of, problem: null}};
  const answer = answerTo(windowQuestion(state, choice)?.window ?? null, history.window);
  if (answer.kind === 'loaded')
    return {data: {...data, history: answer.history.series}, window: {...of, problem: null}};
  const problem = answer.kind === 'failed' ? `${answer.error.message} ${answer.error.remedy}` : 'reading the history';
  return {data: {...data, history: noSeries}, window: {...of, problem}};
}

const noSeries: ConsoleData['history'] = {};
