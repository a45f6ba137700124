import {statSync} from 'node:fs';
import type {DatabaseSync} from 'node:sqlite';
import type {ApiError} from '../../api/commands.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {loadSqlite, messageOf} from '../open-database.ts';

const BUSY_TIMEOUT_MS = 250;

/** What `read` finds in an existing history file that is opened only to be read. The error names the file. */
export function readPastDatabase<T>(path: string, read: (database: DatabaseSync) => T): Result<T, ApiError> {
  let database: DatabaseSync | null = null;
  try {
    // SQLite would wait for the other end of a pipe.
    if (!statSync(path).isFile()) throw new Error('it is not a file');
    database = new (loadSqlite().DatabaseSync)(path, {readOnly: true});
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
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
