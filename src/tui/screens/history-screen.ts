import {MAX_HISTORY_MS} from '../../api/history.ts';
import {
  atEdge,
  type HistoryChoice,
  historyQuestion,
  initialHistory,
  movedCursor,
  movedWindow,
  windowLengthOf,
  withPin,
  withSeries,
  withWindow,
} from '../../views/history-screen/history-choice.ts';
import {historyView, LIST_COLUMNS} from '../../views/history-screen/history-view.ts';
import {keySpec} from '../keys/key-table.ts';
import {defineScreen} from './define-screen.ts';
import {logsScreen} from './logs/logs-screen.ts';
import {logsAt} from './logs/logs-state.ts';
import {noLongerWindow, noShorterWindow} from './panels/chosen-window.ts';
import {type Refused, refuse, type ScreenContext, type ScreenKey, stay} from './screen.ts';
import {whole, wholeSize} from './screen-place.ts';
import {untilEdge} from './scrolling.ts';

const ENDS_NOW = 'the window ends now already';

/** The window begins with the oldest that is kept. */
function nothingOlder(state: HistoryChoice, {nowMs}: ScreenContext): Refused | null {
  const beginMs = (state.endMs ?? nowMs) - windowLengthOf(state);
  return state.cursorMs === null && beginMs <= nowMs - MAX_HISTORY_MS ? refuse('nothing older is kept') : null;
}

const keys: readonly ScreenKey<HistoryChoice>[] = [
  untilEdge('this is the last series', {...keySpec('history.next'), press: (state) => stay(withSeries(state, 1))}),
  untilEdge('this is the first series', {
    ...keySpec('history.previous'),
    press: (state) => stay(withSeries(state, -1)),
  }),
  {
    ...keySpec('history.shorter'),
    unavailable: ({window}) => noShorterWindow(window),
    press: (state, {nowMs}) => stay(withWindow(state, -1, nowMs)),
  },
  {
    ...keySpec('history.longer'),
    unavailable: ({window}) => noLongerWindow(window),
    press: (state, {nowMs}) => stay(withWindow(state, 1, nowMs)),
  },
  {
    ...keySpec('history.earlier'),
    unavailable: nothingOlder,
    press: (state, {nowMs}) => stay(movedWindow(state, -1, nowMs)),
  },
  {
    ...keySpec('history.later'),
    unavailable: ({endMs}) => (endMs === null ? refuse(ENDS_NOW) : null),
    press: (state, {nowMs}) => stay(movedWindow(state, 1, nowMs)),
  },
  {
    ...keySpec('history.oldest'),
    unavailable: nothingOlder,
    press: (state, {nowMs}) => stay(atEdge(state, 'oldest', nowMs)),
  },
  untilEdge(ENDS_NOW, {
    ...keySpec('history.now'),
    press: (state, {nowMs}) => stay(atEdge(state, 'now', nowMs)),
  }),
  {...keySpec('history.cursor-left'), press: (state, {nowMs}) => stay(movedCursor(state, -1, nowMs))},
  {...keySpec('history.cursor-right'), press: (state, {nowMs}) => stay(movedCursor(state, 1, nowMs))},
  {
    ...keySpec('history.log'),
    unavailable: ({cursorMs}, {keymap}) =>
      cursorMs === null ? refuse('there is no cursor', `${keymap.shown('history.cursor-left')} sets one.`) : null,
    press: (state, context) => {
      const atMs = state.cursorMs ?? context.nowMs;
      return {kind: 'show', screen: logsScreen.opened(logsAt(atMs, historyScreen.opened(state), context))};
    },
  },
  {...keySpec('history.compare'), press: (state) => stay(withPin(state))},
];

/** Any kept series over a time, with a cursor that reads all of them. */
export const historyScreen = defineScreen<HistoryChoice>({
  kind: 'screen',
  name: 'History',
  tab: {number: 8},
  opener: {...keySpec('screen.history'), open: () => ({state: initialHistory})},
  keys,
  back(state) {
    if (state.cursorMs !== null) return {...state, cursorMs: null};
    if (state.pinned !== null) return {...state, pinned: null};
    return state.endMs === null ? null : {...state, endMs: null};
  },
  list: {next: 'history.next', previous: 'history.previous', columns: LIST_COLUMNS},
  wheel: (state, step) => withSeries(state, step === 'up' ? -1 : 1),
  history: historyQuestion,
  draw(state, context) {
    const {data, nowMs, history, pen} = context;
    const view = historyView({data, choice: state, ...history, nowMs, ...wholeSize(context), glyphs: pen.glyphs});
    return whole('history', view, context);
  },
});
