import type {DatabaseSync} from 'node:sqlite';
import {z} from 'zod';
import {type Event, type EventsQuery, eventSchema, MAX_EVENTS, type NewEvent} from '../api/event-schema.ts';
import {engineStateSchema} from '../domain/lifecycle/phases.ts';
import {ENGINE_EVENTS, SUPERVISOR_STARTED} from '../domain/lifecycle/starts/state-events.ts';
import {jsonText} from './json-text.ts';
import {prepared} from './prepared.ts';

const rowsSchema = z.array(z.looseObject({details: z.string()}));

const COLUMNS = 'id, at_ms AS atMs, code, severity, actor, message, run_id AS runId, details';
const stateChanges = engineStateSchema.options.map((state) => `'${ENGINE_EVENTS}${state}'`).join(', ');
/** An exit that nobody requested is a change too: the supervisor may have ended before it reported the next state. */
const UNEXPECTED_EXIT = `code = '${ENGINE_EVENTS}exited' AND
  CASE WHEN json_valid(details) THEN json_extract(details, '$.wasRequested') = 0 END`;
/** Events since the last change of state before a time, or since that time where there is none. */
const SINCE_CHANGE = `id >= coalesce(
  (SELECT id FROM events WHERE at_ms < :sinceMs AND (code IN (${stateChanges}) OR ${UNEXPECTED_EXIT}) ORDER BY id DESC LIMIT 1),
  (SELECT min(id) FROM events WHERE at_ms >= :sinceMs))`;
/** How long a supervisor was there before it ended unseen is known by its last event, of whatever kind. */
const ABOUT_STATE = `(code GLOB '${ENGINE_EVENTS}*' OR code = '${SUPERVISOR_STARTED}'
  OR id + 1 IN (SELECT id FROM events WHERE code = '${SUPERVISOR_STARTED}'))`;

/** Adds an event, deletes the oldest beyond ten thousand, and returns its number. */
export function insertEvent(database: DatabaseSync, event: NewEvent): number {
  const {atMs, code, severity, actor, message, runId, details} = event;
  const {lastInsertRowid} = prepared(
    database,
    'INSERT INTO events (at_ms, code, severity, actor, message, run_id, details) VALUES (?, ?, ?, ?, ?, ?, ?)',
  ).run(atMs, code, severity, actor, message, runId, JSON.stringify(details));
  const id = Number(lastInsertRowid);
  prepared(database, 'DELETE FROM events WHERE id <= ?').run(id - MAX_EVENTS);
  return id;
}

/** The newest requested events, oldest first. Events that this version cannot read are skipped. */
export function selectEvents(database: DatabaseSync, {sinceMs, limit, kind}: EventsQuery): Event[] {
  const wanted = kind === 'state' ? `${SINCE_CHANGE} AND ${ABOUT_STATE}` : 'at_ms >= :sinceMs';
  const statement = prepared(database, `SELECT ${COLUMNS} FROM events WHERE ${wanted} ORDER BY id DESC LIMIT :limit`);
  const rows = rowsSchema.parse(statement.all({sinceMs: Math.trunc(sinceMs), limit}));
  return rows
    .flatMap(({details, ...row}) => {
      const event = eventSchema.safeParse({...row, details: jsonText.safeParse(details).data ?? null});
      return event.success ? [event.data] : [];
    })
    .reverse();
}
