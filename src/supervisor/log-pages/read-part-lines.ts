import type {FileHandle} from 'node:fs/promises';
import type {LogLine} from '../../samples/log-line.ts';
import {BYTES_PER_KIB} from '../../shared/units.ts';
import type {LogPart} from '../../sources/log/kept-parts.ts';
import {createLogAssembler, MAX_LOG_LINE_BYTES} from '../../sources/log/log-assembler.ts';

/** So much before a range is read with it: a line that has begun there, and the one before it, which may begin a secret. */
const BEFORE_BYTES = 4 * BYTES_PER_KIB;
const CHUNK_BYTES = 8 * BYTES_PER_KIB;
const LINE_FEED = 0x0a;

/** Lines of a range, with the one before it. */
export type RangeLines = {
  readonly before: LogLine | null;
  /** Lines that begin in the range, the last one whole. */
  readonly lines: readonly LogLine[];
  /** Where a line begins whose end is not written yet; it is not among the lines. Null for none. */
  readonly unfinishedFromBytes: number | null;
};

/** Reads the lines that begin in this range of the whole log, which lies in this part. `isSettled`: its last line is whole as it is. */
export async function readPartLines(
  file: FileHandle,
  part: LogPart,
  range: {readonly fromBytes: number; readonly toBytes: number},
  isSettled: boolean,
): Promise<RangeLines> {
  const readFrom = Math.max(part.fromBytes, range.fromBytes - BEFORE_BYTES);
  const bytes = await readToLineEnd(file, readFrom - part.fromBytes, range.toBytes - part.fromBytes, part.sizeBytes);
  const assembler = createLogAssembler({startOffsetBytes: readFrom});
  const all = assembler.push(bytes);
  const isWhole = bytes.at(-1) === LINE_FEED || bytes.length >= MAX_LOG_LINE_BYTES + range.toBytes - readFrom;
  if (isWhole || isSettled) all.push(...assembler.flush());
  const rest = isWhole || isSettled ? null : lastStart(bytes, readFrom);
  // What is read first may have begun earlier.
  const begun = readFrom === part.fromBytes ? all : all.slice(1);
  return {
    before: begun.findLast(({offsetBytes}) => offsetBytes < range.fromBytes) ?? null,
    lines: begun.filter(({offsetBytes}) => offsetBytes >= range.fromBytes && offsetBytes < range.toBytes),
    unfinishedFromBytes: rest !== null && rest >= range.fromBytes && rest < range.toBytes ? rest : null,
  };
}

function lastStart(bytes: Uint8Array, readFrom: number): number {
  return readFrom + bytes.lastIndexOf(LINE_FEED) + 1;
}

/** The bytes of a file from one offset to another, and on to the end of the line in which that is. */
async function readToLineEnd(file: FileHandle, from: number, to: number, sizeBytes: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(Math.min(to + MAX_LOG_LINE_BYTES, sizeBytes) - from);
  let length = 0;
  const readTo = async (end: number): Promise<boolean> => {
    while (length < end) {
      const {bytesRead} = await file.read(bytes, length, end - length, from + length);
      if (bytesRead === 0) return false;
      length += bytesRead;
    }
    return true;
  };
  let isMore = await readTo(Math.min(to - from, bytes.length));
  while (isMore && length < bytes.length && bytes[length - 1] !== LINE_FEED) {
    const start = length;
    isMore = await readTo(Math.min(length + CHUNK_BYTES, bytes.length));
    const feed = bytes.subarray(start, length).indexOf(LINE_FEED);
    if (feed >= 0) return bytes.subarray(0, start + feed + 1);
  }
  return bytes.subarray(0, length);
}
