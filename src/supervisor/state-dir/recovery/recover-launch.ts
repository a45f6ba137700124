import {recoverRun} from '../../process/recover-run.ts';
import {findInterruptedLaunch} from '../journal.ts';
import type {JournalEntry, RunStartedEntry} from '../journal-entry.ts';

/**
 * Completes a launch during which the last supervisor exited, so that no unknown engine uses the GPUs. The outcome is
 * appended and returned with the entries, ready for `findAdoptableRun`.
 */
export async function recoverLaunch(
  append: (entry: JournalEntry) => void,
  entries: readonly JournalEntry[],
): Promise<readonly JournalEntry[]> {
  const launching = findInterruptedLaunch(entries);
  if (launching === null) return entries;
  const {atMs, runId} = launching;
  const run = await recoverRun(launching);
  const {directory: _directory, bootId: _bootId, ...launch} = launching;
  const started: RunStartedEntry | null = run === null ? null : {...launch, type: 'run-started', run};
  const outcome: JournalEntry = started ?? {type: 'launch-failed', atMs, runId};
  append(outcome);
  return [...entries, outcome];
}
