import {type EventsView, eventsView} from '../../../views/events/events-view.ts';
import {type EventFilter, everyEvent, shownEvents} from '../../../views/events/shown-events.ts';
import type {ScreenContext} from '../screen.ts';
import {wholeSize} from '../screen-place.ts';
import {pageOf, type ScrollStep, scrolledOffset, WHEEL_ROWS} from '../scrolling.ts';

/** Which event is chosen, and which are shown. */
export type EventsState = {
  /** Number of the chosen event; null follows the newest one. */
  readonly chosen: number | null;
  /** Rows between the top of the list and the chosen event: newer events do not move it. */
  readonly above: number;
  /** True while the chosen event is shown in full. */
  readonly isOpen: boolean;
  /** Rows of that scrolled out at its top. */
  readonly offset: number;
  readonly filter: EventFilter;
  /** The text that is typed for the filter; null while none is. */
  readonly typed: string | null;
};

/** The newest events. */
export const initialEvents: EventsState = {
  chosen: null,
  above: 0,
  isOpen: false,
  offset: 0,
  filter: everyEvent,
  typed: null,
};

/** The state with no event open where the one that was is gone, or does not pass the filter. */
export function settled(state: EventsState, {data: {events}}: Pick<ScreenContext, 'data'>): EventsState {
  if (!state.isOpen || shownEvents(events, state.filter).some(({id}) => id === state.chosen)) return state;
  return {...state, isOpen: false, offset: 0};
}

/** What is shown, and where. */
export function viewOf(before: EventsState, context: ScreenContext): EventsView {
  const state = settled(before, context);
  const {data, nowMs, pen, keymap} = context;
  const {events, snapshot} = data;
  const keys = {moreKey: keymap.shown('events.page-down'), openKey: keymap.shown('events.open')};
  return eventsView({...state, events, snapshot, nowMs, ...wholeSize(context), glyphs: pen.glyphs, ...keys});
}

/** The state with the next older event chosen, or the next newer one; at the ends it stays. */
export function chosenBy(state: EventsState, step: 1 | -1, context: ScreenContext): EventsState {
  const view = viewOf(state, context);
  return chosenAs(state, view, view.byEvents(step));
}

/** A page of the list, or of the event that is shown in full. */
export function paged(state: EventsState, step: 'up' | 'down', context: ScreenContext): EventsState {
  const view = viewOf(state, context);
  if (state.isOpen) return {...state, offset: scrolledOffset(state.offset, step, view.page, view.maxOffset)};
  const count = pageOf(view.listRows) * (step === 'down' ? 1 : -1);
  const at = view.byRows(count);
  // An event that is longer than a page is left by its neighbour.
  return chosenAs(state, view, at?.id === view.chosen?.id ? view.byEvents(Math.sign(count)) : at);
}

/** The newest event, or the oldest one. */
export function atEdge(
  state: EventsState,
  edge: Extract<ScrollStep, 'start' | 'end'>,
  context: ScreenContext,
): EventsState {
  if (edge === 'start' && !state.isOpen) return {...state, chosen: null, above: 0, offset: 0};
  const view = viewOf(state, context);
  return chosenAs(state, view, view.byEvents(edge === 'start' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY));
}

/** The next event of the list, or some rows of the one that is shown in full. */
export function wheeled(before: EventsState, step: 'up' | 'down', context: ScreenContext): EventsState {
  const state = settled(before, context);
  if (!state.isOpen) return chosenBy(state, step === 'up' ? -1 : 1, context);
  return {...state, offset: scrolledOffset(state.offset, step, WHEEL_ROWS, viewOf(state, context).maxOffset)};
}

/** The state with an event chosen, as far below the top of the list as it was where that stands still. */
function chosenAs(state: EventsState, view: EventsView, event: EventsView['chosen']): EventsState {
  if (event === null || event.id === view.chosen?.id) return state;
  const isNewest = event.id === view.byEvents(Number.NEGATIVE_INFINITY)?.id;
  return {
    ...state,
    // The list follows the newest event; one that is read stays.
    chosen: isNewest && !state.isOpen ? null : event.id,
    offset: 0,
    above: view.above,
  };
}
