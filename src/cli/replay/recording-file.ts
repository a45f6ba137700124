import {closeSync, ftruncateSync, lstatSync, openSync, rmSync, writeSync} from 'node:fs';
import type {ApiError} from '../../api/commands.ts';
import type {RecordingLine} from '../../api/recording/recording.ts';
import {errorCode} from '../../shared/error-code.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {PRIVATE_MODE} from '../../sources/host/own-files.ts';

const CODE = 'record.not-written';

/** A recording that is being written, for its owner only. */
export type RecordingFile = {
  /** False if the line was not written: see `failure`, and `isFull`. */
  readonly write: (line: RecordingLine) => boolean;
  readonly bytes: () => number;
  /** True once a line was left out because the file would have become too long. */
  readonly isFull: () => boolean;
  readonly failure: () => ApiError | null;
  /** Without a line that was cut off. A file in which nothing can be replayed is removed. */
  readonly close: (canBeReplayed: boolean) => void;
};

/** Creates the file. Error: `record.not-written`, also if it exists, or is none. */
export function createRecordingFile(file: string, mostBytes: number): Result<RecordingFile, ApiError> {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'wx', PRIVATE_MODE);
  } catch (error) {
    return err(notCreated(file, error));
  }
  let bytes = 0;
  let isFull = false;
  let failure: ApiError | null = null;
  return ok({
    write(line) {
      const data = Buffer.from(`${JSON.stringify(line)}\n`);
      isFull ||= bytes + data.length > mostBytes;
      if (isFull || failure !== null) return false;
      try {
        writeWhole(descriptor, data);
      } catch (error) {
        failure = notWritten(file, error, 'Free space, or give another file with --record.');
        return false;
      }
      bytes += data.length;
      return true;
    },
    bytes: () => bytes,
    isFull: () => isFull,
    failure: () => failure,
    close(canBeReplayed) {
      // What fails here leaves the file as it is: the reader skips half a line.
      attempt(() => ftruncateSync(descriptor, bytes));
      attempt(() => closeSync(descriptor));
      if (!canBeReplayed) attempt(() => rmSync(file));
    },
  });
}

function attempt(call: () => void): void {
  try {
    call();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
  }
}

/** A disk that becomes full takes the start of a line; asked for the rest, it says that it is full. */
function writeWhole(descriptor: number, data: Uint8Array): void {
  for (let written = 0; written < data.length; ) written += writeSync(descriptor, data, written);
}

function notCreated(file: string, error: unknown): ApiError {
  const remedy = 'Give another file with --record: none is overwritten.';
  if (errorCode(error) !== 'EEXIST') return notWritten(file, error, 'Give another file with --record.');
  return {code: CODE, message: isDirectory(file) ? `${file} is a directory.` : `${file} exists already.`, remedy};
}

/** Of the name itself: what a link leads to may not be readable, nor exist. */
function isDirectory(file: string): boolean {
  try {
    return lstatSync(file).isDirectory();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return false;
  }
}

function notWritten(file: string, error: unknown, remedy: string): ApiError {
  const reason = error instanceof Error ? error.message : String(error);
  return {code: CODE, message: `The recording ${file} cannot be written: ${reason}.`, remedy};
}
