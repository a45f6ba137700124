import type {DatabaseSync} from 'node:sqlite';
import type {ApiError} from '../api/commands.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {failure} from './failure.ts';

/** Changes the database as a whole or not at all. */
export function inTransaction(database: DatabaseSync, change: () => void): Result<null, ApiError> {
  try {
    database.exec('BEGIN IMMEDIATE');
    change();
    database.exec('COMMIT');
    return ok(null);
  } catch (error) {
    rollBack(database);
    return err(failure('written', error));
  }
}

function rollBack(database: DatabaseSync): void {
  try {
    database.exec('ROLLBACK');
  } catch {
    // SQLite has rolled back, or the transaction never started: in both cases none is open now.
  }
}
