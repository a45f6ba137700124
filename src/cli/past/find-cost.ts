import type {ApiError} from '../../api/commands.ts';
import type {CostDocument, CostQuery} from '../../api/cost/cost-values.ts';
import {toNodeBilling} from '../../config/schema/node-cost-schema.ts';
import {readPastCost} from '../../history/past/read-past-cost.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import type {Wiring} from '../wiring.ts';
import {historyPath} from './history-path.ts';

/**
 * What was used and spent: from the supervisor; without one, from the history of this node or, if it has none, of the simulated
 * node. Null where there is no history at all.
 */
export async function findCost(
  {client, directories, configuration}: Pick<Wiring, 'client' | 'directories' | 'configuration'>,
  query: CostQuery,
  nowMs: number,
): Promise<Result<CostDocument | null, ApiError>> {
  const present = await client.getCost(query);
  if (present.ok) return present;
  if (present.error.code === 'api.unknown-path') return err(olderSupervisor());
  if (present.error.code !== 'supervisor.unavailable') return present;
  const {billedSinceMs: sinceMs, billedUntilMs: untilMs} = toNodeBilling(configuration.cost);
  const billed = {sinceMs, untilMs};
  const read = (simulated: boolean): Result<CostDocument | null, ApiError> =>
    readPastCost(historyPath(directories.dataDir, simulated), query, {simulated, nowMs, billed});
  const real = read(false);
  if (!real.ok || (real.value !== null && real.value.coveredUntilMs !== null)) return real;
  const simulated = read(true);
  return simulated.ok ? ok(simulated.value ?? real.value) : simulated;
}

function olderSupervisor(): ApiError {
  return {
    code: 'supervisor.older',
    message: 'The supervisor that runs is of an earlier Gantry, which has no ledger to read.',
    remedy: 'Run gantry supervisor restart; the engine keeps serving.',
  };
}
