import type {Event} from '../../api/event-schema.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {cutRow, fit, promptRow, span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import {fittingNote} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import {eventDetails} from './event-details.ts';
import {dayRow, dayText, eventRows, shownEvent} from './event-rows.ts';
import {type EventFilter, shownEvents} from './shown-events.ts';

/** All inputs of the Events screen. */
export type EventsViewInput = {
  /** Oldest first; null before the first were received. */
  readonly events: readonly Event[] | null;
  readonly snapshot: Snapshot | null;
  readonly nowMs: number;
  readonly filter: EventFilter;
  /** Number of the chosen event; null for the newest one. */
  readonly chosen: number | null;
  /** Rows between the top of the list and the chosen event. */
  readonly above: number;
  /** True if the chosen event is shown in full below the list, from a row on. */
  readonly isOpen: boolean;
  readonly offset: number;
  /** The text that is typed for the filter; null while none is. */
  readonly typed: string | null;
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
  /** The keys that show more, and the event in full, as they are shown. */
  readonly moreKey: string;
  readonly openKey: string;
};

/** The screen, and how far what is in it can be moved. */
export type EventsView = {
  readonly view: PanelView;
  /** The chosen event; null where there is none. */
  readonly chosen: Event | null;
  /** Where it is in the list, and how many rows that has. */
  readonly above: number;
  readonly listRows: number;
  /** Of the event in full. */
  readonly maxOffset: number;
  readonly page: number;
  /** The event so many rows or events further down. */
  readonly byRows: (count: number) => Event | null;
  readonly byEvents: (count: number) => Event | null;
};

const TITLE = 'Events';
const MAX_MESSAGE_ROWS = 4;
const MARK_COLUMNS = 2;
/** Rows of the list next to an event in full. */
const LEAST_LIST_ROWS = 4;

/** Events by day, the newest first, and the chosen one in full. */
export function eventsView(input: EventsViewInput): EventsView {
  const {events, filter, chosen, columns, rows, glyphs, isOpen, typed} = input;
  const shown = shownEvents(events, filter);
  const index = placeOf(chosen, shown);
  const event = shown[index] ?? null;
  const prompt = typed === null ? [] : [promptRow('/', typed)];
  const room = Math.max(1, rows - prompt.length);
  const whole = isOpen && event !== null ? eventDetails(event, input) : [];
  const detailRows = whole.length === 0 ? 0 : Math.min(whole.length, Math.max(1, room - LEAST_LIST_ROWS - 1));
  const listRows = Math.max(1, room - (detailRows === 0 ? 0 : detailRows + 1));
  const blocks = blocksOf(shown, index, columns, glyphs);
  const list = placedList(blocks, index, input.above, listRows, input);
  const maxOffset = whole.length - detailRows;
  const offset = Math.min(input.offset, maxOffset);
  const filled = shown.length === 0 ? [[span(emptyText(events), 'dim')]] : list.rows;
  const details = detailRows === 0 ? [] : [[], ...whole.slice(offset, offset + detailRows)];
  const more = detailRows === 0 ? list.isMore : offset < maxOffset;
  return {
    chosen: event,
    above: list.above,
    listRows,
    maxOffset,
    page: Math.max(1, detailRows - 1),
    byRows: (count) => shown[indexAt(blocks, list.chosenStart + count)] ?? null,
    byEvents: (count) => shown[Math.min(shown.length - 1, Math.max(0, index + count))] ?? null,
    view: {
      title: TITLE,
      titleNote: noteOf(input, shown.length, index, more),
      tone: 'normal',
      rows: fit([...filled, ...details, ...prompt], columns, rows, glyphs),
    },
  };
}

/** The place of the chosen event; of the next newer one that is known where it is gone. */
function placeOf(chosen: number | null, shown: readonly Event[]): number {
  if (chosen === null) return 0;
  return Math.max(
    0,
    shown.findLastIndex(({id}) => id >= chosen),
  );
}

