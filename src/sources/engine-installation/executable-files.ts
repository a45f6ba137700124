import {constants} from 'node:fs';
import {access, stat} from 'node:fs/promises';
import path from 'node:path';

/** True for a file that this user can execute. */
export async function isExecutable(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    // Missing, not readable or not executable: the same for a search.
    return false;
  }
}

/** The directories of a PATH; relative ones are skipped, because they depend on the working directory. */
export function pathDirectories(searchPath: string): readonly string[] {
  return [...new Set(searchPath.split(':').filter((directory) => path.isAbsolute(directory)))];
}

/** The first program with this name in these directories; null if there is none. */
export async function findIn(directories: readonly string[], name: string): Promise<string | null> {
  for (const directory of directories) {
    const file = path.join(directory, name);
    if (await isExecutable(file)) return file;
  }
  return null;
}
