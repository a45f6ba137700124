import type {ApiError} from '../api/commands.ts';
import {ok, type Result} from '../shared/result.ts';
import {HistoryStore} from './history-store.ts';
import {openDatabase} from './open-database.ts';
import {runNotesFile} from './run-notes.ts';

/** Name of the history in the data directory. */
export const HISTORY_FILE = 'history.sqlite';

const NOTES_SUFFIX = '.run';

/**
 * Opens the history at a path (`:memory:` for a temporary one). A damaged file is moved aside under a name that shows
 * it, and a new one is created, with a warning in `warnings`. A file of a newer Gantry (`history.newer`), or one that is
 * not writable (`history.unusable`), is an error.
 */
export function openHistory(options: {readonly path: string}): Result<HistoryStore, ApiError> {
  const opened = openDatabase(options.path);
  if (!opened.ok) return opened;
  const isInMemory = options.path === ':memory:';
  return ok(new HistoryStore(opened.value, isInMemory ? null : runNotesFile(`${options.path}${NOTES_SUFFIX}`)));
}

export type {HistoryStore} from './history-store.ts';
