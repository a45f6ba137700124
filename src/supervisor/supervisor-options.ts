import type {HistoryStore} from '../history/open-history.ts';
import type {ValueDigests} from './access/value-digests.ts';
import type {BenchDesk} from './bench/bench-desk.ts';
import type {ConfigurationSource} from './configuration/active-configuration.ts';
import type {RunCommands} from './configuration/run-commands.ts';
import type {Clock} from './loop/clock.ts';
import type {Observer} from './snapshot/observer.ts';
import type {Directories} from './state-dir/directories.ts';
import type {JournalEntry} from './state-dir/journal-entry.ts';
import type {Journal} from './state-dir/open-journal.ts';
import type {World} from './world.ts';

export type SupervisorOptions = {
  readonly directories: Directories;
  readonly environment: NodeJS.ProcessEnv;
  readonly version: string;
  readonly world: World;
  readonly configuration: ConfigurationSource;
};

/** Dependencies of a supervisor. */
export type SupervisorParts = {
  readonly observer: Observer;
  readonly journal: Journal;
  readonly entries: readonly JournalEntry[];
  /** The commands of the runs in the journal. */
  readonly commands: RunCommands;
  readonly history: HistoryStore;
  readonly clock: Clock;
  readonly bench: BenchDesk;
  readonly digests: ValueDigests;
};
