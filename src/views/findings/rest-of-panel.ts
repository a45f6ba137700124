import type {Event} from '../../api/event-schema.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {span} from '../drawing/compose.ts';
import {dayRow, dayText, eventRows, shownEvent} from '../events/event-rows.ts';
import {blank} from '../plan/text-lines.ts';
import type {Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {supportRows} from './finding-details.ts';

const INDENT = '  ';
/** A heading and a single event are not worth a blank row. */
const LEAST_EVENT_ROWS = 4;
const MESSAGE_ROWS = 2;

/** What supports a finding: evidence, threshold, since when; indented below it. */
export function supportBelow(finding: Finding, snapshot: Snapshot, {columns, nowMs, glyphs}: ViewInput): Row[] {
  const space = {snapshot, nowMs, columns: columns - INDENT.length, glyphs};
  return supportRows(finding, space).map((row): Row => [span(INDENT), ...row]);
}

/** The newest events in the rows that are left, in a console; those of another day below its date. */
export function newestEventRows({data, columns, glyphs, keyOf, nowMs, isText}: ViewInput, rows: number): Row[] {
  const events = data.events ?? [];
  if (keyOf === null || isText === true || rows < LEAST_EVENT_ROWS || events.length === 0) return [];
  const shown: Row[] = [blank, [span('newest events', 'dim')]];
  let day = dayText(nowMs);
  for (const event of events.toReversed()) {
    const own = rowsOf(event, day, columns, glyphs);
    if (shown.length + own.length > rows) break;
    day = dayText(event.atMs);
    shown.push(...own);
  }
  return shown.length > 2 ? shown : [];
}

function rowsOf(event: Event, day: string, columns: number, glyphs: ViewInput['glyphs']): Row[] {
  const own = eventRows(shownEvent(event), {columns, maxMessageRows: MESSAGE_ROWS, glyphs});
  return dayText(event.atMs) === day ? own : [dayRow(event.atMs), ...own];
}
