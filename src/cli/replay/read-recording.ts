import {existsSync, realpathSync, statSync} from 'node:fs';
import path from 'node:path';
import {gunzipSync} from 'node:zlib';
import type {ApiError} from '../../api/commands.ts';
import {openRecording, type Recording} from '../../api/recording/open-recording.ts';
import type {RecordedBytes} from '../../api/recording/recorded-lines.ts';
import {MAX_RECORDING_BYTES} from '../../api/recording/recording.ts';
import {errorCode} from '../../shared/error-code.ts';
import {mibText} from '../../shared/quantities/bytes.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {RECORDING_FILE} from '../../supervisor/flight-recorder/incident-files.ts';
import {fileInTar, isTar} from '../report/unpack-tar.ts';
import {openRecordingBytes} from './recording-bytes.ts';

/** A report has more than its recording. */
const MOST_BYTES = 2 * MAX_RECORDING_BYTES;
const TAR_HEADER_BYTES = 512;

const noSuchFile = 'there is no such file';
const tooLong = `it has more than ${mibText(MOST_BYTES)}`;

/**
 * Reads what `gantry replay` is given: an archive of `gantry report`, unpacked or not, the directory of an incident, or a file of
 * `gantry status --record`. Errors: `replay.unreadable`, `replay.no-recording`, and those of `openRecording`.
 */
export function readRecording(file: string): Result<Recording, ApiError> {
  const found = findBytes(file);
  if (!found.ok) return found;
  const plain = unzipped(file, found.value);
  if (!plain.ok) return plain;
  const name = `"${file}"`;
  if (!isTar(Buffer.from(plain.value.subarray(0, TAR_HEADER_BYTES)))) return openRecording(plain.value, name);
  const recording = fileInTar(wholeOf(plain.value), `/incident/${RECORDING_FILE}`);
  return recording === null ? err(withoutRecording(file)) : openRecording(recording, name);
}

function findBytes(file: string): Result<RecordedBytes, ApiError> {
  try {
    // It would be resolved to the current directory.
    if (file === '') return err(unreadable(file, noSuchFile));
    // The operator may give a link.
    const place = realpathSync(file);
    if (!statSync(place).isDirectory()) return bytesOf(file, place);
    const inReport = path.join(place, 'incident', RECORDING_FILE);
    const recording = existsSync(inReport) ? inReport : path.join(place, RECORDING_FILE);
    return existsSync(recording) ? bytesOf(file, recording) : err(withoutRecording(file));
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    return err(unreadable(file, code === 'ENOENT' || code === 'ENOTDIR' ? noSuchFile : errorMessage(error)));
  }
}

function bytesOf(file: string, place: string): Result<RecordedBytes, ApiError> {
  // A socket cannot even be opened.
  if (!statSync(place).isFile()) return err(unreadable(file, 'it is not a regular file'));
  const bytes = openRecordingBytes(place, MOST_BYTES);
  return bytes === null ? err(unreadable(file, tooLong)) : ok(bytes);
}

/** Only what is compressed is held in memory whole. */
function unzipped(file: string, bytes: RecordedBytes): Result<RecordedBytes, ApiError> {
  const [first, second] = bytes.subarray(0, 2);
  if (first !== 0x1f || second !== 0x8b) return ok(bytes);
  try {
    return ok(gunzipSync(wholeOf(bytes), {maxOutputLength: MOST_BYTES}));
  } catch (error) {
    const code = errorCode(error);
    if (code === undefined) throw error;
    if (code === 'ERR_BUFFER_TOO_LARGE') return err(unreadable(file, `uncompressed, ${tooLong}`));
    return err(unreadable(file, `it cannot be uncompressed: ${errorMessage(error)}`));
  }
}

function wholeOf(bytes: RecordedBytes): Buffer {
  return Buffer.from(bytes.subarray(0, bytes.length));
}

function unreadable(file: string, reason: string): ApiError {
  return {
    code: 'replay.unreadable',
    message: `"${file}" cannot be read: ${reason}.`,
    remedy: 'Give a file of gantry status --record, an archive of gantry report, or the directory of an incident.',
  };
}

function withoutRecording(file: string): ApiError {
  return {
    code: 'replay.no-recording',
    message: `"${file}" has no recording of an incident.`,
    remedy:
      'A report has one if an incident was recorded before it, by this version of Gantry or a later one. gantry status --record FILE records from now on.',
  };
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
