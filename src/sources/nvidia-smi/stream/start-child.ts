import {type ChildProcess, spawn} from 'node:child_process';
import {errorCode} from '../../../shared/error-code.ts';
import {afterAwake} from '../../host/awake-time.ts';
import {readProcessState} from '../../host/process-state.ts';
import {READER_VARIABLE, readerMark} from './left-children.ts';
import {readInPortions, withoutReadAhead} from './read-in-portions.ts';

const KILL_AFTER_MS = 2_000;
/** How often a killed process is looked at. */
const LOOK_AFTER_KILL_MS = 1_500;
/** Looks in a row at which a killed process sleeps, before it counts as hanging in the kernel. */
const LOOKS_UNTIL_STUCK = 3;
/** It counts as hanging after this many checks anyway: it may run in the kernel endlessly. */
const MOST_LOOKS = 20;
/** How long a pipe may stay open after its process exited: its children may still have it open. */
const PIPE_LINGER_MS = 500;

/** How a child exited. */
export type ChildEnd = {
  /** Null when it did not start, or was killed by a signal. */
  readonly exitCode: number | null;
  /** The system error code when it could not be started (`ENOENT`). */
  readonly startError: string | null;
  /** True when it survived SIGKILL, hanging in the kernel: it is not waited for. Never for one that waits for a CPU. */
  readonly isStuck: boolean;
};

export type Child = {
  /** Always resolves, even if the child cannot be killed. */
  readonly ended: Promise<ChildEnd>;
  /** Resolves when the process has exited; for a stuck one this may be never. */
  readonly gone: Promise<void>;
  /** SIGTERM to the child and what it started, SIGKILL after two seconds. */
  readonly stop: () => void;
};

export type ChildOutput = {
  readonly onStdout: (chunk: Buffer) => void;
  readonly onStderr: (chunk: Buffer) => void;
  /** For how long standard output is gathered before it is passed on; by default not at all. */
  readonly gatherMs?: number;
};

/**
 * Starts nvidia-smi or a wrapper script in its own process group, so that children of the script end with it. Nothing is
 * written to it.
 */
export function startChild(executable: string, args: readonly string[], output: ChildOutput): Child {
  const child = withoutReadAhead(() => spawned(executable, args));
  if (typeof child === 'string') {
    const ended = Promise.resolve({exitCode: null, startError: child, isStuck: false});
    return {ended, gone: Promise.resolve(), stop: () => {}};
  }
  const end = Promise.withResolvers<ChildEnd>();
  const gone = Promise.withResolvers<void>();
  const cancels: (() => void)[] = [];
  const settle = (how: Partial<ChildEnd>): void => {
    for (const cancel of cancels.splice(0)) cancel();
    end.resolve({exitCode: null, startError: null, isStuck: false, ...how});
  };
  let passOnGathered = (): void => undefined;
  const letGo = (): void => {
    passOnGathered();
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.unref();
  };
  if (output.gatherMs === undefined) child.stdout?.on('data', output.onStdout);
  else if (child.stdout !== null) passOnGathered = readInPortions(child.stdout, output.gatherMs, output.onStdout);
  child.stderr?.on('data', output.onStderr);
  child.once('error', (error) => {
    settle({startError: 'code' in error ? String(error.code) : error.message});
    if (child.pid === undefined) gone.resolve();
  });
  child.once('exit', (exitCode) => {
    gone.resolve();
    cancels.push(
      afterAwake(PIPE_LINGER_MS, () => {
        signalGroup(child, 'SIGKILL');
        letGo();
        settle({exitCode});
      }),
    );
  });
  child.once('close', (exitCode) => settle({exitCode}));
  let isStopping = false;
  const stop = (): void => {
    if (isStopping || child.exitCode !== null || child.signalCode !== null) return;
    isStopping = true;
    signalGroup(child, 'SIGTERM');
    cancels.push(
      afterAwake(KILL_AFTER_MS, () => {
        signalGroup(child, 'SIGKILL');
        cancels.push(
          whenStuck(child.pid, () => {
            letGo();
            settle({isStuck: true});
          }),
        );
      }),
    );
  };
  return {ended: end.promise, gone: gone.promise, stop};
}

/** The child, or the system error code when the call itself fails (an empty name, a NUL byte). */
function spawned(executable: string, args: readonly string[]): ChildProcess | string {
  try {
    // A wrapper may print by the locale: a decimal comma would be another column.
    const env = {...process.env, LC_ALL: 'C', [READER_VARIABLE]: readerMark};
    return spawn(executable, [...args], {stdio: ['ignore', 'pipe', 'pipe'], detached: true, env});
  } catch (error) {
    return errorCode(error) ?? String(error);
  }
}

/** Calls `onStuck` once a killed process sleeps on: one that is runnable or stopped only has to be scheduled to exit. */
function whenStuck(pid: number | undefined, onStuck: () => void): () => void {
  let looks = 0;
  let asleepInARow = 0;
  let cancel = (): void => undefined;
  const look = (): void => {
    looks += 1;
    const state = pid === undefined ? null : readProcessState(pid);
    asleepInARow = state === 'S' || state === 'D' ? asleepInARow + 1 : 0;
    if (asleepInARow >= LOOKS_UNTIL_STUCK || looks >= MOST_LOOKS) onStuck();
    else cancel = afterAwake(LOOK_AFTER_KILL_MS, look);
  };
  cancel = afterAwake(LOOK_AFTER_KILL_MS, look);
  return () => cancel();
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is already gone or was never created: signal only the child.
    child.kill(signal);
  }
}
