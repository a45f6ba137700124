import type {Event} from '../../api/event-schema.ts';
import {fit, span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {PanelView, Row} from '../rows.ts';
import {dayRow, dayText, eventRows, shownEvent} from './event-rows.ts';

/** All inputs of the Events screen. */
export type EventsViewInput = {
  /** Oldest first; null before the first were received. */
  readonly events: readonly Event[] | null;
  /** Rows scrolled out at the top. */
  readonly offset: number;
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
  /** The key that shows more, as it is shown. */
  readonly moreKey: string;
};

/** The screen, and its maximum scroll offset. */
export type EventsView = {readonly view: PanelView; readonly maxOffset: number};

const MAX_MESSAGE_ROWS = 4;

/** Events by day, the newest first. */
export function eventsView({events, offset, columns, rows, glyphs, moreKey}: EventsViewInput): EventsView {
  const lines = linesOf(events, columns, glyphs);
  const maxOffset = Math.max(0, lines.length - rows);
  const start = Math.min(offset, maxOffset);
  return {
    maxOffset,
    view: {
      title: 'Events',
      titleNote: noteOf(events, start < maxOffset ? `; ${moreKey} for older` : ''),
      tone: 'normal',
      rows: fit(lines.slice(start), columns, rows, glyphs),
    },
  };
}

function linesOf(events: readonly Event[] | null, columns: number, glyphs: GlyphSet): Row[] {
  if (events === null) return [[span('no events read yet', 'dim')]];
  if (events.length === 0) return [[span('no events yet', 'dim')]];
  const newestFirst = events.toReversed();
  return newestFirst.flatMap((event, index) => {
    const before = newestFirst[index - 1];
    const isNewDay = before === undefined || dayText(before.atMs) !== dayText(event.atMs);
    const shown = eventRows(shownEvent(event), {columns, maxMessageRows: MAX_MESSAGE_ROWS, glyphs});
    return isNewDay ? [dayRow(event.atMs), ...shown] : shown;
  });
}

function noteOf(events: readonly Event[] | null, more: string): string {
  const count = events?.length ?? 0;
  return `${count} ${count === 1 ? 'event' : 'events'}, newest first${more}`;
}
