import {logScreenView} from '../../../views/logs/log-screen-view.ts';
import {noFilter} from '../../../views/logs/shown-lines.ts';
import {type KeyId, keySpec} from '../../keys/key-table.ts';
import {nextLevel, pasted} from '../../keys/prompt-text.ts';
import {defineScreen} from '../define-screen.ts';
import {refuse, type ScreenContext, type ScreenKey, stay} from '../screen.ts';
import {whole, wholeSize} from '../screen-place.ts';
import {edgeReasons, FOLLOWED, untilEdge, WHEEL_ROWS} from '../scrolling.ts';
import {
  atEnd,
  atStart,
  byLines,
  byPages,
  findingOn,
  foundFrom,
  initialLogs,
  isFromStart,
  type LogsState,
  linesToCopy,
  logWant,
  longestLine,
  PAN_COLUMNS,
  paused,
  settled,
} from './logs-state.ts';
import {confirmed, erased, filtered, typing, withCharacter} from './typed-text.ts';

const moves: readonly ScreenKey<LogsState>[] = [
  olderKey('logs.line-up', (state, context) => byLines(state, -1, context)),
  untilEdge(FOLLOWED, {...keySpec('logs.line-down'), press: (state, context) => stay(byLines(state, 1, context))}),
  olderKey('logs.page-up', (state, context) => byPages(state, -1, context)),
  untilEdge(FOLLOWED, {...keySpec('logs.page-down'), press: (state, context) => stay(byPages(state, 1, context))}),
  olderKey('logs.start', atStart),
  {
    ...keySpec('logs.end'),
    unavailable: ({end}) => (end === null ? refuse(FOLLOWED) : null),
    press: (state) => stay(atEnd(state)),
  },
  {
    ...keySpec('logs.left'),
    unavailable: ({left}) => (left === 0 ? refuse('this is the beginning of the lines') : null),
    press: (state) => stay({...state, left: Math.max(0, state.left - PAN_COLUMNS)}),
  },
  {
    ...keySpec('logs.right'),
    unavailable: (state, context) => {
      if (state.isWrapped)
        return refuse('wrapped lines are shown whole', `${context.keymap.shown('logs.wrap')} shows each on one row.`);
      const {columns} = wholeSize(context);
      return longestLine(state, context) <= state.left + columns ? refuse('this is the end of the longest line') : null;
    },
    press: (state) => stay({...state, left: state.left + PAN_COLUMNS}),
  },
];

const levels = [null, 'warning', 'error'] as const;

const filters: readonly ScreenKey<LogsState>[] = [
  {...keySpec('logs.pattern'), press: (state) => stay(typing(state, 'pattern', state.filter.pattern))},
  {
    ...keySpec('logs.level'),
    press: (state) => stay(filtered(state, {level: nextLevel(levels, state.filter.level)})),
  },
  {...keySpec('logs.rank'), press: (state) => stay(typing(state, 'rank', ''))},
  {...keySpec('logs.requests'), press: (state) => stay({...state, foldsRequests: !state.foldsRequests})},
  {...keySpec('logs.repeated'), press: (state) => stay({...state, foldsRepeated: !state.foldsRepeated})},
];

