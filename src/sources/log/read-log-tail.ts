import {type FileHandle, open} from 'node:fs/promises';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LogLine} from '../../samples/log-line.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {BYTES_PER_KIB, BYTES_PER_MIB} from '../../shared/units.ts';
import {createLogAssembler} from './log-assembler.ts';

/** The end of a log has no line numbers: the lines before it were not counted. */
export type LogTailLine = Omit<LogLine, 'number'>;

const FIRST_BLOCK_BYTES = 64 * BYTES_PER_KIB;
/** Most bytes read, however many lines are requested. */
const MAX_TAIL_BYTES = 16 * BYTES_PER_MIB;
const LINE_FEED = 0x0a;

/**
 * The last `lineCount` lines of a log, oldest first, read from its end; fewer when the log has fewer, or when they would
 * take more than 16 MiB.
 */
export async function readLogTail(path: string, lineCount: number): Promise<Result<readonly LogTailLine[], Finding>> {
  try {
    const file = await open(path, 'r');
    try {
      return ok(await tailOf(file, lineCount));
    } finally {
      await file.close();
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return err({
      code: 'source.log.unreadable',
      severity: 'warning',
      message: `The log ${path} cannot be read.`,
      evidence: error.message,
      remedy: 'Check that the file exists and that this user can read it.',
      settingsChange: null,
    });
  }
}

async function tailOf(file: FileHandle, lineCount: number): Promise<readonly LogTailLine[]> {
  const {size} = await file.stat();
  if (lineCount <= 0) return [];
  for (let blockBytes = FIRST_BLOCK_BYTES; ; blockBytes *= 4) {
    const fromOffsetBytes = Math.max(0, size - Math.min(blockBytes, MAX_TAIL_BYTES));
    const lines = await linesFrom(file, fromOffsetBytes, size);
    if (lines.length >= lineCount || fromOffsetBytes === 0 || blockBytes >= MAX_TAIL_BYTES) {
      return lines.slice(-lineCount);
    }
  }
}

async function linesFrom(file: FileHandle, fromOffsetBytes: number, toOffsetBytes: number): Promise<LogTailLine[]> {
  const bytes = new Uint8Array(toOffsetBytes - fromOffsetBytes);
  let filledBytes = 0;
  while (filledBytes < bytes.length) {
    const {bytesRead} = await file.read(bytes, filledBytes, bytes.length - filledBytes, fromOffsetBytes + filledBytes);
    if (bytesRead === 0) break;
    filledBytes += bytesRead;
  }
  const read = bytes.subarray(0, filledBytes);
  // The block usually starts in the middle of a line.
  const skippedBytes = fromOffsetBytes === 0 ? 0 : read.indexOf(LINE_FEED) + 1;
  if (fromOffsetBytes > 0 && skippedBytes === 0) return [];
  const assembler = createLogAssembler({startOffsetBytes: fromOffsetBytes + skippedBytes});
  const lines = [...assembler.push(read.subarray(skippedBytes)), ...assembler.flush()];
  return lines.map(({offsetBytes, text}) => ({offsetBytes, text}));
}
