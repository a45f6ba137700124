import type {ApiError} from '../../api/commands.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {stateNameOf} from '../../domain/lifecycle/phases.ts';
import {unrecordedStopFinding} from '../../supervisor/state-dir/recovery/stop-findings.ts';
import {type ExitCode, exitCodes} from '../exit-codes.ts';
import {printError, printJson, printProgress, printText} from '../output.ts';
import {ensureKnownSupervisor, knowsEngine} from '../supervision/ensure-supervisor.ts';
import {findUnfinished} from '../supervision/find-unended-run.ts';
import {followEngine} from '../supervision/follow-engine.ts';
import {reviveSupervisor, sendCommand} from '../supervision/process/revive-supervisor.ts';
import {type StopEnd, stopEndOf, stopEndText} from '../supervision/stop-end.ts';
import {drainUnsupervised, findUnsupervisedEngine, stopUnsupervised} from '../supervision/stop-unrecorded.ts';
import {type GlobalOptions, outputOf, type Wiring, wire} from '../wiring.ts';

/** Time limit for a stop after its drain: the engine's grace period, the kill, and releasing GPU memory. */
const STOP_ALLOWANCE_MS = 120_000;

/** `gantry down`: stops the engine and returns when its processes have exited. */
export async function runDown(global: GlobalOptions, options: {readonly drain: number}): Promise<ExitCode> {
  const wiring = await wire(global, process.env, 'supervisor');
  if (!wiring.ok) return printError(outputOf(global), wiring.error);
  const {client, output} = wiring.value;
  const before = await ensureKnownSupervisor(wiring.value);
  if (!before.ok) return downUnsupervised(wiring.value, before.error, options.drain);
  const reply = await sendCommand(wiring.value, {type: 'stop', drainMs: options.drain});
  if (!reply.ok) return printError(output, reply.error);
  if (!reply.value.accepted) return printError(output, reply.value.error);
  // Without a process the last sentence says all.
  if (before.value.engine.pid !== null || !isDown(before.value)) printProgress(output, reply.value.message);
  const isStartedAgain = startedAgain(before.value);
  const stopped = await followEngine(client, (snapshot) => isStartedAgain(snapshot) || !knowsEngine(snapshot), {
    timeoutMs: options.drain + STOP_ALLOWANCE_MS,
    revive: () => reviveSupervisor(wiring.value),
  });
  if (!stopped.ok && (await isAllFinished(wiring.value, stopped.error))) {
    const end: StopEnd = 'stopped';
    if (output.isJson) printJson(output, {accepted: true, message: reply.value.message, end});
    else printText(output, 'The engine is stopped.');
    return exitCodes.done;
  }
  if (!stopped.ok) return printError(output, stopped.error);
  if (knowsEngine(stopped.value)) return printError(output, startedAgainError(stopped.value));
  const {engine, findings} = stopped.value;
  const end = stopEndOf(findings);
  if (output.isJson) printJson(output, {accepted: true, message: reply.value.message, end, engine});
  else printText(output, [`The engine is ${stateNameOf(engine)}.`, ...stopEndText(findings)].join('\n'));
  return exitCodes.done;
}

/** No supervisor can be reached or started. Without one nothing watches a drain. */
async function downUnsupervised(wiring: Wiring, reason: ApiError, drainMs: number): Promise<ExitCode> {
  const {output} = wiring;
  const engine = reason.code === 'supervisor.unavailable' ? await findUnsupervisedEngine(wiring) : null;
  if (engine === null) return printError(output, reason);
  if (drainMs > 0) return printError(output, drainUnsupervised(engine));
  const stopped = await stopUnsupervised(wiring, engine);
  if (!stopped.ok) return printError(output, stopped.error);
  const findings = [unrecordedStopFinding(stopped.value)];
  const message = ['The engine is stopped.', ...stopEndText(findings)].join('\n');
  if (output.isJson) printJson(output, {accepted: true, message, end: stopEndOf(findings)});
  else printText(output, message);
  return exitCodes.done;
}

/** True if the supervisor exited because the stop was over: there is nothing left to do, and none is started for it. */
async function isAllFinished({directories}: Wiring, {code}: ApiError): Promise<boolean> {
  if (code !== 'supervisor.unavailable') return false;
  const unfinished = await findUnfinished(directories);
  return unfinished.ok && unfinished.value === null;
}

/** True where a stop finds nothing to stop, unless processes are left. */
function isDown({engine}: Snapshot): boolean {
  return engine.state === 'stopped' || engine.state === 'failed' || engine.state === 'backing-off';
}

/** True for snapshots of an engine that another command started during this stop. */
function startedAgain({engine: stopping}: Snapshot): (snapshot: Snapshot) => boolean {
  let hasBegun = false;
  return ({engine}) => {
    hasBegun ||= engine.state === 'stopping' || engine.state === 'draining';
    // A stop during a launch sees its run appear and end.
    const isAnother = stopping.runId !== null && engine.runId !== null && engine.runId !== stopping.runId;
    return isAnother || (hasBegun && (engine.state === 'preflight' || engine.state === 'starting'));
  };
}

function startedAgainError({engine}: Snapshot): ApiError {
  return {
    code: 'engine.started-again',
    message: `The engine was stopped, but another command has started it again (it is ${stateNameOf(engine)}).`,
    remedy: 'Run gantry events to see who started it, and gantry down to stop it again.',
  };
}
