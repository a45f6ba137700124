import {type ChildProcess, type SpawnOptions, spawn} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {onTestFinished} from 'vitest';
import {eventually} from './eventually.ts';
import {endIfOrphaned} from './orphans.ts';

/** True while a process of this pid exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  const fields = statOf(pid);
  return fields !== null && fields[0] !== 'Z' && fields[0] !== 'X';
}

/** Start time of a process in clock ticks: with its pid, its identity. */
export function startTimeOf(pid: number): string {
  const started = statOf(pid)?.[19];
  if (started === undefined) throw new Error(`There is no process ${pid}.`);
  return started;
}

/** Resolves once the process has ended. */
export async function untilGone(pid: number, what: string): Promise<void> {
  await eventually(() => !isAlive(pid), `${what} (pid ${pid}) to end`);
}

/** The fields after the command in /proc/PID/stat: state, parent, ...; null if there is no such process. */
function statOf(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** Running processes with this text in their environment, without zombies. */
export function processesWith(text: string): readonly number[] {
  return allPids().filter((pid) => pid !== process.pid && isAlive(pid) && environmentOf(pid).includes(text));
}

/** Of every process in /proc, zombies and those of other users included. */
export function allPids(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The pid of the parent of a process; null if the process does not exist. */
export function parentOf(pid: number): number | null {
  const parent = statOf(pid)?.[1];
  return parent === undefined ? null : Number(parent);
}

/** The arguments of a process; empty if it does not exist. */
export function commandOf(pid: number): string {
  return readOrNothing(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

/** The environment that a process was started with; empty if it does not exist, or belongs to another user. */
export function environmentOf(pid: number): string {
  return readOrNothing(`/proc/${pid}/environ`);
}

/** Empty for a process that has exited meanwhile, or that belongs to another user. */
function readOrNothing(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** A program that a test started, with everything it printed. */
export type StartedProcess = {
  readonly child: ChildProcess;
  readonly pid: number;
  /** Standard output and error in the order of arrival. */
  readonly output: () => string;
  readonly ended: Promise<{readonly code: number | null; readonly signal: NodeJS.Signals | null}>;
};

/**
 * Starts a program, with an open standard input, as the leader of its own process group. The group is killed when the
 * test has ended.
 */
export function startProcess(
  file: string,
  words: readonly string[] = [],
  options: Pick<SpawnOptions, 'env' | 'cwd'> = {},
): StartedProcess {
  const child = spawn(file, words, {stdio: 'pipe', detached: true, ...options});
  if (child.pid !== undefined) {
    const {pid} = child;
    const release = endIfOrphaned(`group ${pid}`);
    onTestFinished(() => {
      killGroup(pid);
      release();
    });
  }
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  // Writing to a program that has exited; `ended` reports its exit.
  child.stdin?.on('error', (error) => {
    text += `${error.message}\n`;
  });
  const ended = new Promise<Awaited<StartedProcess['ended']>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({code, signal}));
  });
  // For callers that do not wait for the exit, the failure is in the output.
  ended.catch((error: unknown) => {
    text += String(error);
  });
  return {child, pid: child.pid ?? 0, output: () => text, ended};
}

/** Kills a process group; nothing happens if it is gone. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
