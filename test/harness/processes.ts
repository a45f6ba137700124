import {type ChildProcess, type SpawnOptions, spawn} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {onTestFinished} from 'vitest';
import {eventually} from './eventually.ts';

/** True while a process of this pid exists and is no zombie. */
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

/** What follows the command in /proc/PID/stat: state, parent, ...; null where there is no such process. */
function statOf(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** Processes that live with this text in their environment, zombies not counted. */
export function processesWith(text: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && isAlive(pid) && environmentOf(pid).includes(text));
}

/** The words that a process was started with; empty where there is none. */
export function commandOf(pid: number): string {
  return readOrNothing(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
}

function environmentOf(pid: number): string {
  return readOrNothing(`/proc/${pid}/environ`);
}

/** Empty for a process that has ended meanwhile, or that is another user's. */
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
  /** Standard output and error as they came. */
  readonly output: () => string;
  readonly ended: Promise<{readonly code: number | null; readonly signal: NodeJS.Signals | null}>;
};

/** Starts a program, whose standard input stays open, as the leader of a group of its own, which is killed whole when the test has ended. */
export function startProcess(
  file: string,
  words: readonly string[] = [],
  options: Pick<SpawnOptions, 'env' | 'cwd'> = {},
): StartedProcess {
  const child = spawn(file, words, {stdio: 'pipe', detached: true, ...options});
  onTestFinished(() => killGroup(child.pid));
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
  }
  // What is written to a program that has ended: its end is told by `ended`.
  child.stdin?.on('error', (error) => {
    text += `${error.message}\n`;
  });
  const ended = new Promise<Awaited<StartedProcess['ended']>>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({code, signal}));
  });
  // Whoever does not wait for the end sees the failure at the next look at the output.
  ended.catch((error: unknown) => {
    text += String(error);
  });
  return {child, pid: child.pid ?? 0, output: () => text, ended};
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
