import type {Stats} from 'node:fs';
import {type FileHandle, open, stat} from 'node:fs/promises';

/** A log file that is open, and which file it is. */
export type OpenLog = {readonly file: FileHandle; readonly device: number; readonly inode: number};

/** Opens a log file; rejects as the system does. */
export async function openLog(path: string): Promise<OpenLog> {
  const file = await open(path, 'r');
  const {dev, ino} = await file.stat();
  return {file, device: dev, inode: ino};
}

/** What is at the path; null for nothing. */
export async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    // Between the two steps of a rotation the file does not exist.
    if (isSystemError(error) && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** True for an error of the system. */
export function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && 'syscall' in error;
}
