import type {Event} from '../../api/event-schema.ts';
import {padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {severityTones} from '../format/names.ts';
import {utcText} from '../format/times.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';

/** Where events are written: how wide, and on how many rows a message may run. */
export type EventSpace = {readonly columns: number; readonly maxMessageRows: number; readonly glyphs: GlyphSet};

const TIME_COLUMNS = 10;
const ACTOR_COLUMNS = 12;
const CODE_COLUMNS = 20;
/** Narrower than this the code is left out: the message says the same in words. */
const WITH_CODE_COLUMNS = 100;

/** What stands before the message of an event that is no good news: color alone says it to nobody without color. */
const marks: Readonly<Record<Event['severity'], string>> = {critical: 'CRITICAL ', warning: 'warning ', info: ''};
const messageTones: Readonly<Record<Event['severity'], Tone>> = {
  critical: 'strong',
  warning: 'strong',
  info: 'normal',
};

/** `2026-11-24 UTC`: the day that the events below it are of. */
export function dayRow(atMs: number): Row {
  return [span(`${dayText(atMs)} UTC`, 'title')];
}

/** The day an event is of, `2026-11-24`. */
export function dayText(atMs: number): string {
  return utcText(atMs).slice(0, 10);
}

/** An event: when, by whom, and what happened, on as many rows as that takes. */
export function eventRows({atMs, actor, client, code, message, severity}: ShownEvent, space: EventSpace): Row[] {
  const {columns, maxMessageRows, glyphs} = space;
  const hasCode = columns >= WITH_CODE_COLUMNS;
  const head: Row = [
    span(padText(utcText(atMs).slice(11, 19), TIME_COLUMNS), 'dim'),
    span(padText(client ?? actor, ACTOR_COLUMNS), actor === 'operator' ? 'accent' : 'normal'),
    ...(hasCode ? [span(padText(code, CODE_COLUMNS), 'dim')] : []),
  ];
  const indent = TIME_COLUMNS + ACTOR_COLUMNS + (hasCode ? CODE_COLUMNS : 0);
  const mark = marks[severity];
  const room = Math.max(10, columns - indent);
  const [first = [], ...rest] = wrapText(mark + message, messageTones[severity], room, maxMessageRows, glyphs);
  return [[...head, ...marked(first, mark, severity)], ...rest.map((row): Row => [span(' '.repeat(indent)), ...row])];
}

/** What of an event is shown. */
export type ShownEvent = Pick<Event, 'atMs' | 'actor' | 'code' | 'message' | 'severity'> & {
  /** The client an operator used, in place of the word. */
  readonly client?: string;
};

/** An event as it is shown: an operator's with the client it came through. */
export function shownEvent(event: Event): ShownEvent {
  const {client} = event.details;
  return event.actor === 'operator' && typeof client === 'string' && client.length < ACTOR_COLUMNS
    ? {...event, client}
    : event;
}

function marked(row: Row, mark: string, severity: Event['severity']): Row {
  const [only] = row;
  if (mark === '' || only === undefined) return row;
  return [span(mark, severityTones[severity]), {...only, text: only.text.slice(mark.length)}];
}
