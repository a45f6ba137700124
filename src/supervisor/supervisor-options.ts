import type {PriceBook} from '../domain/cost/price-book.ts';
import type {FindingThresholds} from '../domain/diagnosis/conditions/finding-thresholds.ts';
import type {RestartPolicy} from '../domain/lifecycle/restart-policy.ts';
import type {LaunchSettings} from '../domain/settings/launch-settings.ts';
import type {HistoryStore} from '../history/open-history.ts';
import type {Hook} from './hooks/hook.ts';
import type {Clock} from './loop/clock.ts';
import type {LogLimits} from './process/rotate-log.ts';
import type {Observer} from './snapshot/observer.ts';
import type {Directories} from './state-dir/directories.ts';
import type {Journal} from './state-dir/journal.ts';
import type {JournalEntry} from './state-dir/journal-entry.ts';
import type {World} from './world.ts';

export type SupervisorOptions = {
  readonly directories: Directories;
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  readonly world: World;
  readonly configuredSettings: LaunchSettings;
  readonly restartPolicy: RestartPolicy;
  readonly findingThresholds: FindingThresholds;
  readonly hooks: readonly Hook[];
  readonly logLimits: LogLimits;
  readonly prices: PriceBook;
  /** The supervisor exits after this time without an engine and a client. */
  readonly idleExitMs: number;
};

/** Dependencies of a supervisor. */
export type SupervisorParts = {
  readonly observer: Observer;
  readonly journal: Journal;
  readonly entries: readonly JournalEntry[];
  readonly history: HistoryStore;
  readonly clock: Clock;
};
