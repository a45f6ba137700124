import type {PriceBook} from '../../domain/cost/price-book.ts';
import type {ActiveConfiguration} from '../configuration/active-configuration.ts';
import type {SupervisorOptions} from '../supervisor-options.ts';

/** A supervisor and its node. */
export type SupervisorFacts = {
  readonly pid: number;
  readonly version: string;
  readonly startedAtMs: number;
  readonly socketPath: string;
  readonly nvidiaSmiPath: string;
  readonly simulated: boolean;
  readonly hostname: string;
  readonly prices: PriceBook;
};

/** What snapshots say of a supervisor with these options, as configured now. */
export function supervisorFacts(
  {world, version, directories}: SupervisorOptions,
  {nvidiaSmiPath, prices}: ActiveConfiguration,
  process: Pick<SupervisorFacts, 'pid' | 'hostname' | 'startedAtMs'>,
): SupervisorFacts {
  return {
    ...process,
    version,
    socketPath: directories.socketPath,
    nvidiaSmiPath,
    simulated: world.simulated,
    prices,
  };
}
