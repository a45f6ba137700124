import {closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync} from 'node:fs';
import {type FileHandle, open, rename, rm} from 'node:fs/promises';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import {mibText} from '../../shared/quantities/bytes.ts';
import {BYTES_PER_MIB} from '../../shared/units.ts';
import {APPEND, PRIVATE_MODE, REPLACE} from '../../sources/host/own-files.ts';
import {noteRotation, startLogPath} from '../../sources/log/kept-parts.ts';

const CHUNK_BYTES = BYTES_PER_MIB;
/** The beginning has the engine's start; a supervisor that adopts the engine later reads it. */
const START_BYTES = 4 * BYTES_PER_MIB;

/** Size limit of a run's log, and how much of it is kept. */
export type LogLimits = {
  readonly maxBytes: number;
  /** Number of rotated parts, `engine.log.1` the newest; 0 for none. */
  readonly keepFiles: number;
};

/** True for a log that is longer than its limit. Never waits for another thread: it is asked every few seconds. */
export function isBeyondLimit(logPath: string, {maxBytes}: Pick<LogLimits, 'maxBytes'>): boolean {
  return (sizeOf(logPath) ?? 0) > maxBytes;
}

/**
 * Copies a log to `<log>.1` and truncates it when it exceeds the limit; null on success. The engine continues at the new
 * end: its descriptor appends to the same file. Lines written between the last read and the truncation, microseconds, are
 * lost; on a full disk the content is lost, and that is reported.
 */
export async function rotateLog(logPath: string, limits: LogLimits): Promise<Finding | null> {
  const size = sizeOf(logPath);
  if (size === null || size <= limits.maxBytes) return null;
  const part = `${logPath}.new`;
  try {
    if (sizeOf(startLogPath(logPath)) === null) await copyStart(logPath);
    const copied = await copyEnd(logPath, part, limits);
    moveRestAndEmpty(logPath, part, copied);
    await shiftParts(logPath, part, limits.keepFiles);
    return null;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    await rm(part, {force: true, recursive: true});
    return giveUpContent(logPath, size, error);
  }
}

function sizeOf(file: string): number | null {
  return statSync(file, {throwIfNoEntry: false})?.size ?? null;
}

async function copyStart(logPath: string): Promise<void> {
  const draft = `${startLogPath(logPath)}.new`;
  await betweenFiles(logPath, draft, async (source, target) => {
    const bytes = new Uint8Array(START_BYTES);
    const {bytesRead} = await source.read(bytes, 0, START_BYTES, 0);
    await target.writeFile(bytes.subarray(0, bytesRead));
  });
  await rename(draft, startLogPath(logPath));
}

/** What was copied of the log: offsets in it. */
type Copied = {readonly fromBytes: number; readonly toBytes: number};

/** Copies the end of the log, `maxBytes` of the current content plus what arrives meanwhile. */
async function copyEnd(logPath: string, part: string, {maxBytes}: LogLimits): Promise<Copied> {
  let from = 0;
  let offset = 0;
  await betweenFiles(logPath, part, async (source, target) => {
    const chunk = new Uint8Array(CHUNK_BYTES);
    from = Math.max(0, (await source.stat()).size - maxBytes);
    offset = from;
    // A faster writer is handled by the last step, so that this ends.
    while (offset - from < 2 * maxBytes) {
      const {bytesRead} = await source.read(chunk, 0, CHUNK_BYTES, offset);
      if (bytesRead === 0) break;
      await target.writeFile(chunk.subarray(0, bytesRead));
      offset += bytesRead;
    }
  });
  return {fromBytes: from, toBytes: offset};
}

async function betweenFiles(
  from: string,
  to: string,
  task: (source: FileHandle, target: FileHandle) => Promise<void>,
): Promise<void> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, REPLACE, PRIVATE_MODE);
    try {
      await task(source, target);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** No pause between reading and truncating: this limits the loss to microseconds. */
function moveRestAndEmpty(logPath: string, part: string, {fromBytes, toBytes}: Copied): void {
  const log = openSync(logPath, 'r+');
  const target = openSync(part, APPEND, PRIVATE_MODE);
  try {
    const chunk = new Uint8Array(CHUNK_BYTES);
    const limit = toBytes + 64 * CHUNK_BYTES;
    for (let offset = toBytes; offset < limit; ) {
      const bytesRead = readSync(log, chunk, 0, CHUNK_BYTES, offset);
      if (bytesRead === 0) break;
      writeSync(target, chunk, 0, bytesRead);
      offset += bytesRead;
    }
    noteRotation(logPath, part, fromBytes);
    ftruncateSync(log, 0);
  } finally {
    closeSync(target);
    closeSync(log);
  }
}

async function shiftParts(logPath: string, part: string, keepFiles: number): Promise<void> {
  if (keepFiles === 0) {
    await rm(part, {force: true});
    return;
  }
  await rm(`${logPath}.${keepFiles}`, {force: true});
  for (let index = keepFiles - 1; index >= 1; index -= 1) {
    if (sizeOf(`${logPath}.${index}`) !== null) {
      await rename(`${logPath}.${index}`, `${logPath}.${index + 1}`);
    }
  }
  await rename(part, `${logPath}.1`);
}

/** Old lines must not fill the disk: they are deleted even if they cannot be copied. */
function giveUpContent(logPath: string, sizeBytes: number, cause: Error): Finding {
  const lost = mibText(sizeBytes);
  try {
    const log = openSync(logPath, 'r+');
    try {
      if (fstatSync(log).size > 0) ftruncateSync(log, 0);
    } finally {
      closeSync(log);
    }
    return rotationFinding(
      `${lost} of the engine's log were deleted because they could not be copied (${cause.message}).`,
    );
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return rotationFinding(`The engine's log (${lost}) can neither be copied nor truncated (${reason}).`);
  }
}

function rotationFinding(message: string): Finding {
  return {
    code: 'supervisor.log-not-rotated',
    severity: 'warning',
    message,
    evidence: null,
    remedy: 'Free some space on the disk of the state directory, or lower engineLog.maxMegabytes.',
    settingsChange: null,
  };
}
