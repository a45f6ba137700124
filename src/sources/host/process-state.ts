import {readFileSync} from 'node:fs';

/** The state letter of a process in /proc (`R` running, `D` blocked in the kernel, `Z` exited); null if there is none. */
export function readProcessState(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).charAt(0);
  } catch {
    // It has exited and was reaped, or there is no /proc: nothing is known of it.
    return null;
  }
}
