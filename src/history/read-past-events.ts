import {existsSync} from 'node:fs';
import type {DatabaseSync} from 'node:sqlite';
import type {ApiError} from '../api/commands.ts';
import type {Event, EventsQuery} from '../api/event-schema.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {selectEvents} from './event-table.ts';
import {loadSqlite, messageOf} from './open-database.ts';

const BUSY_TIMEOUT_MS = 250;

/**
 * Events of a history file, oldest first; works without a supervisor. A missing file has none; one from before events
 * had actors has no readable events until the supervisor has opened it.
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
      remedy: 'Check the owner of the file. A damaged file is moved aside when the supervisor starts.',
    });
  } finally {
    database?.close();
  }
}
