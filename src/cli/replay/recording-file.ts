import {closeSync, openSync, writeSync} from 'node:fs';
import type {ApiError} from '../../api/commands.ts';
import type {RecordingLine} from '../../api/recording/recording.ts';
import {errorCode} from '../../shared/error-code.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {PRIVATE_MODE} from '../../sources/host/own-files.ts';

/** A recording that is being written, for its owner only. */
export type RecordingFile = {
  /** False if the line was not written: see `failure`, and `isFull`. */
  readonly write: (line: RecordingLine) => boolean;
  readonly bytes: () => number;
  /** True once a line was left out because the file would have become too long. */
  readonly isFull: () => boolean;
  readonly failure: () => ApiError | null;
  readonly close: () => void;
};

/** Creates the file. Error: `record.not-written`, also if it exists. */
export function createRecordingFile(file: string, mostBytes: number): Result<RecordingFile, ApiError> {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'wx', PRIVATE_MODE);
  } catch (error) {
    return err(notWritten(file, error));
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
        writeSync(descriptor, data);
      } catch (error) {
        failure = notWritten(file, error);
        return false;
      }
      bytes += data.length;
      return true;
    },
    bytes: () => bytes,
    isFull: () => isFull,
    failure: () => failure,
    close: () => closeSync(descriptor),
  });
}

function notWritten(file: string, error: unknown): ApiError {
  const reason = error instanceof Error ? error.message : String(error);
  const code = 'record.not-written';
  if (errorCode(error) === 'EEXIST')
    return {code, message: `${file} exists already.`, remedy: 'Give another file with --record: none is overwritten.'};
  return {
    code,
    message: `The recording cannot be written: ${reason}.`,
    remedy: 'Give another file with --record. What was written before can be replayed.',
  };
}
