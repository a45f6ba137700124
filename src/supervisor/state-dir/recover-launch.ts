import type {ApiError} from '../../api/commands.ts';
import {ok, type Result} from '../../shared/result.ts';
import {recoverRun} from '../process/recover-run.ts';
import {findInterruptedLaunch} from './journal.ts';
import type {JournalEntry, RunStartedEntry} from './journal-entry.ts';
import type {Journal} from './open-journal.ts';

/**
 * Completes a launch during which the last supervisor exited, so that no unknown engine uses the GPUs. The outcome is
 * written to the journal and returned with the entries, ready for `findAdoptableRun`.
 */
export async function recoverLaunch(
  journal: Journal,
  entries: readonly JournalEntry[],
): Promise<Result<readonly JournalEntry[], ApiError>> {
  const launching = findInterruptedLaunch(entries);
  if (launching === null) return ok(entries);
  const {atMs, runId, settings, engineVersion, argv, configured, crashes, simulated} = launching;
  const run = await recoverRun(launching);
  const started: RunStartedEntry | null =
    run === null
      ? null
      : {type: 'run-started', atMs, runId, settings, engineVersion, argv, configured, crashes, simulated, run};
  const outcome: JournalEntry = started ?? {type: 'launch-failed', atMs, runId};
  const appended = journal.append(outcome);
  return appended.ok ? ok([...entries, outcome]) : appended;
}
