import {readlinkSync} from 'node:fs';
import {userName} from '../supervisor/operating-user.ts';

/** The name of these commands in the supervisor's events. */
export const CLIENT_NAME = 'cli';

/** Who runs this command and where, for the supervisor's events: `root@pts/3`; without a terminal `root@pid-4242`. */
export function terminalName(): string {
  const user = userName().replaceAll(/[^\w.-]/g, '-');
  return `${user}@${terminalOf(0) ?? terminalOf(1) ?? `pid-${process.pid}`}`;
}

/** `pts/3`; null if that descriptor is no terminal, or where there is no /proc. */
function terminalOf(descriptor: 0 | 1): string | null {
  try {
    return /^\/dev\/((?:pts\/|tty)\w+)$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1] ?? null;
  } catch {
    return null;
  }
}
