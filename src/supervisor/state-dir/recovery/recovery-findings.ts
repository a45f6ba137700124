import {withDetails} from '../../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {runFiles} from '../../process/run-files.ts';
import type {IncompleteAdoption, MissingRecord, OtherEngine} from './reconcile-runs.ts';

/** Records of the running engine were missing when it was adopted. */
export const RECORDS_MISSING = 'engine.records-missing';
/** An engine is running that this supervisor does not manage. */
export const ALSO_RUNNING = 'engine.also-running';

const names: Readonly<Record<MissingRecord, string>> = {
  journal: 'its entries in the journal',
  'run-record': 'the record in its run directory',
  'run-directory': 'its run directory',
  log: 'its log file',
  birth: 'the record of its process',
  key: 'its API key, if it has one',
};

const sources: Readonly<Record<IncompleteAdoption['source'], string>> = {
  journal: 'the journal',
  'run-directory': 'its run directory',
  processes: 'its processes',
};

/** What was missing of the engine that was adopted, and what that means from now on. */
export function recordsMissingFinding({traces, source, missing}: IncompleteAdoption): Finding {
  const {runId, directory, living} = traces;
  const pid = living?.pid ?? 0;
  const {logPath} = runFiles(directory);
  const list = missing.map((record) => names[record]).join(', ');
  return {
    ...withDetails(RECORDS_MISSING, {runId, pid, source, missing: [...missing], logPath}),
    severity: 'warning',
    message: `The running engine (pid ${pid}) was adopted from ${sources[source]}. Missing were: ${list}.`,
    evidence: null,
    remedy: remedyOf(missing, logPath),
    settingsChange: null,
  };
}

function remedyOf(missing: readonly MissingRecord[], logPath: string): string {
  if (missing.includes('key')) {
    return 'If it refuses the requests of Gantry (status 401): gantry config rotate-key, and then gantry restart.';
  }
  if (!missing.includes('log')) return 'No action is needed: what was missing has been written again.';
  return `Its log until then was saved as ${logPath}. What it logs from now on cannot be read until the next restart.`;
}

/** An engine that is left as it is: which one, and how it is stopped. */
export function alsoRunningFinding({runId, pid, reason}: OtherEngine): Finding {
  return {
    ...withDetails(ALSO_RUNNING, {runId, pid, reason}),
    severity: 'critical',
    message:
      reason === 'unknown'
        ? `An engine is running (pid ${pid}) without any record of its settings. It is not managed.`
        : `Another engine of this state directory is running (pid ${pid}). It is not managed.`,
    evidence: null,
    remedy: `It uses GPU memory. Stop it with: kill ${pid}`,
    settingsChange: null,
  };
}
