import {existsSync} from 'node:fs';
import type {DatabaseSync} from 'node:sqlite';
import type {ApiError} from '../api/commands.ts';
import type {Event, EventsQuery} from '../api/events.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {selectEvents} from './event-table.ts';
import {loadSqlite, messageOf} from './open-database.ts';

const BUSY_TIMEOUT_MS = 250;

/**
 * Events of a history file that no supervisor need be writing, oldest first. A file that is not there has none; one of
 * before events had actors has none that can be read until the supervisor has opened it.
 */
export function readPastEvents(path: string, query: EventsQuery): Result<readonly Event[], ApiError> {
  if (!existsSync(path)) return ok([]);
  let database: DatabaseSync | null = null;
  try {
    database = new (loadSqlite().DatabaseSync)(path, {readOnly: true});
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const column = database.prepare("SELECT name FROM pragma_table_info('events') WHERE name = 'actor'").get();
    return ok(column === undefined ? [] : selectEvents(database, query));
  } catch (error) {
    return err({
      code: 'history.not-read',
      message: `The history ${path} cannot be read: ${messageOf(error)}.`,
      remedy: 'Check that the file is yours; a damaged one is moved aside when the supervisor starts.',
    });
  } finally {
    database?.close();
  }
}
