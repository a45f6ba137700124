import {existsSync} from 'node:fs';
import type {ApiError} from '../../api/commands.ts';
import type {PlanOutcome} from '../../domain/memory/plan/plan-outcome.ts';
import {ok, type Result} from '../../shared/result.ts';
import {selectOutcomes} from '../record-tables.ts';
import {readPastDatabase} from './past-database.ts';

/**
 * Plan outcomes of earlier starts, the newest first, read from a history file that the supervisor may be writing. A
 * missing file, or one from before outcomes existed, has none.
 */
export function readOutcomes(path: string, limit: number): Result<readonly PlanOutcome[], ApiError> {
  if (!existsSync(path)) return ok([]);
  return readPastDatabase(path, (database) => {
    const table = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'plan_outcomes'")
      .get();
    return table === undefined ? [] : selectOutcomes(database, limit);
  });
}
