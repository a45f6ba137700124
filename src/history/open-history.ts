import type {ApiError} from '../api/commands.ts';
import {ok, type Result} from '../shared/result.ts';
import {HistoryStore} from './history-store.ts';
import {openDatabase} from './open-database.ts';

/** Name of the history in the data directory. */
export const HISTORY_FILE = 'history.sqlite';

/**
 * Opens the history at a path (`:memory:` for one that is forgotten). A file that is no database, or a damaged one, is
 * moved aside under a name that says so, and a new one begun; `warnings` tells of it. A file of a newer Gantry
 * (`history.newer`), or one that cannot be written (`history.unusable`), is an error.
 */
export function openHistory(options: {readonly path: string}): Result<HistoryStore, ApiError> {
  const opened = openDatabase(options.path);
  return opened.ok ? ok(new HistoryStore(opened.value)) : opened;
}

export type {HistoryStore} from './history-store.ts';
