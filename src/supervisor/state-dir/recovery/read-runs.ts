import {readJournal} from '../journal.ts';
import {type ReconciledRuns, reconcileRuns} from './reconcile-runs.ts';
import {readRunTraces} from './run-traces.ts';

/** The runs as a new supervisor would find them; changes nothing. A journal that cannot be read is lost like one that is gone. */
export async function readRuns({stateDir}: {readonly stateDir: string}): Promise<ReconciledRuns> {
  const journal = readJournal({stateDir});
  const entries = journal.ok ? journal.value.entries : [];
  return reconcileRuns(entries, await readRunTraces(stateDir, entries));
}
