import type {DatabaseSync} from 'node:sqlite';
import {z} from 'zod';
import {type Event, type EventsQuery, eventSchema, MAX_EVENTS, type NewEvent} from '../api/event-schema.ts';
import {prepared} from './prepared.ts';

const rowsSchema = z.array(z.looseObject({details: z.string()}));

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
export function selectEvents(database: DatabaseSync, {sinceMs, limit}: EventsQuery): Event[] {
  const sql = `SELECT id, at_ms AS atMs, code, severity, actor, message, run_id AS runId, details FROM events
    WHERE at_ms >= ? ORDER BY id DESC LIMIT ?`;
  const rows = rowsSchema.parse(prepared(database, sql).all(Math.trunc(sinceMs), limit));
  return rows
    .flatMap(({details, ...row}) => {
      const event = eventSchema.safeParse({...row, details: parseOrNull(details)});
      return event.success ? [event.data] : [];
    })
    .reverse();
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
