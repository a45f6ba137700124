/** The bytes of a recording: all in memory, or read from a file when they are needed. Past their end there are none. */
export type RecordedBytes = {
  readonly length: number;
  readonly subarray: (start: number, end: number) => Uint8Array;
};

/** Where a line is, without the end of the line. */
export type LinePlace = {readonly start: number; readonly end: number};

/** Bytes that are looked at together; a line that is longer is read again with more of them. */
const BLOCK_BYTES = 1024 * 1024;
/** A longer line is none of a recording: a whole log is in one. */
const MOST_LINE_BYTES = 32 * BLOCK_BYTES;
const NEWLINE = 0x0a;
const [SPACE, TAB, CARRIAGE_RETURN] = [0x20, 0x09, 0x0d];

/**
 * Finds the lines, in bounded memory. `visit` gets the place of each line that is not blank, and its bytes, which it must not
 * keep; null in place of the bytes if there are too many.
 */
export function findLines(bytes: RecordedBytes, visit: (place: LinePlace, line: Uint8Array | null) => void): void {
  let blockBytes = BLOCK_BYTES;
  for (let at = 0; at < bytes.length; ) {
    const block = bytes.subarray(at, Math.min(bytes.length, at + blockBytes));
    const isLast = block.length < blockBytes || at + block.length >= bytes.length;
    const seen = visitLines(block, at, isLast, visit);
    if (isLast) return;
    if (seen > 0) {
      at += seen;
      blockBytes = BLOCK_BYTES;
    } else if (blockBytes < MOST_LINE_BYTES) blockBytes *= 2;
    else {
      const end = endOfLine(bytes, at + blockBytes);
      visit({start: at, end}, null);
      at = end + 1;
    }
  }
}

/** Visits the lines that end in the block, with `isLast` its rest too. Returns the bytes of these lines. */
function visitLines(
  block: Uint8Array,
  at: number,
  isLast: boolean,
  visit: (place: LinePlace, line: Uint8Array) => void,
): number {
  let seen = 0;
  while (seen < block.length) {
    const found = block.indexOf(NEWLINE, seen);
    if (found < 0 && !isLast) break;
    const next = found < 0 ? block.length : found;
    const end = endOfText(block, seen, next);
    if (end > seen) visit({start: at + seen, end: at + end}, block.subarray(seen, end));
    seen = next + 1;
  }
  return seen;
}

/** Before the blanks at the end of a line. */
function endOfText(block: Uint8Array, start: number, lineEnd: number): number {
  let end = lineEnd;
  while (end > start && [SPACE, TAB, CARRIAGE_RETURN].includes(block[end - 1] ?? 0)) end -= 1;
  return end;
}

function endOfLine(bytes: RecordedBytes, from: number): number {
  for (let at = from; at < bytes.length; ) {
    const block = bytes.subarray(at, Math.min(bytes.length, at + BLOCK_BYTES));
    const found = block.indexOf(NEWLINE);
    if (found >= 0) return at + found;
    if (block.length === 0) break;
    at += block.length;
  }
  return bytes.length;
}
