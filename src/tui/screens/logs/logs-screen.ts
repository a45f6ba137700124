import {logScreenView} from '../../../views/logs/log-screen-view.ts';
import {type KeyId, keySpec} from '../../keys/key-table.ts';
import {defineScreen, refuse, type ScreenKey, stay} from '../screen.ts';
import {whole, wholeSize} from '../screen-place.ts';
import {
  atEnd,
  byLines,
  byPages,
  foundFrom,
  initialLogs,
  type LogsState,
  longestLine,
  PAN_COLUMNS,
  paused,
} from './logs-state.ts';

const keys: readonly ScreenKey<LogsState>[] = [
  {
    ...keySpec('logs.confirm'),
    unavailable: ({typed}) => (typed === null ? refuse('nothing is typed', '/ begins a search.') : null),
    press: (state, context) => {
      const query = state.typed ?? '';
      const searched = {...state, typed: null, query, match: null};
      if (query === '') return stay(searched);
      const found = foundFrom(searched, -1, true, context);
      return found === null ? refuse(`"${query}" is not in the lines of the log that are here`) : stay(found);
    },
  },
  {
    ...keySpec('logs.erase'),
    unavailable: ({typed}) => (typed === null ? refuse('nothing is typed', '/ begins a search.') : null),
    press: (state) => stay({...state, typed: [...(state.typed ?? '')].slice(0, -1).join('')}),
  },
  {...keySpec('logs.search'), press: (state) => stay({...state, typed: ''})},
  matchKey('logs.older-match', -1),
  matchKey('logs.newer-match', 1),
  {...keySpec('logs.pause'), press: (state, {data}) => stay(state.end === null ? paused(state, data) : atEnd(state))},
  {
    ...keySpec('logs.end'),
    unavailable: ({end}) => (end === null ? refuse('the log is followed already') : null),
    press: (state) => stay(atEnd(state)),
  },
  {...keySpec('logs.wrap'), press: (state) => stay({...state, isWrapped: !state.isWrapped, left: 0})},
  {...keySpec('logs.line-up'), press: (state, context) => stay(byLines(state, -1, context))},
  {...keySpec('logs.line-down'), press: (state, context) => stay(byLines(state, 1, context))},
  {...keySpec('logs.page-up'), press: (state, context) => stay(byPages(state, -1, context))},
  {...keySpec('logs.page-down'), press: (state, context) => stay(byPages(state, 1, context))},
  {
    ...keySpec('logs.start'),
    press: (state, context) => stay(byLines(state, Number.NEGATIVE_INFINITY, context)),
  },
  {
    ...keySpec('logs.left'),
    unavailable: ({left}) => (left === 0 ? refuse('this is the beginning of the lines') : null),
    press: (state) => stay({...state, left: Math.max(0, state.left - PAN_COLUMNS)}),
  },
  {
    ...keySpec('logs.right'),
    unavailable: ({isWrapped, left}, context) => {
      if (isWrapped) return refuse('wrapped lines are shown whole', 'W shows each on one row.');
      const {columns} = wholeSize(context);
      return longestLine(context.data) <= left + columns ? refuse('this is the end of the longest line') : null;
    },
    press: (state) => stay({...state, left: state.left + PAN_COLUMNS}),
  },
];

/** Longer texts are not searched. */
const MOST_CHARACTERS = 100;

/** The engine's log in the whole window. */
export const logsScreen = defineScreen<LogsState>({
  kind: 'screen',
  name: 'Logs',
  tab: {number: 6},
  opener: {...keySpec('screen.logs'), open: () => ({state: initialLogs})},
  keys,
  takesText: false,
  type({typed, ...state}, character) {
    if (typed === null || [...character].length !== 1) return null;
    return {...state, typed: [...typed].length < MOST_CHARACTERS ? typed + character : typed};
  },
  paste: (state, text) => (state.typed === null || text.length > MOST_CHARACTERS ? null : {...state, typed: text}),
  back(state) {
    if (state.typed !== null) return {...state, typed: null};
    if (state.query !== '') return {...state, query: '', match: null};
    return state.end === null && state.left === 0 ? null : {...atEnd(state), left: 0};
  },
  draw(state, context) {
    const {data, nowMs, pen} = context;
    const input = {data, nowMs, glyphs: pen.glyphs, ...wholeSize(context), options: {}};
    return whole('logs', logScreenView(input, state), context);
  },
});

function matchKey(id: KeyId, step: 1 | -1): ScreenKey<LogsState> {
  return {
    ...keySpec(id),
    unavailable: ({query}) => (query === '' ? refuse('nothing is searched', '/ begins a search.') : null),
    press: (state, context) => {
      const found = foundFrom(state, step, false, context);
      return found === null ? refuse(`no ${step === 1 ? 'newer' : 'older'} line has "${state.query}"`) : stay(found);
    },
  };
}
