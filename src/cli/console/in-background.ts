import {readFileSync} from 'node:fs';

/** Process group and that of the terminal in the foreground: fields 5 and 8, counted from the end of the command (proc_pid_stat(5)). */
const GROUPS = /\) \S \d+ (\d+) \d+ -?\d+ (-?\d+) /;

/**
 * True while a shell has given the terminal to another process group. False without a terminal of its own, and where /proc does not
 * say it.
 */
export function isInBackground(readStat: () => string = ownStat): boolean {
  const text = readStat();
  const [, own, foreground] = GROUPS.exec(text.slice(text.lastIndexOf(')'))) ?? [];
  return own !== undefined && Number(foreground) > 0 && foreground !== own;
}

/**
 * Makes the exit of a console that a signal ends an end in the background, too. Node sets the mode of the terminal before it exits, also
 * for a signal: there, this would stop the process (SIGTTOU) before its end. Only SIGKILL leaves it no time.
 */
export function exitAlsoInBackground(): void {
  process.once('exit', () => {
    if (isInBackground()) process.kill(process.pid, 'SIGKILL');
  });
}

function ownStat(): string {
  try {
    return readFileSync('/proc/self/stat', 'utf8');
  } catch {
    return '';
  }
}
