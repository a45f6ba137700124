import {existsSync} from 'node:fs';
import type {ApiError} from '../../api/commands.ts';
import type {CostDocument, CostQuery} from '../../api/cost/cost-values.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {columnsIn} from '../columns-in.ts';
import {type CostReading, costSteps} from '../ledger/read-cost.ts';
import {newer} from '../open-database.ts';
import {HISTORY_SCHEMA_VERSION} from '../schema.ts';
import {resultOf} from '../steps.ts';
import {readPastDatabase} from './past-database.ts';

/**
 * What was used and spent in a time, from a history file that nobody needs to write; null without a file. A file of another
 * version is an error: `history.newer`, or `history.older` until a supervisor has converted it.
 */
export function readPastCost(
  path: string,
  query: CostQuery,
  about: CostReading,
): Result<CostDocument | null, ApiError> {
  if (!existsSync(path)) return ok(null);
  const read = readPastDatabase(path, (database): Result<CostDocument, ApiError> => {
    const version = Number(database.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
    if (version > HISTORY_SCHEMA_VERSION) return err(newer(path, version));
    if (columnsIn(database, 'ledger_clock').size === 0) return err(older(path));
    return ok(resultOf(costSteps(database, query, about)));
  });
  return read.ok ? read.value : read;
}

function older(path: string): ApiError {
  return {
    code: 'history.older',
    message: `${path} was written by an earlier Gantry, whose ledger has another form.`,
    remedy: 'Start the supervisor, as gantry up or gantry does: it converts the file and keeps all that is in it.',
  };
}
