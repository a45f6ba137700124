import type {ApiError} from '../../api/commands.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {ok, type Result} from '../../shared/result.ts';
import {isSameProcess} from '../../supervisor/process/process-identity.ts';
import type {Directories} from '../../supervisor/state-dir/directories.ts';
import {findAdoptableRun, readJournal} from '../../supervisor/state-dir/journal.ts';

/** A run without a recorded end. */
export type UnendedRun = {
  readonly pid: number;
  /** Directory of its simulated node; null on the real node. */
  readonly simulatedNode: string | null;
  readonly settings: LaunchSettings;
  /** True while its engine runs and was ready before. */
  readonly isServing: boolean;
};

/** The run that a new supervisor would adopt; null if there is none. */
export async function findUnendedRun(directories: Directories): Promise<Result<UnendedRun | null, ApiError>> {
  const journal = readJournal(directories);
  if (!journal.ok) return journal;
  const found = findAdoptableRun(journal.value.entries);
  if (found === null) return ok(null);
  const {run, simulated, settings, readyAtMs} = found;
  return ok({
    pid: run.pid,
    simulatedNode: simulated?.directory ?? null,
    settings,
    isServing: readyAtMs !== null && isSameProcess(run),
  });
}
