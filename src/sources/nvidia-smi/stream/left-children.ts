import {readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {errorCode} from '../../../shared/error-code.ts';

/** In the environment of every nvidia-smi that Gantry starts: who reads its output. */
export const READER_VARIABLE = 'GANTRY_NVIDIA_SMI_READER';

/** Pids mean nothing in another namespace: a Gantry on the host sees the children of one in a container. */
const namespace = /\d+/.exec(linkOrNull('/proc/self/ns/pid') ?? '')?.[0] ?? '0';

/** This process as a reader: its pid, when it was started, and the namespace in which that is its pid. */
export const readerMark = `${process.pid}:${startTicksOf(process.pid) ?? 0}:${namespace}`;

/**
 * Ends what a killed Gantry has left: an nvidia-smi that prints ends by itself when nobody reads it, but one that is stopped,
 * or that hangs in a wrapper script, does not. Only processes with Gantry's mark, whose reader has exited. Returns their pids.
 */
export function endLeftChildren(): readonly number[] {
  // Without /proc no mark can be read.
  if (process.platform !== 'linux') return [];
  const left = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isLeft(pid));
  for (const pid of left) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch (error) {
      if (errorCode(error) !== 'ESRCH') throw error;
    }
  }
  return left;
}

function isLeft(pid: number): boolean {
  const mark = readerOf(pid);
  if (mark === null) return false;
  const [reader = '', startTicks, itsNamespace] = mark.split(':');
  return itsNamespace === namespace && startTicksOf(Number(reader)) !== startTicks;
}

function readerOf(pid: number): string | null {
  const entries = readOrNull(`/proc/${pid}/environ`)?.split('\0') ?? [];
  const entry = entries.find((one) => one.startsWith(`${READER_VARIABLE}=`));
  const mark = entry?.slice(READER_VARIABLE.length + 1) ?? '';
  return /^\d+:\d+:\d+$/.test(mark) ? mark : null;
}

/** Field 22 of proc_pid_stat(5); null without such a process. */
function startTicksOf(pid: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
}

function linkOrNull(file: string): string | null {
  try {
    return readlinkSync(file);
  } catch {
    // No /proc: then there are no marks to compare with either.
    return null;
  }
}

/** Null for a process that has exited, or that is another user's. */
function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return null;
  }
}