/** The rows of an event, with its day before the first one of that. */
type Block = {readonly start: number; readonly rows: readonly Row[]};

function blocksOf(shown: readonly Event[], chosen: number, columns: number, glyphs: GlyphSet): readonly Block[] {
  let start = 0;
  return shown.map((event, index) => {
    const before = shown[index - 1];
    const isNewDay = before === undefined || dayText(before.atMs) !== dayText(event.atMs);
    const own = rowsOf(event, columns - MARK_COLUMNS, glyphs).map(
      (row, line): Row => [span(index === chosen && line === 0 ? '> ' : '  ', 'accent'), ...row],
    );
    const rows = isNewDay ? [dayRow(event.atMs), ...own] : own;
    const block = {start, rows};
    start += rows.length;
    return block;
  });
}

/** Up to 500 events are wrapped for every frame and for every key of the footer: each once per width. */
const wrappedEvents = new WeakMap<
  Event,
  {readonly columns: number; readonly glyphs: GlyphSet; readonly rows: readonly Row[]}
>();

function rowsOf(event: Event, columns: number, glyphs: GlyphSet): readonly Row[] {
  const known = wrappedEvents.get(event);
  if (known?.columns === columns && known.glyphs === glyphs) return known.rows;
  const rows = eventRows(shownEvent(event), {columns, maxMessageRows: MAX_MESSAGE_ROWS, glyphs});
  wrappedEvents.set(event, {columns, glyphs, rows});
  return rows;
}

function indexAt(blocks: readonly Block[], row: number): number {
  return Math.max(
    0,
    blocks.findLastIndex(({start}) => start <= row),
  );
}

/** So many rows of the list, with the chosen event so far below their top as there is room for; a cut event has an ellipsis. */
function placedList(
  blocks: readonly Block[],
  chosen: number,
  above: number,
  count: number,
  {columns, glyphs}: EventsViewInput,
) {
  const all = blocks.flatMap(({rows}) => rows);
  const block = blocks[chosen] ?? {start: 0, rows: []};
  const wanted = Math.max(0, Math.min(above, count - block.rows.length));
  const start = Math.max(0, Math.min(block.start - wanted, all.length - count));
  const end = start + count;
  const rows = all.slice(start, end);
  const last = rows.at(-1);
  const isCut = end < all.length && !blocks.some((each) => each.start === end);
  return {
    rows:
      isCut && last !== undefined
        ? [...rows.slice(0, -1), cutRow([...last, span(` ${glyphs.ellipsis}`, 'dim')], columns, glyphs)]
        : rows,
    above: block.start - start,
    chosenStart: block.start,
    isMore: start + count < all.length,
  };
}

function emptyText(events: readonly Event[] | null): string {
  if (events === null) return 'no events read yet';
  return events.length === 0 ? 'no events yet' : 'no event passes the filter';
}

function noteOf(input: EventsViewInput, count: number, index: number, hasMore: boolean): string {
  const {events, filter, chosen, moreKey, openKey, isOpen} = input;
  const all = events?.length ?? 0;
  const {level, text} = filter;
  const filters = [
    ...(level === null ? [] : [level === 'critical' ? 'only critical' : 'only warnings and critical']),
    ...(text === '' ? [] : [`only /${text}`]),
  ];
  const whole = countedText(all, 'event');
  const isPlaced = chosen !== null && count > 0;
  const size = isPlaced
    ? [`event ${index + 1} of ${count}`, ...(filters.length === 0 ? [] : [`${all} in all`])].join(', ')
    : filters.length === 0
      ? whole
      : `${count} of ${whole}`;
  const more = hasMore ? `; ${moreKey} for ${isOpen ? 'more' : 'older'}` : '';
  const details = isOpen || count === 0 ? '' : `; ${openKey} for details`;
  return fittingNote(input, TITLE, [
    [...filters, size, 'newest first'].join(', ') + details + more,
    [...filters, size].join(', ') + details + more,
    [...filters, size].join(', ') + more,
    [...filters, size].join(', '),
    size,
  ]);
}
