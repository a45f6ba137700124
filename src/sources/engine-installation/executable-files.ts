import {constants} from 'node:fs';
import {access, stat} from 'node:fs/promises';
import path from 'node:path';

/** True for a file that this user may run. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    // Not there, not readable, not executable: for a search they are one.
    return false;
  }
}

/** The directories of a PATH; relative ones are left out, which would mean another place for every process. */
export function pathDirectories(searchPath: string): readonly string[] {
  return [...new Set(searchPath.split(':').filter((directory) => path.isAbsolute(directory)))];
}

/** The first of these directories' programs of this name; null where none has it. */
export async function findIn(directories: readonly string[], name: string): Promise<string | null> {
  for (const directory of directories) {
    const file = path.join(directory, name);
    if (await isExecutable(file)) return file;
  }
  return null;
}
