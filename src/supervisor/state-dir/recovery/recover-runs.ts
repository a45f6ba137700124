import type {ApiError} from '../../../api/commands.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import type {JournalEntry} from '../journal-entry.ts';
import type {Journal} from '../open-journal.ts';
import {type ReconciledRuns, reconcileRuns} from './reconcile-runs.ts';
import {recoverLaunch} from './recover-launch.ts';
import {restoreRun} from './restore-run.ts';
import {readRunTraces} from './run-traces.ts';

/** What was found, and the writes that failed. */
export type RecoveredRuns = ReconciledRuns & {readonly problems: readonly ApiError[]};

/**
 * The runs that earlier supervisors left, from the journal, the run directories and the processes. What a running engine
 * lacks of these is written again; `problems` are the writes that failed, which lose no engine.
 */
export async function recoverRuns(
  stateDir: string,
  journal: Journal,
  entries: readonly JournalEntry[],
): Promise<RecoveredRuns> {
  const problems: ApiError[] = [];
  const note = (result: Result<unknown, ApiError>): void => {
    if (!result.ok) problems.push(result.error);
  };
  const append = (entry: JournalEntry): void => note(journal.append(entry));
  const settled = await recoverLaunch(append, entries);
  const runs = reconcileRuns(settled, await readRunTraces(stateDir, settled));
  // The newest run is the last one in the file: entries of an earlier one are put in their place.
  if (isAtEnd(runs)) for (const entry of runs.added) append(entry);
  else note(journal.rewrite(runs.entries));
  const written = await restored(stateDir, runs);
  note(written);
  const isKeyLost = written.ok && !written.value.isKeyKnown;
  const {incomplete} = runs;
  if (incomplete === null || !isKeyLost) return {...runs, problems};
  return {...runs, problems, incomplete: {...incomplete, missing: [...incomplete.missing, 'key']}};
}

function isAtEnd({added, entries}: ReconciledRuns): boolean {
  const end = entries.slice(entries.length - added.length);
  return end.every((entry, index) => entry === added[index]);
}

async function restored(
  stateDir: string,
  {managed, entries}: ReconciledRuns,
): Promise<Result<{readonly isKeyKnown: boolean}, ApiError>> {
  try {
    return ok(managed === null ? {isKeyKnown: true} : await restoreRun(stateDir, managed, entries));
  } catch (error) {
    const message = `Files of the running engine could not be written: ${error instanceof Error ? error.message : String(error)}.`;
    const remedy = 'Check the free space and the owner of the state directory; the engine is not affected.';
    return err({code: 'engine.records-unwritable', message, remedy});
  }
}
