import type {Snapshot} from '../api/snapshot.ts';
import {isPresent} from '../samples/reading.ts';
import {type ExitCode, exitCodes} from './exit-codes.ts';
import {followEngine} from './follow-engine.ts';
import {printError, printJson, printProgress, printText} from './output.ts';
import type {Wiring} from './wiring.ts';

/** True when a start has ended, well or badly. */
function hasSettled(snapshot: Snapshot): boolean {
  return ['ready', 'degraded', 'failed', 'stopped', 'backing-off'].includes(snapshot.engine.state);
}

/**
 * After an accepted start: waits for ready or failed when asked to, and prints how it went. No start has a time-out:
 * a terabyte from a slow disk is slow, not broken.
 */
export async function reportStart(wiring: Wiring, message: string, shouldWait: boolean): Promise<ExitCode> {
  const {client, output} = wiring;
  if (!shouldWait) {
    if (output.isJson) printJson(output, {accepted: true, message});
    else printText(output, `${message}\nWatch it with gantry, gantry status or gantry logs -f.`);
    return exitCodes.done;
  }
  printProgress(output, message);
  let lastPhase: string | null = null;
  // The first snapshots may still show the state from before the command was worked off.
  let hasBegun = false;
  const settled = await followEngine(
    client,
    (snapshot) => {
      hasBegun ||= !hasSettled(snapshot);
      return hasBegun && hasSettled(snapshot);
    },
    {
      onSnapshot: (snapshot) => {
        if (snapshot.engine.phase === lastPhase || snapshot.engine.phase === null) return;
        lastPhase = snapshot.engine.phase;
        const eta = isPresent(snapshot.engine.etaMs)
          ? `, ready in about ${Math.ceil(snapshot.engine.etaMs / 1000)} s`
          : '';
        printProgress(output, `${lastPhase}${eta}`);
      },
    },
  );
  if (!settled.ok) return printError(output, settled.error);
  const {engine, findings} = settled.value;
  const isUp = engine.state === 'ready';
  if (output.isJson) printJson(output, {accepted: true, message, engine, findings});
  else {
    printText(output, isUp ? `Ready: ${engine.endpoint ?? ''}` : `The engine is ${engine.state}.`);
    for (const finding of findings) printText(output, `${finding.severity}: ${finding.message}\n  ${finding.remedy}`);
  }
  return isUp ? exitCodes.done : exitCodes.refused;
}
