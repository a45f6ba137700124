import {type ChildProcess, spawn} from 'node:child_process';
import {closeSync, openSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {ApiError} from '../../../api/commands.ts';
import type {Snapshot} from '../../../api/snapshot.ts';
import {secondsText} from '../../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {APPEND, PRIVATE_MODE, withOperatorMask} from '../../../sources/host/own-files.ts';
import {stateDirectoryCheck} from '../../../supervisor/launch/checks/check-state-directory.ts';
import {findWriteProblem} from '../../../supervisor/launch/world/host-probes.ts';
import {findLivingSupervisor} from '../../../supervisor/state-dir/lock/living-supervisor.ts';
import {supervisorLogPath} from '../../../supervisor/state-dir/supervisor-log.ts';
import {supervisorFlags, withStartVariables} from '../../service/process-memory.ts';
import type {Wiring} from '../../wiring.ts';
import {reachSupervisor} from './reach-supervisor.ts';
import {listenForStartFailure} from './start-failure.ts';

/** On a busy host the program alone takes seconds to load. One that fails says so immediately. */
const START_DEADLINE_MS = 30_000;
const POLL_MS = 25;
/** Another supervisor may hold the lock while this one starts, and exit before it answers. */
const ATTEMPTS = 3;

/** Starts a detached supervisor, or finds one that starts at the same time; its first snapshot, or why there is none. */
export async function startSupervisor(
  wiring: Wiring,
  simulatedNode: string | null,
): Promise<Result<Snapshot, ApiError>> {
  for (let attempt = 1; ; attempt += 1) {
    const started = await startOnce(wiring, simulatedNode);
    if (started.ok || started.error.code !== 'supervisor.already-running') return started;
    const living = await findLivingSupervisor(wiring.directories);
    const reached = living === null ? null : await reachSupervisor(wiring, living);
    if (reached !== null) return reached;
    if (attempt === ATTEMPTS) return started;
  }
}

async function startOnce(wiring: Wiring, simulatedNode: string | null): Promise<Result<Snapshot, ApiError>> {
  const logPath = supervisorLogPath(wiring.directories.stateDir);
  const argv = [
    ...(wiring.configPath === null ? [] : ['--config', wiring.configPath]),
    'supervise',
    ...(simulatedNode === null ? [] : ['--simulated-node', simulatedNode]),
  ];
  const [, entry] = process.argv;
  if (entry === undefined) throw new Error('process.argv holds no entry point');
  const log = openLog(logPath);
  const output = log.ok ? log.value : 'ignore';
  // A separate session: events of the operator's terminal do not reach it.
  const child = withOperatorMask(() =>
    spawn(process.execPath, [...supervisorFlags, entry, ...argv], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', output, output, 'ipc'],
      env: withStartVariables(wiring.environment),
    }),
  );
  if (log.ok) closeSync(log.value);
  const failure = listenForStartFailure(child);
  try {
    return await awaitSupervisor(wiring, child, failure.reason, log.ok ? `Its log is ${logPath}.` : log.error);
  } finally {
    failure.close();
  }
}

/** Without its log a supervisor still runs; it tells why it does not start on a channel of its own. */
function openLog(logPath: string): Result<number, string> {
  try {
    return ok(openSync(logPath, APPEND, PRIVATE_MODE));
  } catch (error) {
    return err(`${logPath} cannot be opened: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** The first snapshot of a starting supervisor, or why it does not start. */
async function awaitSupervisor(
  wiring: Wiring,
  child: ChildProcess,
  reason: () => Promise<ApiError | null>,
  aboutLog: string,
): Promise<Result<Snapshot, ApiError>> {
  let ending: string | null = null;
  child.on('exit', (code, signal) => {
    ending = signal === null ? `it exited with code ${code ?? 'unknown'}` : `it was ended by ${signal}`;
  });
  child.on('error', (error) => {
    ending = error.message;
  });
  child.unref();
  const deadlineMs = performance.now() + START_DEADLINE_MS;
  // One that loses against another one exits: the winner answers, or is looked for by the caller.
  while (performance.now() < deadlineMs && ending === null) {
    const snapshot = await wiring.client.getSnapshot();
    if (snapshot.ok || snapshot.error.code !== 'supervisor.unavailable') return snapshot;
    await delay(POLL_MS);
  }
  const failure = await reason();
  if (failure?.code === 'supervisor.already-running') return err(failure);
  const {finding} = await stateDirectoryCheck({directories: wiring.directories, findWriteProblem});
  if (finding !== null) return err(notWritable(finding));
  return err(didNotStart(failure, ending, aboutLog));
}

/** With a full disk a supervisor cannot even report why it does not start. */
function notWritable({message, remedy}: Pick<ApiError, 'message' | 'remedy'>): ApiError {
  return {code: 'supervisor.unavailable', message: `The supervisor did not start. ${message}`, remedy};
}

function didNotStart(reason: ApiError | null, ending: string | null, aboutLog: string): ApiError {
  const seen = ending ?? `it does not answer after ${secondsText(START_DEADLINE_MS)}`;
  return {
    code: 'supervisor.unavailable',
    message: `The supervisor did not start: ${reason?.message ?? `${seen} without a reason.`}`,
    remedy: [...(reason === null ? [] : [reason.remedy]), aboutLog].join(' '),
  };
}
