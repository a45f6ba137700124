import {existsSync} from 'node:fs';
import type {DatabaseSync} from 'node:sqlite';
import type {ApiError} from '../api/commands.ts';
import type {PlanOutcome} from '../domain/memory/plan/plan-outcome.ts';
import {err, ok, type Result} from '../shared/result.ts';
import {loadSqlite, messageOf} from './open-database.ts';
import {selectOutcomes} from './record-tables.ts';

const BUSY_TIMEOUT_MS = 250;

/**
 * Plan outcomes of earlier starts, the newest first, read from a history file that the supervisor may be writing. A
 * missing file, or one from before outcomes existed, has none.
 */
export function readOutcomes(path: string, limit: number): Result<readonly PlanOutcome[], ApiError> {
  if (!existsSync(path)) return ok([]);
  let database: DatabaseSync | null = null;
  try {
    database = new (loadSqlite().DatabaseSync)(path, {readOnly: true});
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const table = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'plan_outcomes'")
      .get();
    return ok(table === undefined ? [] : selectOutcomes(database, limit));
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
