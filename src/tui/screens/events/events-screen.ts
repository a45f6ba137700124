import {everyEvent} from '../../../views/events/shown-events.ts';
import {logView} from '../../../views/panels/log.ts';
import {isCharacter} from '../../keys/key-names.ts';
import {keySpec} from '../../keys/key-table.ts';
import {logsScreen} from '../logs/logs-screen.ts';
import {logsAt} from '../logs/logs-state.ts';
import {type Copied, defineScreen, refuse, type ScreenContext, type ScreenKey, stay} from '../screen.ts';
import {filled} from '../screen-place.ts';
import {atEdge, chosenBy, type EventsState, initialEvents, paged, viewOf} from './events-state.ts';

/** Longer texts are not typed. */
const MOST_CHARACTERS = 100;
const levels = [null, 'warning', 'critical'] as const;

const keys: readonly ScreenKey<EventsState>[] = [
  {
    ...keySpec('events.open'),
    unavailable: (state, context) =>
      state.typed === null && viewOf(state, context).chosen === null ? refuse('there is no event to show') : null,
    press: (state, context) => stay(state.typed === null ? opened(state, context) : confirmed(state, state.typed)),
  },
  {
    ...keySpec('events.erase'),
    unavailable: ({typed}, {keymap}) =>
      typed === null ? refuse('nothing is typed', `${keymap.shown('events.filter')} begins a filter.`) : null,
    press: ({typed, ...state}) => stay({...state, typed: [...(typed ?? '')].slice(0, -1).join('')}),
  },
  {
    ...keySpec('events.log'),
    unavailable: (state, context) =>
      viewOf(state, context).chosen === null ? refuse('there is no event to look up in the log') : null,
    press: (state, context) => {
      const atMs = viewOf(state, context).chosen?.atMs ?? context.nowMs;
      return {kind: 'show', screen: logsScreen.opened(logsAt(atMs, eventsScreen.opened(state), context))};
    },
  },
  {...keySpec('events.next'), press: (state, context) => stay(chosenBy(state, 1, context))},
  {...keySpec('events.previous'), press: (state, context) => stay(chosenBy(state, -1, context))},
  {...keySpec('events.page-down'), press: (state, context) => stay(paged(state, 'down', context))},
  {...keySpec('events.page-up'), press: (state, context) => stay(paged(state, 'up', context))},
  {...keySpec('events.newest'), press: (state, context) => stay(atEdge(state, 'start', context))},
  {...keySpec('events.oldest'), press: (state, context) => stay(atEdge(state, 'end', context))},
  {
    ...keySpec('events.level'),
    press(state) {
      const level = levels[(levels.indexOf(state.filter.level) + 1) % levels.length] ?? null;
      return stay(filtered(state, {...state.filter, level}));
    },
  },
  {...keySpec('events.filter'), press: (state) => stay({...state, typed: state.filter.text})},
];

/** The Events screen: what happened, when, why and by whom. */
export const eventsScreen = defineScreen<EventsState>({
  kind: 'screen',
  name: 'Events',
  tab: {
    number: 9,
    news: ({events}, sinceMs) => events?.some(({atMs, severity}) => atMs > sinceMs && severity !== 'info') ?? false,
  },
  opener: {
    ...keySpec('screen.events'),
    open: () => ({state: initialEvents}),
  },
  keys,
  takesText: false,
  type: (state, character) =>
    state.typed === null || !isCharacter(character) ? null : withText(state, state.typed + character),
  // While a text is typed, every other action waits.
  isTextKey: (key, id) => isCharacter(key) && (id === 'events.open' || id === 'events.erase'),
  paste: (state, text) => (state.typed === null ? null : withText(state, text)),
  back(state) {
    if (state.typed !== null) return {...state, typed: null};
    if (state.isOpen) return {...state, isOpen: false};
    if (state.filter !== everyEvent) return filtered(state, everyEvent);
    return state.chosen === null ? null : initialEvents;
  },
  list: {next: 'events.next', previous: 'events.previous'},
  wheel: (state, step, _, context) => chosenBy(state, step === 'up' ? -1 : 1, context),
  copy: copiedEvent,
  finding(state, context) {
    const code = viewOf(state, context).chosen?.details['finding'];
    const isPresent = context.data.snapshot?.findings.some((finding) => finding.code === code) === true;
    return typeof code === 'string' && isPresent ? {code, nth: 0} : null;
  },
  draw: (state, context) => filled('events', viewOf(state, context).view, context, {id: 'log', view: logView}),
});

function opened(state: EventsState, context: ScreenContext): EventsState {
  const {chosen, above} = viewOf(state, context);
  // An event that is read stays chosen when newer ones happen.
  return state.isOpen
    ? {...state, isOpen: false}
    : {...state, isOpen: true, chosen: chosen?.id ?? null, above, offset: 0};
}

function confirmed(state: EventsState, text: string): EventsState {
  return filtered({...state, typed: null}, {...state.filter, text});
}

/** The newest event that passes the filter is chosen; a filter that every event passes is none. */
function filtered(state: EventsState, filter: EventsState['filter']): EventsState {
  const isNone = filter.level === null && filter.text === '';
  return {...state, filter: isNone ? everyEvent : filter, chosen: null, above: 0, offset: 0};
}

function withText(state: EventsState, text: string): EventsState {
  return {...state, typed: [...text].slice(0, MOST_CHARACTERS).join('')};
}

function copiedEvent(state: EventsState, context: ScreenContext): Copied | null {
  const {chosen} = viewOf(state, context);
  return chosen === null
    ? null
    : {what: 'the event', text: `${new Date(chosen.atMs).toISOString()} ${chosen.code}: ${chosen.message}`};
}
