import {readFileSync} from 'node:fs';
import {errorCode} from '../../shared/error-code.ts';

/**
 * When a process was started, in the kernel's ticks since boot: with the pid it identifies one process uniquely. Null
 * if no such process runs (a zombie does not run). Without /proc, 0 for any live process.
 */
export function readStartTicks(pid: number): number | null {
  const fields = readStatFields(pid);
  if (fields === 'no-proc') return isSignalable(pid) ? 0 : null;
  if (fields === null || fields[0] === 'Z' || fields[0] === 'X') return null;
  // proc_pid_stat(5): starttime is field 22, and the state after the closing bracket is field 3.
  return Number(fields[19]);
}

/** The state of a process, one letter of proc(5); null for one that has exited, and without /proc. */
export function readProcessState(pid: number): string | null {
  const fields = readStatFields(pid);
  return fields === null || fields === 'no-proc' ? null : (fields[0] ?? null);
}

/** True while exactly this process runs. */
export function isSameProcess(pid: number, startTicks: number): boolean {
  return readStartTicks(pid) === startTicks;
}

function readStatFields(pid: number): readonly string[] | null | 'no-proc' {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return process.platform === 'linux' ? null : 'no-proc';
  }
}

function isSignalable(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
}
