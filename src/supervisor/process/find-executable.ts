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
    message: `The program "${name}" is not on PATH (${directories.join(':') || 'empty'}).`,
    remedy: `Install ${name}, add its bin directory to PATH, or configure its full path.`,
  });
}

function notExecutable(file: string): ApiError {
  return {
    code: 'process.executable-not-found',
    message: `${file} does not exist or is not an executable file.`,
    remedy: 'Check the path and its permissions (chmod +x).',
  };
}
