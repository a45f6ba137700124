import type {ApiError} from '../../api/commands.ts';
import type {CostDocument, CostQuery} from '../../api/cost/cost-values.ts';
import type {Result} from '../../shared/result.ts';
import {type CostReading, costSteps} from '../ledger/read-cost.ts';
import {resultOf} from '../steps.ts';
import {readPastLedger} from './past-database.ts';

/**
 * What was used and spent in a time, from a history file that nobody needs to write; null without a file. A file of another
 * version is an error.
 */
export function readPastCost(
  path: string,
  query: CostQuery,
  about: CostReading,
): Result<CostDocument | null, ApiError> {
  return readPastLedger(path, (database) => resultOf(costSteps(database, query, about)));
}
