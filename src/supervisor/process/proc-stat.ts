import {readdirSync, readFileSync, statSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {setImmediate as nextTurn} from 'node:timers/promises';
import {errorCode} from '../../shared/error-code.ts';

/** Clock ticks a second of /proc, and bytes of a page, as on every Linux that Node runs on with 4 KiB pages. */
export const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;
const READ_BATCH = 64;
/** Twice the threads that Node has for files. */
const TOGETHER = 8;

/** Fields of /proc/<pid>/stat that Gantry uses, proc_pid_stat(5). */
export type ProcStat = {
  readonly pid: number;
  /** Up to 15 characters; may contain spaces and brackets. */
  readonly command: string;
  /** One letter: `R`, `S`, `D`, `Z`, ... */
  readonly state: string;
  readonly parentPid: number;
  readonly sessionId: number;
  /** Clock ticks since boot. */
  readonly startTimeTicks: string;
  /** Memory of the host that it holds; 0 where the line does not say it. */
  readonly residentBytes: number;
};

/** Fields 3, 4, 6, 22 and 24 of the line, behind the command. Hundreds of lines are read every few seconds: no list of all fields. */
const fieldsPattern = /\)\s*(\S+)\s+(-?\d+)\s+\S+\s+(-?\d+)(?:\s+\S+){15}\s+(\d+)(?:\s+\d+\s+(\d+))?(?!\S)/uy;

/**
 * Reads the text of a stat file; null if invalid. A command may contain brackets and spaces (`a) S 1 (b`), so
 * the fields are counted from the last closing bracket.
 */
export function parseProcStat(text: string): ProcStat | null {
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 1 || close < open) return null;
  fieldsPattern.lastIndex = close;
  const [, state, parent, session, startTimeTicks, pages] = fieldsPattern.exec(text) ?? [];
  const pid = readInteger(text.slice(0, open).trim());
  if (pid === null || state === undefined || startTimeTicks === undefined) return null;
  const command = text.slice(open + 1, close);
  const residentBytes = Number(pages ?? 0) * PAGE_BYTES;
  return {pid, command, state, parentPid: Number(parent), sessionId: Number(session), startTimeTicks, residentBytes};
}

function readInteger(text: string): number | null {
  return /^-?\d+$/u.test(text) ? Number(text) : null;
}

/** The process with this pid, or null when there is none. A zombie counts as none. */
export async function readProcStat(pid: number): Promise<ProcStat | null> {
  try {
    return living(await readFile(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return nullIfGone(error);
  }
}

/** The pids of every process. */
export function listPids(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/u.test(name))
    .map(Number);
}

/** Every running process; zombies are none. */
export async function readAllStats(): Promise<readonly ProcStat[]> {
  return (await inTurns(listPids(), readProcStatSync)).filter((stat) => stat !== null);
}

/** Children of these processes that have exited and were not reaped: they do not run, but their parent may wait for them. */
export async function readZombiesOf(parents: ReadonlySet<number>): Promise<readonly number[]> {
  const stats = await inTurns(listPids(), readStatSync);
  return stats.flatMap((stat) => (stat?.state === 'Z' && parents.has(stat.parentPid) ? [stat.pid] : []));
}

/**
 * Does what takes some microseconds for each item, as reading a file of /proc, in batches between which others get their turn:
 * a host may have thousands of processes. Never waits for a disk or a process, and takes a tenth of the time that handing it to
 * another thread does.
 */
export async function inTurns<I, T>(items: readonly I[], task: (item: I) => T): Promise<readonly T[]> {
  const values: T[] = [];
  for (let start = 0; start < items.length; start += READ_BATCH) {
    if (start > 0) await nextTurn();
    for (const item of items.slice(start, start + READ_BATCH)) values.push(task(item));
  }
  return values;
}

/** Few files are open together: more are not read faster, and a user may be allowed only some dozens. */
export async function inBatches<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += TOGETHER) {
    await Promise.all(items.slice(start, start + TOGETHER).map(task));
  }
}

/** Like `readProcStat`, but synchronous, so nothing can change before the next action. */
export function readProcStatSync(pid: number): ProcStat | null {
  const stat = readStatSync(pid);
  return stat === null || isDead(stat) ? null : stat;
}

/** True while the process with this pid and start time runs. */
export function isAlive({pid, startTimeTicks}: {readonly pid: number; readonly startTimeTicks: string}): boolean {
  return readProcStatSync(pid)?.startTimeTicks === startTimeTicks;
}

/** The start time of a process in clock ticks, also of a zombie: its threads may still hold memory. Null if it is gone. */
export function readStartTimeTicks(pid: number): string | null {
  return readStatSync(pid)?.startTimeTicks ?? null;
}

/**
 * The inode of the directory of a process in /proc; null if it is gone. Another process with the same pid has another one, and it
 * is read in a fifth of the time that the start time takes. The same process may get another one when the kernel needs memory.
 */
export function readInode(pid: number): number | null {
  try {
    return statSync(`/proc/${pid}`).ino;
  } catch (error) {
    return nullIfGone(error);
  }
}

function readStatSync(pid: number): ProcStat | null {
  try {
    return parseProcStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return nullIfGone(error);
  }
}

/** The line of /proc/<pid>/stat of a running process; null if there is none. */
export function readStatLine(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8').trimEnd();
    return living(text) === null ? null : text;
  } catch (error) {
    return nullIfGone(error);
  }
}

function living(text: string): ProcStat | null {
  const stat = parseProcStat(text);
  return stat === null || isDead(stat) ? null : stat;
}

function isDead({state}: ProcStat): boolean {
  return state === 'Z' || state === 'X';
}

function nullIfGone(error: unknown): null {
  if (isGone(error)) return null;
  throw error;
}

/** True for /proc errors of a process that exited or belongs to another user. */
export function isGone(error: unknown): boolean {
  return ['ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'ENOTDIR'].includes(errorCode(error) ?? '');
}
