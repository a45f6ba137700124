import type {HistoryStore} from '../../../history/history-store.ts';
import type {ConfigurationInForce} from '../../configuration/configuration-in-force.ts';
import type {Clock} from '../../loop/clock.ts';
import type {ServerHandlers} from '../../server/server-handlers.ts';
import type {World} from '../../world.ts';
import {ledgerTermsOf} from '../ledger-terms.ts';

/** What was used and spent until now, billed as the configuration in force says. */
export function createCostReader(
  {simulated}: Pick<World, 'simulated'>,
  configuration: Pick<ConfigurationInForce, 'current'>,
  {ledger}: Pick<HistoryStore, 'ledger'>,
  clock: Pick<Clock, 'nowMs'>,
): ServerHandlers['getCost'] {
  return (query) => {
    const {billedSinceMs, billedUntilMs} = ledgerTermsOf(configuration.current);
    return ledger.cost(query, {
      simulated,
      nowMs: clock.nowMs(),
      billed: {sinceMs: billedSinceMs, untilMs: billedUntilMs},
    });
  };
}
