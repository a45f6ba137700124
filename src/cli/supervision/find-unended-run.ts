import type {ApiError} from '../../api/commands.ts';
import {ok, type Result} from '../../shared/result.ts';
import type {Directories} from '../../supervisor/state-dir/directories.ts';
import {findAdoptableRun, readJournal} from '../../supervisor/state-dir/journal.ts';

/** A run without a recorded end. */
export type UnendedRun = {
  readonly pid: number;
  /** Directory of its simulated node; null on the real node. */
  readonly simulatedNode: string | null;
};

/** The run that a new supervisor would adopt; null if there is none. */
export async function findUnendedRun(directories: Directories): Promise<Result<UnendedRun | null, ApiError>> {
  const journal = await readJournal(directories);
  if (!journal.ok) return journal;
  const found = findAdoptableRun(journal.value.entries);
  return ok(found === null ? null : {pid: found.run.pid, simulatedNode: found.simulated?.directory ?? null});
}
