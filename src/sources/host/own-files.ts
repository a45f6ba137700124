import {randomBytes} from 'node:crypto';
import {constants, renameSync, rmSync, writeFileSync} from 'node:fs';

/** Mode of every file that Gantry writes, and flags that never write through a symbolic link. */
export const PRIVATE_MODE = 0o600;
/** Appends; created where it does not exist. */
export const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
/** The same, for a file that is read again. */
export const READ_AND_APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
/** Replaces what is there. */
export const REPLACE = constants.O_WRONLY | constants.O_TRUNC | constants.O_CREAT | constants.O_NOFOLLOW;

/** Replaces a file in one step: a reader sees the old or the new one. Throws where it cannot be written. */
export function replaceFile(file: string, contents: string | Uint8Array): void {
  const draft = `${file}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, contents, {mode: PRIVATE_MODE, flag: 'wx'});
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, {force: true});
    throw error;
  }
}

const PRIVATE_MASK = 0o077;
/** Of programs that Gantry starts: a mask that takes the owner's own access would break them. */
const OTHERS_ONLY = 0o077;

let inherited: number | null = null;

/**
 * From now on, files and directories of this process are for its user only, whatever mask it was started with. Programs
 * that it starts have the mask of the operator again, with `withOperatorMask`.
 */
export function keepFilesPrivate(): void {
  inherited ??= process.umask(PRIVATE_MASK);
}

/** The mask of the operator, for a program that sets its own at first. */
export function operatorMask(): number {
  return (inherited ?? process.umask()) & OTHERS_ONLY;
}

/** Runs a spawn, which must have happened when the function returns, with the mask of the operator. */
export function withOperatorMask<T>(spawn: () => T): T {
  const before = process.umask(operatorMask());
  try {
    return spawn();
  } finally {
    process.umask(before);
  }
}
