import type {HistoryStore} from '../../../history/history-store.ts';
import {err} from '../../../shared/result.ts';
import type {ConfigurationInForce} from '../../configuration/configuration-in-force.ts';
import type {Clock} from '../../loop/clock.ts';
import type {ServerHandlers} from '../../server/server-handlers.ts';
import type {World} from '../../world.ts';
import {ledgerTermsOf} from '../ledger-terms.ts';

const notOpen = {
  code: 'cost.no-ledger',
  message: 'The supervisor could not open the ledger, which is in the history file: what it has cannot be read.',
  remedy:
    'gantry status says why. Once that is mended, run gantry supervisor restart: what was used meanwhile is kept and booked then; the engine keeps serving.',
};

/** What was used and spent until now, billed as the configuration in force says; an error while the history is in memory only. */
export function createCostReader(
  {simulated}: Pick<World, 'simulated'>,
  configuration: Pick<ConfigurationInForce, 'current'>,
  {ledger, isLasting}: Pick<HistoryStore, 'ledger' | 'isLasting'>,
  clock: Pick<Clock, 'nowMs'>,
): ServerHandlers['getCost'] {
  return async (query) => {
    if (!isLasting) return err(notOpen);
    const {billedSinceMs, billedUntilMs} = ledgerTermsOf(configuration.current);
    return ledger.costText(query, {
      simulated,
      nowMs: clock.nowMs(),
      billed: {sinceMs: billedSinceMs, untilMs: billedUntilMs},
    });
  };
}
