import {existsSync, statSync} from 'node:fs';
import type {DatabaseSync} from 'node:sqlite';
import {pathToFileURL} from 'node:url';
import type {ApiError} from '../../api/commands.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {columnsIn} from '../columns-in.ts';
import {loadSqlite, messageOf, newer} from '../open-database.ts';
import {HISTORY_SCHEMA_VERSION} from '../schema.ts';

const BUSY_TIMEOUT_MS = 250;

/** What `read` finds in an existing history file that is opened only to be read. The error names the file. */
export function readPastDatabase<T>(path: string, read: (database: DatabaseSync) => T): Result<T, ApiError> {
  let database: DatabaseSync | null = null;
  try {
    // SQLite would wait for the other end of a pipe.
    if (!statSync(path).isFile()) throw new Error('it is not a file');
    database = openPast(path);
    return ok(read(database));
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

/**
 * The same of a file that has a ledger; null without a file. One of another version is an error: `history.newer`, or
 * `history.older` until a supervisor has converted it.
 */
export function readPastLedger<T>(path: string, read: (database: DatabaseSync) => T): Result<T | null, ApiError> {
  if (!existsSync(path)) return ok(null);
  const found = readPastDatabase(path, (database): Result<T, ApiError> => {
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version > HISTORY_SCHEMA_VERSION) return err(newer(path, version));
    if (columnsIn(database, 'ledger_clock').size === 0) return err(older(path));
    return ok(read(database));
  });
  return found.ok ? found.value : found;
}

function older(path: string): ApiError {
  return {
    code: 'history.older',
    message: `${path} was written by an earlier Gantry, whose ledger has another form.`,
    remedy: 'Start the supervisor, as gantry up or gantry does: it converts the file and keeps all that is in it.',
  };
}

/** Throws as SQLite does. */
function openPast(path: string): DatabaseSync {
  const {DatabaseSync} = loadSqlite();
  const database = new DatabaseSync(path, {readOnly: true});
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}; SELECT name FROM sqlite_master LIMIT 1`);
    return database;
  } catch (error) {
    database.close();
    if (existsSync(`${path}-wal`)) throw error;
    // In a directory where SQLite can create nothing it cannot share the file: it is read as one that nobody changes.
    const url = pathToFileURL(path);
    url.searchParams.set('immutable', '1');
    return new DatabaseSync(url, {readOnly: true});
  }
}
