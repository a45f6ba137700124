import {homedir, userInfo} from 'node:os';

/** The name of this process's user; its number where it has none, as in a container with `--user`: programs accept both. */
export function userName(): string {
  return orNull(() => userInfo().username) ?? String(process.getuid?.() ?? '');
}

/**
 * The home directory: HOME, or that of the user database where HOME is unset or empty. Not absolute where HOME is not; empty
 * where there is none.
 */
export function homeDirectory(): string {
  return orNull(homedir) || (orNull(() => userInfo().homedir) ?? '');
}

/** Node throws where the system knows no answer. */
function orNull(ask: () => string): string | null {
  try {
    return ask();
  } catch {
    return null;
  }
}
