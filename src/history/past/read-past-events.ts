import {existsSync} from 'node:fs';
import type {ApiError} from '../../api/commands.ts';
import type {Event, EventsQuery} from '../../api/event-schema.ts';
import {ok, type Result} from '../../shared/result.ts';
import {selectEvents} from '../event-table.ts';
import {readPastDatabase} from './past-database.ts';

/**
 * Events of a history file, oldest first; works without a supervisor. A missing file has none; one from before events
 * had actors has no readable events until the supervisor has opened it.
 */
export function readPastEvents(path: string, query: EventsQuery): Result<readonly Event[], ApiError> {
  if (!existsSync(path)) return ok([]);
  return readPastDatabase(path, (database) => {
    const column = database.prepare("SELECT name FROM pragma_table_info('events') WHERE name = 'actor'").get();
    return column === undefined ? [] : selectEvents(database, query);
  });
}
