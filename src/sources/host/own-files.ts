import {randomBytes} from 'node:crypto';
import {closeSync, constants, fstatSync, openSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {errorCode} from '../../shared/error-code.ts';
import {BYTES_PER_KIB} from '../../shared/units.ts';

/** Mode of every file that Gantry writes. */
export const PRIVATE_MODE = 0o600;
/** Of every file that Gantry opens: never through a symbolic link, and without waiting for the other end of a pipe. */
const CAREFULLY = constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Appends; created where it does not exist. */
export const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | CAREFULLY;
/** The same, for a file that is read again. */
export const READ_AND_APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | CAREFULLY;
/** The same, for the output of another program, whose descriptor has to be an ordinary one. */
export const APPEND_OUTPUT = APPEND & ~constants.O_NONBLOCK;
/** Replaces what is there. */
export const REPLACE = constants.O_WRONLY | constants.O_TRUNC | constants.O_CREAT | CAREFULLY;

/** Reads what is there. */
export const READ = constants.O_RDONLY | CAREFULLY;
/** Far above every record that Gantry writes. */
const MOST_RECORD_BYTES = 256 * BYTES_PER_KIB;

/**
 * A short file that Gantry wrote. Null where there is none, and for what Gantry has not written: a link, a pipe, which is not
 * waited for, and a file that is far too long. Throws where it cannot be read, as a directory.
 */
export function readRecordBytes(file: string, mostBytes = MOST_RECORD_BYTES): Buffer | null {
  let descriptor: number;
  try {
    descriptor = openSync(file, READ);
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENXIO'].includes(errorCode(error) ?? '')) return null;
    throw error;
  }
  try {
    const found = fstatSync(descriptor);
    const isReadable = found.isDirectory() || (found.isFile() && found.size <= mostBytes);
    return isReadable ? readFileSync(descriptor) : null;
  } finally {
    closeSync(descriptor);
  }
}

/** The same as text. */
export function readRecord(file: string, mostBytes = MOST_RECORD_BYTES): string | null {
  return readRecordBytes(file, mostBytes)?.toString('utf8') ?? null;
}

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
