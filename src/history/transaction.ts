import type {DatabaseSync} from 'node:sqlite';
import type {ApiError} from '../api/commands.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {failure} from './failure.ts';

/** Changes the database as a whole or not at all; `explain` makes an error of what was thrown. */
export function inTransaction(
  database: DatabaseSync,
  change: () => void,
  explain: (error: unknown) => ApiError = (error) => failure('written', error),
): Result<null, ApiError> {
  try {
    database.exec('BEGIN IMMEDIATE');
    change();
    database.exec('COMMIT');
    return ok(null);
  } catch (error) {
    rollBack(database);
    return err(explain(error));
  }
}

function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back, or the transaction never started: in both cases none is open now.
  }
}
