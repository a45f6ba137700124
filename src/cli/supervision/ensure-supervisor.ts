import {type ChildProcess, spawn} from 'node:child_process';
import {openSync} from 'node:fs';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {ApiError} from '../../api/commands.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {err, type Result} from '../../shared/result.ts';
import {APPEND, PRIVATE_MODE, withOperatorMask} from '../../sources/host/own-files.ts';
import {stateDirectoryCheck} from '../../supervisor/launch/checks/check-state-directory.ts';
import {findWriteProblem} from '../../supervisor/launch/world/host-probes.ts';
import {printProgress} from '../output.ts';
import {supervisorFlags, withAllocatorVariables} from '../service/process-memory.ts';
import {type Wiring, withoutPlace} from '../wiring.ts';
import {findUnendedRun, requireKnownEngine} from './find-unended-run.ts';
import {isOutdated, retireSupervisor, waitUntilGone} from './replace-supervisor.ts';
import {listenForStartFailure} from './start-failure.ts';

/** On a busy host the program alone takes seconds to load. One that fails says so immediately. */
const START_DEADLINE_MS = 30_000;
const POLL_MS = 25;

/** States in which an engine is running or about to run. */
const liveStates: ReadonlySet<string> = new Set([
  'preflight',
  'starting',
  'ready',
  'degraded',
  'draining',
  'stopping',
  'backing-off',
]);

/** True when the supervisor of this snapshot manages an engine. */
export function knowsEngine(snapshot: Snapshot): boolean {
  return liveStates.has(snapshot.engine.state);
}

/**
 * The running supervisor's snapshot; starts a detached one if there is none.
 *
 * @param simulatedNode - requests the simulated node in that directory: an idle supervisor of the real node is replaced,
 *   one that manages an engine is returned unchanged. Null for whichever node the running supervisor has
 */
export async function ensureSupervisor(
  wiring: Wiring,
  simulatedNode: string | null,
): Promise<Result<Snapshot, ApiError>> {
  const present = await currentSupervisor(wiring);
  if (present.ok) {
    const isWanted = simulatedNode === null || present.value.simulated;
    if (isWanted || knowsEngine(present.value)) return present;
    const reply = await wiring.client.sendCommand({type: 'shutdown'});
    if (!reply.ok) return reply;
    if (!reply.value.accepted) return err(reply.value.error);
    const gone = await waitUntilGone(wiring);
    if (!gone.ok) return gone;
  } else if (present.error.code !== 'supervisor.unavailable') {
    return present;
  }
  return startSupervisor(wiring, simulatedNode);
}

/**
 * The supervisor for a read-only or stop command: the running one, or a new one if a dead supervisor left a run behind.
 * Without either, an error.
 */
export async function ensureKnownSupervisor(wiring: Wiring): Promise<Result<Snapshot, ApiError>> {
  const present = await currentSupervisor(wiring);
  if (present.ok || present.error.code !== 'supervisor.unavailable') return present;
  const unended = await requireKnownEngine(wiring.directories);
  if (!unended.ok) return unended;
  if (unended.value !== null) return startSupervisor(wiring, unended.value.simulatedNode);
  // An invalid file is the first thing to correct: no supervisor starts with it.
  if (wiring.configurationError !== null) return err(withoutPlace(wiring.configurationError));
  return err({
    code: 'supervisor.unavailable',
    message: 'No supervisor is running, and no engine was left running.',
    remedy: 'Start an engine with gantry up, open the console with gantry, or try gantry demo.',
  });
}

/** The running supervisor's snapshot, after replacing one of an older Gantry. */
async function currentSupervisor(wiring: Wiring): Promise<Result<Snapshot, ApiError>> {
  const present = await wiring.client.getSnapshot();
  if (!isOutdated(present, wiring.version)) return present;
  printProgress(wiring.output, 'Replacing the supervisor of an older Gantry; the engine keeps serving.');
  const retired = await retireSupervisor(wiring);
  if (!retired.ok) return retired;
  const unended = await findUnendedRun(wiring.directories);
  return startSupervisor(wiring, unended?.simulatedNode ?? null);
}

async function startSupervisor(wiring: Wiring, simulatedNode: string | null): Promise<Result<Snapshot, ApiError>> {
  const logPath = path.join(wiring.directories.stateDir, 'supervisor.log');
  const log = openSync(logPath, APPEND, PRIVATE_MODE);
  const argv = [
    ...(wiring.configPath === null ? [] : ['--config', wiring.configPath]),
    'supervise',
    ...(simulatedNode === null ? [] : ['--simulated-node', simulatedNode]),
  ];
  const [, entry] = process.argv;
  if (entry === undefined) throw new Error('process.argv holds no entry point');
  // A separate session: events of the operator's terminal do not reach it.
  const child = withOperatorMask(() =>
    spawn(process.execPath, [...supervisorFlags, entry, ...argv], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: withAllocatorVariables(wiring.environment),
    }),
  );
  const failure = listenForStartFailure(child);
  try {
    return await awaitSupervisor(wiring, child, failure.reason, logPath);
  } finally {
    failure.close();
  }
}

/** The first snapshot of a starting supervisor, or why it does not start. */
async function awaitSupervisor(
  wiring: Wiring,
  child: ChildProcess,
  reason: () => Promise<ApiError | null>,
  logPath: string,
): Promise<Result<Snapshot, ApiError>> {
  let exited: number | null = null;
  child.on('exit', (code) => {
    exited = code ?? 70;
  });
  child.on('error', () => {
    exited = 70;
  });
  child.unref();
  const deadlineMs = performance.now() + START_DEADLINE_MS;
  while (performance.now() < deadlineMs) {
    const snapshot = await wiring.client.getSnapshot();
    if (snapshot.ok) return snapshot;
    if (snapshot.error.code !== 'supervisor.unavailable') return snapshot;
    // Another command may start one at the same time: the loser exits, and the winner answers shortly after.
    if (exited !== null && exited !== 1) break;
    await delay(POLL_MS);
  }
  const {finding} = await stateDirectoryCheck({directories: wiring.directories, findWriteProblem});
  if (finding !== null) return err(notWritable(finding));
  return err(didNotStart(await reason(), exited, logPath));
}

/** With a full disk a supervisor cannot even report why it does not start. */
function notWritable({message, remedy}: Pick<ApiError, 'message' | 'remedy'>): ApiError {
  return {code: 'supervisor.unavailable', message: `The supervisor did not start. ${message}`, remedy};
}

function didNotStart(reason: ApiError | null, exitStatus: number | null, logPath: string): ApiError {
  const ending = exitStatus === null ? 'it does not answer' : `it exited with code ${exitStatus}`;
  return {
    code: 'supervisor.unavailable',
    message: `The supervisor did not start: ${reason?.message ?? `${ending} without a reason.`}`,
    remedy: [...(reason === null ? [] : [reason.remedy]), `Its log is ${logPath}.`].join(' '),
  };
}
