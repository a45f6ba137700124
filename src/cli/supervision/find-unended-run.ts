import type {ApiError} from '../../api/commands.ts';
import {ok, type Result} from '../../shared/result.ts';
import type {Directories} from '../../supervisor/state-dir/directories.ts';
import {findAdoptableRun, readJournal} from '../../supervisor/state-dir/journal.ts';

/** A run whose end no supervisor has recorded yet. */
export type UnendedRun = {
  readonly pid: number;
  /** Directory of the simulated node it runs on; null on the real one. */
  readonly simulatedNode: string | null;
};

/** The run that a new supervisor would take over; null where there is none. */
export async function findUnendedRun(directories: Directories): Promise<Result<UnendedRun | null, ApiError>> {
  const journal = await readJournal(directories);
  if (!journal.ok) return journal;
  const found = findAdoptableRun(journal.value.entries);
  return ok(found === null ? null : {pid: found.run.pid, simulatedNode: found.simulated?.directory ?? null});
}
