import type {Snapshot} from '../../api/snapshot.ts';
import {chainsOf} from '../../domain/diagnosis/cause-chains.ts';
import {awaitsChecks} from '../../domain/diagnosis/cure.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {phaseNames} from '../../domain/lifecycle/phases.ts';
import type {SettingsChange} from '../../domain/settings/launch-settings.ts';
import {isPresent} from '../../samples/reading.ts';
import {roughDurationText} from '../../shared/quantities/durations.ts';
import {effectsNote} from '../../views/panels/findings.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {type Output, printError, printJson, printProgress, printText} from '../output.ts';
import type {Wiring} from '../wiring.ts';
import {followEngine} from './follow-engine.ts';
import {reviveSupervisor} from './process/revive-supervisor.ts';
import {exitCodeOfStart, startEndOf, startEndText} from './start-end.ts';

/** Preflight is quick; a slow GPU or disk must not block the command. */
const PREFLIGHT_TIMEOUT_MS = 3_000;

type ReportOptions = {
  readonly shouldWait: boolean;
  /** The settings that the command named: what is in force at the end is compared with them. */
  readonly asked: SettingsChange;
  /** What is wrong with the configuration of the command, for its JSON document. */
  readonly commandFindings?: readonly Finding[];
};

/** The beginning of the JSON document of a start. */
type Accepted = {readonly accepted: boolean; readonly message: string; readonly commandFindings: readonly Finding[]};
type Begun = {readonly accepted: Accepted; readonly asked: SettingsChange};

/** True when a start has finished, successfully or not. */
function hasSettled(snapshot: Snapshot): boolean {
  return ['ready', 'degraded', 'failed', 'stopped', 'backing-off'].includes(snapshot.engine.state);
}

/** A failure is printed with the settings that fix it, which are checked a moment later. */
function isReported({engine, findings}: Snapshot): boolean {
  return engine.state !== 'failed' || !awaitsChecks(findings);
}

/**
 * After an accepted start: waits for ready or failed if requested, and prints the result. A start has no timeout: a
 * terabyte from a slow disk is slow, not broken.
 */
export async function reportStart(
  wiring: Wiring,
  message: string,
  {shouldWait, asked, commandFindings = []}: ReportOptions,
): Promise<ExitCode> {
  const {client, output} = wiring;
  const isNew = newerThanNow();
  const begun = {accepted: {accepted: true, message, commandFindings}, asked};
  if (!shouldWait) return reportBegun(wiring, begun, isNew);
  printProgress(output, message);
  let lastPhase: Snapshot['engine']['phase'] = null;
  const settled = await followEngine(
    client,
    (snapshot) => isNew(snapshot) && hasSettled(snapshot) && isReported(snapshot),
    {
      revive: () => reviveSupervisor(wiring),
      onSnapshot: (snapshot) => {
        const {phase, etaMs} = snapshot.engine;
        if (phase === lastPhase || phase === null) return;
        lastPhase = phase;
        const eta = isPresent(etaMs) ? `, ready in about ${roughDurationText(etaMs)}` : '';
        printProgress(output, `${phaseNames[phase]}${eta}`);
      },
    },
  );
  if (!settled.ok) return printError(output, settled.error);
  return printSettled(output, begun, settled.value);
}

/**
 * True for snapshots of the start that was just accepted. The first ones may still show the earlier state; one that is
 * not settled, or was taken later, does not.
 */
function newerThanNow(): (snapshot: Snapshot) => boolean {
  const acceptedAtMs = Date.now();
  let hasBegun = false;
  return (snapshot) => {
    hasBegun ||= !hasSettled(snapshot) || snapshot.takenAtMs > acceptedAtMs;
    return hasBegun;
  };
}

/** A start refused by its preflight fails quickly and is not a success; one that is loading continues. */
async function reportBegun(wiring: Wiring, started: Begun, isNew: (snapshot: Snapshot) => boolean): Promise<ExitCode> {
  const {client, output} = wiring;
  const {accepted} = started;
  const begun = await followEngine(client, (snapshot) => isNew(snapshot) && snapshot.engine.state !== 'preflight', {
    timeoutMs: PREFLIGHT_TIMEOUT_MS,
    revive: () => reviveSupervisor(wiring),
  });
  // It was accepted and takes long: only a supervisor that is gone, and cannot be replaced, leaves it undone.
  if (!begun.ok && begun.error.code === 'supervisor.unavailable') return printError(output, begun.error);
  if (begun.ok && begun.value.engine.state === 'failed') return printSettled(output, started, begun.value);
  if (output.isJson) printJson(output, accepted);
  else printText(output, `${accepted.message}\nFollow it with gantry, gantry status or gantry logs -f.`);
  return exitCodes.done;
}

function printSettled(output: Output, {accepted, asked}: Begun, snapshot: Snapshot): ExitCode {
  const {engine, findings} = snapshot;
  const end = startEndOf(snapshot, asked);
  if (output.isJson) printJson(output, {...accepted, end, engine, findings});
  else {
    printText(output, startEndText(end, engine));
    for (const chain of chainsOf(findings)) {
      const {severity, cause} = chain;
      printText(output, `${severity}: ${cause.message}${effectsNote(chain)}\n  ${cause.remedy}`);
    }
  }
  return exitCodeOfStart(end);
}
