import {isoText} from '../../../shared/quantities/moments.ts';
import {everyEvent, shownEvents} from '../../../views/events/shown-events.ts';
import {logView} from '../../../views/panels/log.ts';
import {type KeyId, keySpec} from '../../keys/key-table.ts';
import {nextLevel, pasted, withoutLast, withTyped} from '../../keys/prompt-text.ts';
import {defineScreen} from '../define-screen.ts';
import {logsScreen} from '../logs/logs-screen.ts';
import {logsAt} from '../logs/logs-state.ts';
import {type Copied, type Refused, refuse, type ScreenContext, type ScreenKey, stay} from '../screen.ts';
import {filled} from '../screen-place.ts';
import {edgeReasons, untilEdge} from '../scrolling.ts';
import {atEdge, chosenBy, type EventsState, initialEvents, paged, settled, viewOf, wheeled} from './events-state.ts';

const NEWEST = 'this is the newest event';
const OLDEST = 'this is the oldest event';

const levels = [null, 'warning', 'critical'] as const;

const keys: readonly ScreenKey<EventsState>[] = [
  {
    ...keySpec('events.open'),
    hintIn: ({typed, isOpen}) => (typed === null ? (isOpen ? 'close' : 'details') : 'filter'),
    unavailable: (state, context) =>
      state.typed === null && viewOf(state, context).chosen === null ? refuse('there is no event to show') : null,
    press: (state, context) =>
      stay(state.typed === null ? opened(state, context) : confirmed(state, state.typed, context)),
  },
  {
    ...keySpec('events.erase'),
    unavailable: ({typed}, {keymap}) =>
      typed === null ? refuse('nothing is typed', `${keymap.shown('events.filter')} begins a filter.`) : null,
    press: ({typed, ...state}) => stay({...state, typed: withoutLast(typed ?? '')}),
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
  moveKey('events.next', OLDEST, (state, context) => chosenBy(state, 1, context)),
  moveKey('events.previous', NEWEST, (state, context) => chosenBy(state, -1, context)),
  untilEdge(edgeReasons.down, {
    ...keySpec('events.page-down'),
    press: (state, context) => stay(paged(state, 'down', context)),
  }),
  untilEdge(edgeReasons.up, {
    ...keySpec('events.page-up'),
    press: (state, context) => stay(paged(state, 'up', context)),
  }),
  moveKey('events.newest', NEWEST, (state, context) => atEdge(state, 'start', context)),
  moveKey('events.oldest', OLDEST, (state, context) => atEdge(state, 'end', context)),
  {
    ...keySpec('events.level'),
    press: (state, context) =>
      stay(filtered(state, {...state.filter, level: nextLevel(levels, state.filter.level)}, context)),
  },
  {...keySpec('events.filter'), press: (state) => stay({...state, typed: state.filter.text})},
];

/** A key that chooses another event; at the newest and at the oldest one it says so. */
function moveKey(
  id: KeyId,
  edge: string,
  moved: (state: EventsState, context: ScreenContext) => EventsState,
): ScreenKey<EventsState> {
  return untilEdge(edge, {
    ...keySpec(id),
    unavailable: noOther,
    press: (state, context) => stay(moved(state, context)),
  });
}

function noOther({filter}: EventsState, {data}: ScreenContext): Refused | null {
  return shownEvents(data.events, filter).length < 2 ? refuse('there is no other event') : null;
}

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
  // An event that was read may be gone since the last key.
  keys: keys.map(({press, ...key}) => ({...key, press: (state, context) => press(settled(state, context), context)})),
  type: (state, character) => withText(state, state.typed === null ? null : withTyped(state.typed, character)),
  prompt: {
    isOpen: ({typed}) => typed !== null,
    keys: ['events.open', 'events.erase'],
    closed: (state) => ({...state, typed: null}),
  },
  paste: (state, text) => withText(state, state.typed === null ? null : pasted(text)),
  back(before, context) {
    const state = settled(before, context);
    if (state.isOpen) return {...state, isOpen: false};
    if (state.filter !== everyEvent) return filtered(state, everyEvent, context);
    return state.chosen === null ? null : initialEvents;
  },
  list: {next: 'events.next', previous: 'events.previous'},
  wheel: (state, step, panelId, context) => (panelId === PANEL ? wheeled(state, step, context) : state),
  copy: copiedEvent,
  finding(state, context) {
    const code = viewOf(state, context).chosen?.details['finding'];
    const isPresent = context.data.snapshot?.findings.some((finding) => finding.code === code) === true;
    return typeof code === 'string' && isPresent ? {code, nth: 0} : null;
  },
  draw: (state, context) => filled(PANEL, viewOf(state, context).view, context, {id: 'log', view: logView}),
});

/** The panel of the list and of the event in full. */
const PANEL = 'events';

function opened(state: EventsState, context: ScreenContext): EventsState {
  const {chosen, above} = viewOf(state, context);
  // An event that is read stays chosen when newer ones happen.
  return state.isOpen
    ? {...state, isOpen: false}
    : {...state, isOpen: true, chosen: chosen?.id ?? null, above, offset: 0};
}

function confirmed(state: EventsState, text: string, context: ScreenContext): EventsState {
  return filtered({...state, typed: null}, {...state.filter, text}, context);
}

/**
 * An event that is read stays if it passes the filter; otherwise the newest one that does is chosen. A filter that every event passes
 * is none.
 */
function filtered(state: EventsState, wanted: EventsState['filter'], context: ScreenContext): EventsState {
  const filter = wanted.level === null && wanted.text === '' ? everyEvent : wanted;
  const next = settled({...state, filter}, context);
  return next.isOpen ? next : {...next, chosen: null, above: 0, offset: 0};
}

function withText(state: EventsState, text: string | null): EventsState | null {
  return text === null ? null : {...state, typed: text};
}

function copiedEvent(state: EventsState, context: ScreenContext): Copied | null {
  const {chosen} = viewOf(state, context);
  return chosen === null
    ? null
    : {what: 'the event', text: `${isoText(chosen.atMs)} ${chosen.code}: ${chosen.message}`};
}
