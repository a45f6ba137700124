import {withDetails} from '../../../domain/diagnosis/details/details.ts';
import type {Finding} from '../../../domain/diagnosis/finding.ts';
import {quoteAssignment} from '../../../engines/launch/shell-quoting.ts';
import {limitedList} from '../../../shared/quantities/counts.ts';
import {runFiles} from '../../process/run-files.ts';
import type {IncompleteAdoption, MissingRecord, OtherEngine, StrayEngine} from './reconcile-runs.ts';

/** Records of the running engine were missing when it was adopted. */
export const RECORDS_MISSING = 'engine.records-missing';
/** An engine is running that this supervisor does not manage. */
export const ALSO_RUNNING = 'engine.also-running';
/** Most engines named in one sentence. */
const MOST_NAMED = 3;

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
export function alsoRunningFinding(engine: OtherEngine): Finding {
  const {runId, pid, reason, model, port, stateDir} = engine;
  const {message, remedy} = otherText(engine);
  return {
    ...withDetails(ALSO_RUNNING, {runId, pid, reason, model, port, stateDir}),
    severity: 'critical',
    message,
    evidence: null,
    remedy,
    settingsChange: null,
  };
}

function otherText(engine: OtherEngine): Pick<Finding, 'message' | 'remedy'> {
  const {pid, reason, stateDir} = engine;
  const name = nameOf(engine);
  const remedy = `It uses GPU memory. Stop it with: kill ${pid}`;
  switch (reason) {
    case 'unknown':
      return {message: `An engine is running (${name}) without any record of its settings. It is not managed.`, remedy};
    case 'another-is-managed':
      return {message: `Another engine of this state directory is running (${name}). It is not managed.`, remedy};
    case 'moved':
      return {
        message: `An engine that was started from this state directory is running (${name}); its files have been moved to ${stateDir ?? 'another place'}. It is not managed from here.`,
        remedy: elsewhereRemedy(engine),
      };
  }
}

/** What else runs with a mark where nothing is managed; the remedy says how each is reached or ended. */
export function strayText(strays: readonly StrayEngine[]): Pick<Finding, 'message' | 'remedy'> {
  const left = strays.filter(({reason}) => reason === 'left-over');
  const elsewhere = strays.filter(({reason}) => reason !== 'left-over');
  const messages = [
    ...(left.length === 0 ? [] : [`Processes of an engine that has ended are still running: ${listOf(left)}.`]),
    ...(elsewhere.length === 0 ? [] : [`Started from another state directory, and running: ${listOf(elsewhere)}.`]),
  ];
  const remedies = [
    ...(left.length === 0 ? [] : ['gantry up ends what is left before it starts an engine.']),
    ...elsewhere.slice(0, 1).map(elsewhereRemedy),
  ];
  return {message: messages.join(' '), remedy: remedies.join(' ')};
}

function listOf(engines: readonly StrayEngine[]): string {
  return limitedList(
    engines.map((engine) => {
      const place = engine.reason === 'left-over' || engine.stateDir === null ? '' : `, of ${engine.stateDir}`;
      return `${nameOf(engine)}${place}`;
    }),
    MOST_NAMED,
  );
}

function elsewhereRemedy({pid, stateDir}: Pick<OtherEngine, 'pid' | 'stateDir'>): string {
  if (stateDir === null) return `Stop it with: kill ${pid}`;
  const there = quoteAssignment('GANTRY_STATE_DIR', stateDir);
  return `To see it: ${there} gantry status. To stop it: ${there} gantry down, or kill ${pid}.`;
}

function nameOf({pid, model, port}: Pick<OtherEngine, 'pid' | 'model' | 'port'>): string {
  return [`pid ${pid}`, ...(model === null ? [] : [model]), ...(port === null ? [] : [`port ${port}`])].join(', ');
}
