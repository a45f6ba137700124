import {constants, type Stats, statSync} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';

/** A log file that is open, and which file it is. */
export type OpenLog = {readonly file: FileHandle; readonly device: number; readonly inode: number};

/**
 * Opens a log file; rejects as the system does, also for what is no file. A pipe that nobody writes to is not waited for: each
 * attempt would hold one of the few threads that all files are read with.
 */
export async function openLog(path: string): Promise<OpenLog> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const found = await file.stat();
  if (found.isFile()) return {file, device: found.dev, inode: found.ino};
  await file.close();
  const code = found.isDirectory() ? 'EISDIR' : 'ENOTSUP';
  throw Object.assign(new Error(`${code}: ${path} is not a regular file`), {code, syscall: 'open', path});
}

/** What is at the path; null for nothing: between the two steps of a rotation the file does not exist. */
export function statOrNull(path: string): Stats | null {
  return statSync(path, {throwIfNoEntry: false}) ?? null;
}

/** True for an error of the system. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error;
}
