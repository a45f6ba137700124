import {type EventsView, eventsView} from '../../views/events/events-view.ts';
import {logView} from '../../views/panels/log.ts';
import {keySpec} from '../keys/key-table.ts';
import {defineScreen, type ScreenContext} from './screen.ts';
import {filled, wholeSize} from './screen-place.ts';
import {pageOf, scrolledOffset, scrollKeys, WHEEL_ROWS} from './scrolling.ts';

type EventsState = {
  /** Rows scrolled out at the top. */
  readonly offset: number;
};

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
    open: () => ({state: {offset: 0}}),
  },
  keys: scrollKeys<EventsState>((state, step, context) => {
    const page = pageOf(wholeSize(context).rows);
    return {offset: scrolledOffset(state.offset, step, page, viewOf(state, context).maxOffset)};
  }),
  wheel: ({offset}, step, _, context) => ({
    offset: scrolledOffset(offset, step, WHEEL_ROWS, viewOf({offset}, context).maxOffset),
  }),
  draw: (state, context) => filled('events', viewOf(state, context).view, context, {id: 'log', view: logView}),
});

function lookOf({pen, keymap}: ScreenContext) {
  return {glyphs: pen.glyphs, moreKey: keymap.shown('scroll.down')};
}

function viewOf({offset}: EventsState, context: ScreenContext): EventsView {
  return eventsView({events: context.data.events, offset, ...wholeSize(context), ...lookOf(context)});
}
