import {type ChildProcess, spawn} from 'node:child_process';
import {closeSync, openSync} from 'node:fs';
import {realpath, rm} from 'node:fs/promises';
import {setTimeout as delay} from 'node:timers/promises';
import type {ApiError} from '../../api/commands.ts';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {awakeMs} from '../../sources/host/awake-time.ts';
import {APPEND_OUTPUT, operatorMask, PRIVATE_MODE} from '../../sources/host/own-files.ts';
import {findExecutable} from './find-executable.ts';
import type {ProcStat} from './proc-stat.ts';
import {readBootId} from './process-identity.ts';
import {readBirth, runFiles} from './run-files.ts';
import {MOST_RECORD_BYTES, RUN_ID_VARIABLE, RUN_RECORD_VARIABLE, SHIM_NAME} from './run-mark.ts';

/** Counts only time in which this process ran. */
const BIRTH_DEADLINE_MS = 20_000;
const BIRTH_POLL_MS = 5;

/**
 * The session leader that outlives Gantry and records the engine's exit. The inner shell records itself and becomes
 * the engine, so the engine's pid and start time are known before its first instruction. It runs in the foreground: with
 * `&`, the engine would ignore SIGINT and SIGQUIT. Handlers (`:`), unlike ignored signals, are not inherited; they let
 * the leader survive a signal to the whole group and still record. Each file is one short write that ends in a newline,
 * so a reader sees a complete line or none, without the fork that a rename needs on a host that is out of memory. Its
 * files are private; the engine has the operator's file mode mask. Where its directory was moved, the leader is still in it.
 */
const shimProgram = `
trap : HUP INT QUIT TERM
umask 077
directory=$1
shift
/bin/sh -c '
directory=$0
read -r birth < /proc/$$/stat
printf "%s\\n" "$birth" > "$directory/engine.birth" || exit 125
printf "%s\\n" "$$" > "$directory/engine.pid" || exit 125
umask "$1"
shift
exec "$@"
' "$directory" "$@"
status=$?
{ printf '%s\\n' "$status" > "$directory/exit-status"; } 2> /dev/null || printf '%s\\n' "$status" > exit-status
`;

export type SpawnRequest = {
  /** Looked up on the PATH of `environment`, unless it is a path. */
  readonly executable: string;
  readonly arguments: readonly string[];
  /** The complete environment; only the mark of the run is added. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The run's directory, absolute; it must exist. */
  readonly directory: string;
  readonly runId: string;
  /** What is known of the launch, for a supervisor that finds only the processes; null for none. */
  readonly record: string | null;
  /** The engine's options whose value is a secret: none of them may be in the arguments. */
  readonly secretOptions: readonly string[];
  /** Arguments before the shim's command, which must run it in their own process: `systemd-run --scope ... --`. */
  readonly launcher?: readonly string[];
};

/**
 * Starts an engine in its own session, with its output in `<directory>/engine.log`. It needs no parent: it keeps running
 * and its exit status is recorded even if this process exits. An engine that exits immediately is a success here;
 * `watchExit` reports its exit.
 */
export async function spawnEngine(request: SpawnRequest): Promise<Result<RunIdentity, ApiError>> {
  const secret = request.arguments.find((word) => request.secretOptions.includes(word.split('=', 1)[0] ?? ''));
  if (secret !== undefined) return err(secretOnCommandLine(secret.split('=', 1)[0] ?? ''));
  const executable = await findExecutable(request.executable, request.environment['PATH'] ?? '');
  if (!executable.ok) return executable;
  const files = runFiles(request.directory);
  await Promise.all([files.pidPath, files.birthPath, files.exitStatusPath].map((file) => rm(file, {force: true})));
  const startedAtMs = Date.now();
  const shim = await spawnShim(request, executable.value);
  if (!shim.ok) return shim;
  const birth = await waitForBirth(shim.value, request.directory);
  if (birth === null) {
    endUnborn(shim.value);
    return err(neverBorn(executable.value, files.logPath));
  }
  return ok({
    runId: request.runId,
    pid: birth.pid,
    sessionId: shim.value.pid,
    startTimeTicks: birth.startTimeTicks,
    bootId: readBootId(),
    startedAtMs,
    // The resolved path, for comparison with /proc.
    directory: await realpath(request.directory),
  });
}

type Shim = {readonly pid: number; readonly child: ChildProcess};

async function spawnShim(request: SpawnRequest, executable: string): Promise<Result<Shim, ApiError>> {
  const {logPath} = runFiles(request.directory);
  let log: number | null = null;
  try {
    log = openSync(logPath, APPEND_OUTPUT, PRIVATE_MODE);
    const mask = operatorMask().toString(8).padStart(4, '0');
    // Never a pipe: the engine would die of EPIPE with this process.
    const argv = ['-c', shimProgram, SHIM_NAME, request.directory, mask, executable, ...request.arguments];
    const [program = '/bin/sh', ...before] = [...(request.launcher ?? []), '/bin/sh'];
    const child = spawn(program, [...before, ...argv], {
      cwd: request.directory,
      detached: true,
      stdio: ['ignore', log, log],
      env: environmentOf(request),
    });
    const failure = await new Promise<Error | null>((resolve) => {
      child.once('error', resolve);
      child.once('spawn', () => resolve(null));
    });
    child.unref();
    if (failure === null && child.pid !== undefined) return ok({pid: child.pid, child});
    return err(cannotSpawn(executable, failure?.message ?? 'no pid'));
  } catch (error) {
    return err(cannotSpawn(executable, error instanceof Error ? error.message : String(error)));
  } finally {
    if (log !== null) closeSync(log);
  }
}

/** The record is inherited by no engine of another run, and never cut: half of it says nothing. */
function environmentOf({environment, runId, record}: SpawnRequest): Record<string, string | undefined> {
  const fits = record !== null && Buffer.byteLength(record) <= MOST_RECORD_BYTES;
  return {...environment, [RUN_ID_VARIABLE]: runId, [RUN_RECORD_VARIABLE]: fits ? record : undefined};
}

async function waitForBirth(shim: Shim, directory: string): Promise<ProcStat | null> {
  const deadlineMs = awakeMs() + BIRTH_DEADLINE_MS;
  for (;;) {
    // Checked before reading: a shim that has exited will write nothing more.
    const isOver = shim.child.exitCode !== null || shim.child.signalCode !== null || awakeMs() >= deadlineMs;
    const birth = readBirth(directory);
    if (birth !== null) return birth;
    if (isOver) return null;
    await delay(BIRTH_POLL_MS);
  }
}

/** A process without a known identity could not be stopped later: kill it now. */
function endUnborn(shim: Shim): void {
  if (shim.child.exitCode !== null || shim.child.signalCode !== null) return;
  process.kill(-shim.pid, 'SIGKILL');
}

function secretOnCommandLine(option: string): ApiError {
  return {
    code: 'process.secret-on-command-line',
    message: `${option} would put a secret on the command line, where every user of this host can read it.`,
    remedy: `Remove ${option} from the extra arguments and pass the secret in the environment.`,
  };
}

function cannotSpawn(executable: string, reason: string): ApiError {
  return {
    code: 'process.cannot-spawn',
    message: `${executable} could not be started: ${reason}.`,
    remedy: 'Check the limits on processes and memory (ulimit -a) and the length of the extra arguments.',
  };
}

function neverBorn(executable: string, logPath: string): ApiError {
  return {
    code: 'process.never-started',
    message: `${executable} was not started: the launch shell recorded no pid.`,
    remedy: `Read ${logPath}, and check the free space of its file system.`,
  };
}