const keys: readonly ScreenKey<LogsState>[] = [
  {
    ...keySpec('logs.confirm'),
    hintIn: ({typed, origin}) => (typed === null ? (origin === null ? 'finding' : 'back') : typedHints[typed.kind]),
    unavailable: (state, context) =>
      state.typed === null && state.origin === null && findingOn(state, context) === null
        ? refuse('nothing is typed, and no line here led to a finding', searchHint(context))
        : null,
    press: confirmed,
  },
  {
    ...keySpec('logs.erase'),
    unavailable: ({typed}, context) => (typed === null ? refuse('nothing is typed', searchHint(context)) : null),
    press: (state) => stay(erased(state)),
  },
  {...keySpec('logs.search'), press: (state) => stay(typing(state, 'search', ''))},
  matchKey('logs.older-match', -1),
  matchKey('logs.newer-match', 1),
  {
    ...keySpec('logs.pause'),
    press: (state, context) => stay(state.end === null ? paused(state, context) : atEnd(state)),
  },
  {
    ...keySpec('logs.open-file'),
    unavailable: (_, {pagerRefusal}) =>
      pagerRefusal === null ? null : refuse(`cannot open the file of the log: ${pagerRefusal}`),
    press: ({end}) => ({kind: 'page', atBytes: end}),
  },
  {...keySpec('logs.time'), press: (state) => stay(typing(state, 'time', ''))},
  ...filters,
  {...keySpec('logs.wrap'), press: (state) => stay({...state, isWrapped: !state.isWrapped, left: 0})},
  ...moves,
];

/** The engine's log in the whole window. */
export const logsScreen = defineScreen<LogsState>({
  kind: 'screen',
  name: 'Logs',
  tab: {number: 6},
  opener: {...keySpec('screen.logs'), open: () => ({state: initialLogs})},
  // What was looked for may have been found since the last key.
  keys: keys.map(({press, unavailable = () => null, ...key}) => ({
    ...key,
    unavailable: (state, context) => unavailable(settled(state, context), context),
    press: (state, context) => press(settled(state, context), context),
  })),
  type: withCharacter,
  prompt: {
    isOpen: ({typed}) => typed !== null,
    keys: ['logs.confirm', 'logs.erase'],
    closed: (state) => ({...state, typed: null}),
  },
  paste({typed, ...state}, given) {
    const text = pasted(given);
    return typed === null || text === null ? null : {...state, typed: {...typed, text}};
  },
  origin: ({origin, ...state}) => (origin === null ? null : {to: origin, left: {...state, origin: null}}),
  back(before, context) {
    const state = settled(before, context);
    if (state.seek !== null) return {...state, seek: null};
    if (state.query !== '') return {...state, query: '', match: null};
    if (state.filter !== noFilter) return {...state, filter: noFilter};
    return state.end === null && state.left === 0 ? null : {...atEnd(state), left: 0};
  },
  wheel: (state, step, _, context) => byLines(state, step === 'up' ? -WHEEL_ROWS : WHEEL_ROWS, context),
  copy: linesToCopy,
  finding: findingOn,
  log: logWant,
  draw(state, context) {
    const {data, nowMs, pen, log, keymap} = context;
    const input = {data, nowMs, glyphs: pen.glyphs, ...wholeSize(context), keyOf: keymap.shown, options: {}};
    return whole('logs', logScreenView(input, settled(state, context), log), context);
  },
});

/** A key that moves to older lines; at the first one it says so. Where older ones are still read, it does nothing. */
function olderKey(id: KeyId, moved: (state: LogsState, context: ScreenContext) => LogsState): ScreenKey<LogsState> {
  const key: ScreenKey<LogsState> = {...keySpec(id), press: (state, context) => stay(moved(state, context))};
  const {press} = untilEdge(edgeReasons.start, key);
  return {...key, press: (state, context) => (isFromStart(state, context) ? press : key.press)(state, context)};
}

/** What Enter does with the typed text. */
const typedHints = {search: 'search', pattern: 'filter', rank: 'filter', time: 'go to'} as const;

function searchHint({keymap}: ScreenContext): string {
  return `${keymap.shown('logs.search')} begins a search.`;
}

function matchKey(id: KeyId, step: 1 | -1): ScreenKey<LogsState> {
  return {
    ...keySpec(id),
    unavailable: ({query}, context) => (query === '' ? refuse('nothing is searched', searchHint(context)) : null),
    press: (state, context) => {
      const found = foundFrom(state, step, false, context);
      return found === null ? refuse(`no ${step === 1 ? 'newer' : 'older'} line has "${state.query}"`) : stay(found);
    },
  };
}
