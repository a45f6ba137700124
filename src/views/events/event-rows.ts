import type {Event} from '../../api/event-schema.ts';
import {clockText, utcText} from '../../shared/quantities/moments.ts';
import {padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {severityLabel, severityTones} from '../format/names.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';

/** Width for events, and the maximum rows per message. */
export type EventSpace = {readonly columns: number; readonly maxMessageRows: number; readonly glyphs: GlyphSet};

const TIME_COLUMNS = 10;
const ACTOR_COLUMNS = 12;
const CODE_COLUMNS = 20;
/** Below this width the code is omitted: the message has the same information. */
const WITH_CODE_COLUMNS = 100;

/** Prefix for warnings and critical events, so that meaning does not depend on color. */
function markOf(severity: Event['severity'], glyphs: GlyphSet): string {
  if (severity === 'info') return '';
  const label = `${severityLabel(severity, glyphs)} `;
  return severity === 'critical' ? label.toUpperCase() : label;
}

const messageTones: Readonly<Record<Event['severity'], Tone>> = {
  critical: 'strong',
  warning: 'strong',
  info: 'normal',
};

/** `2026-11-24 UTC`: the day of the events below. */
export function dayRow(atMs: number): Row {
  return [span(`${dayText(atMs)} UTC`, 'title')];
}

/** The day of an event, `2026-11-24`. */
export function dayText(atMs: number): string {
  return utcText(atMs).slice(0, 10);
}

/** The actors as people call them: nobody asked for what the restart policy does. */
const actorNames: Readonly<Record<Event['actor'], string>> = {
  operator: 'operator',
  policy: 'automatic',
  engine: 'engine',
  supervisor: 'supervisor',
  host: 'host',
};

/** An event: time, actor and message, on as many rows as needed. */
export function eventRows({atMs, actor, client, code, message, severity}: ShownEvent, space: EventSpace): Row[] {
  const {columns, maxMessageRows, glyphs} = space;
  const hasCode = columns >= WITH_CODE_COLUMNS;
  const head: Row = [
    span(padText(clockText(atMs), TIME_COLUMNS), 'dim'),
    span(padText(client ?? actorNames[actor], ACTOR_COLUMNS), actor === 'operator' ? 'accent' : 'normal'),
    ...(hasCode ? [span(padText(code, CODE_COLUMNS), 'dim')] : []),
  ];
  const indent = TIME_COLUMNS + ACTOR_COLUMNS + (hasCode ? CODE_COLUMNS : 0);
  const mark = markOf(severity, glyphs);
  const room = Math.max(10, columns - indent);
  const [first = [], ...rest] = wrapText(mark + message, messageTones[severity], room, maxMessageRows, glyphs);
  return [[...head, ...marked(first, mark, severity)], ...rest.map((row): Row => [span(' '.repeat(indent)), ...row])];
}

/** Who did it, with the client and the terminal of an operator: `operator, console on pts/3`. */
export function actorText({actor, details}: Event): string {
  const {client, terminal} = details;
  if (typeof client !== 'string') return actorNames[actor];
  return `${actorNames[actor]}, ${client}${typeof terminal === 'string' ? ` on ${terminal}` : ''}`;
}

/** The displayed parts of an event. */
export type ShownEvent = Pick<Event, 'atMs' | 'actor' | 'code' | 'message' | 'severity'> & {
  /** The operator's client, shown instead of the actor. */
  readonly client?: string;
};

/** An event for display: an operator's event has its client. */
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
