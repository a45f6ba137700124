import type {History} from '../../../api/history.ts';
import {answerTo} from '../../../client/answers/history-answers.ts';
import type {ConsoleData} from '../../../client/console-data.ts';
import {rangesOf} from '../../../client/series/gpu-ranges.ts';
import {type Layout, panelsOf} from '../../../layout/layout-schema.ts';
import {type PlottedNames, plottedIn} from '../../../views/charts/plotted-series.ts';
import {type HistoryQuestion, RECENT, windowLengths} from '../../../views/history-screen/history-choice.ts';
import type {ChosenWindow, WindowFigures} from '../../../views/view-input.ts';
import {type KeyId, keySpec} from '../../keys/key-table.ts';
import {type Refused, refuse, type ScreenContext, type ScreenKey, stay} from '../screen.ts';
import {belowAlone} from './alone-frames.ts';
import {layoutStateOf} from './layout-state.ts';
import type {FocusState} from './panel-focus.ts';

/** Over which time the plots of a screen are. */
export type WindowState = FocusState & {
  /** Place in `windowLengths`; only a key of the operator changes it. */
  readonly window: number;
};

/** The keys that choose a time. */
export type WindowChoice = {readonly shorter: KeyId; readonly longer: KeyId};

/** The time that a console keeps: series of this and of what is shorter are not read. */
export const KEPT_WINDOW = windowLengths.indexOf(RECENT);

/** One day: what an engine that does not serve has done last is seldom of the last fifteen minutes. */
const DAY_WINDOW = windowLengths.findIndex(({text}) => text === '24 h');

/** The time with which a screen opens: what the console has, or a day where the engine does not serve then. */
export function openedWindow({data}: Pick<ScreenContext, 'data'>): WindowState['window'] {
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
export function windowKeys({shorter, longer}: WindowChoice, layout: () => Layout): readonly ScreenKey<WindowState>[] {
  const withoutTime = ({data}: ScreenContext): Refused | null => {
    if (data.snapshot === null) return refuse('no data about the node yet');
    const {names, hasRequests} = askedBy(layout());
    const isOverTime = hasRequests || names.series.length + names.gpuSeries.length > 0;
    return isOverTime ? null : refuse('this layout has nothing over a time');
  };
  return [
    {
      ...keySpec(shorter),
      unavailable: (state, context) => withoutTime(context) ?? noShorterWindow(state.window),
      press: (state) => stay({...state, window: state.window - 1}),
    },
    {
      ...keySpec(longer),
      unavailable: (state, context) => withoutTime(context) ?? noLongerWindow(state.window),
      press: (state) => stay({...state, window: state.window + 1}),
    },
  ];
}

/** What is to be read for the chosen time: figures of its requests, and series that the console does not have. */
export function windowQuestion({window}: WindowState, layout: Layout): HistoryQuestion | null {
  const windowMs = windowLengths[window]?.ms;
  if (windowMs === undefined) return null;
  const asked = askedBy(layout);
  const {series, gpuSeries} = window <= KEPT_WINDOW ? noNames : asked.names;
  if (!asked.hasRequests && series.length + gpuSeries.length === 0) return null;
  const requests = asked.hasRequests ? {requests: true} : {};
  return {window: {series, gpuSeries, windowMs, ...requests}, moment: null};
}

/** What panels show of the chosen time. */
export type WindowData = {
  readonly data: ConsoleData;
  /** Null for the time that the console keeps. */
  readonly window: ChosenWindow | null;
  /** Null until they are read, and where none are kept. */
  readonly requests: WindowFigures | null;
};

/** The time and its data for panels: those of the console, or what was read. */
export function windowData(state: WindowState, layout: Layout, {data, history}: ScreenContext): WindowData {
  const {window} = state;
  const chosen = windowLengths[window];
  if (chosen === undefined) return {data, window: null, requests: null};
  const of = {lengthMs: chosen.ms, text: chosen.text};
  const answer = answerTo(windowQuestion(state, layout)?.window ?? null, history.window);
  const read = answer.kind === 'loaded' ? answer.history : null;
  const requests = read?.requests === undefined ? null : {...of, figures: read.requests, gaps: read.gaps ?? []};
  const quantilesSinceMs = read?.quantilesSinceMs ?? null;
  if (window === KEPT_WINDOW) return {data, window: null, requests};
  if (window < KEPT_WINDOW) return {data, window: {...of, problem: null, quantilesSinceMs}, requests};
  if (read !== null) {
    const loaded = {...data, history: read.series, gpuRanges: rangesIn(read)};
    return {data: loaded, window: {...of, problem: null, quantilesSinceMs}, requests};
  }
  const problem = answer.kind === 'failed' ? `${answer.error.message} ${answer.error.remedy}` : 'reading the history';
  const empty = {...data, history: noSeries, gpuRanges: noRanges};
  return {data: empty, window: {...of, problem, quantilesSinceMs: null}, requests: null};
}

const noNames: PlottedNames = {series: [], gpuSeries: []};
const noSeries: ConsoleData['history'] = {};
const noRanges: ConsoleData['gpuRanges'] = {};

/** What the panels of a layout show of a time. */
type Asked = {readonly names: PlottedNames; readonly hasRequests: boolean};

const askedByLayout = new WeakMap<Layout, Asked>();

/** Of all variants, and of each panel alone: which one is shown depends on the window of the terminal and the state of the engine. */
function askedBy(layout: Layout): Asked {
  const known = askedByLayout.get(layout);
  if (known !== undefined) return known;
  const panels = layout.variants.flatMap(({root}) => panelsOf(root)).flatMap((node) => [node, belowAlone(node.panel)]);
  const hasRequests = panels.some(({panel}) => panel === 'latency' || panel === 'request-sizes');
  const asked = {names: plottedIn(panels), hasRequests};
  askedByLayout.set(layout, asked);
  return asked;
}

const rangesByAnswer = new WeakMap<History, ConsoleData['gpuRanges']>();

/** Computed once per answer, and not for each frame. */
function rangesIn(history: History): ConsoleData['gpuRanges'] {
  const known = rangesByAnswer.get(history) ?? rangesOf(history.gpus ?? []);
  rangesByAnswer.set(history, known);
  return known;
}
