import path from 'node:path';
import type {ApiError} from '../../api/commands.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {findIn, isExecutable, pathDirectories} from '../../sources/engine-installation/executable-files.ts';

/** The absolute path of an executable: looked up on this PATH, unless it is a path itself. */
export async function findExecutable(name: string, searchPath: string): Promise<Result<string, ApiError>> {
  if (name.includes('/')) {
    const file = path.resolve(name);
    return (await isExecutable(file)) ? ok(file) : err(notExecutable(file));
  }
  const directories = pathDirectories(searchPath);
  const file = await findIn(directories, name);
  if (file !== null) return ok(file);
  return err({
    code: 'process.executable-not-found',
    message: `There is no program "${name}" on the PATH (${directories.join(':') || 'which is empty'}).`,
    remedy: `Install ${name}, put its environment's bin directory first on PATH, or configure its full path.`,
  });
}

function notExecutable(file: string): ApiError {
  return {
    code: 'process.executable-not-found',
    message: `${file} is not there, or is not an executable file.`,
    remedy: 'Check the path and its permissions (chmod +x).',
  };
}
