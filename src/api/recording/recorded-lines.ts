/** The bytes of a recording: all in memory, or read from a file when they are needed. Past their end there are none. */
export type RecordedBytes = {
  readonly length: number;
  readonly subarray: (start: number, end: number) => Uint8Array;
};

/** Where a line is, without the end of the line. */
export type LinePlace = {readonly start: number; readonly end: number};

/** Gets the place of a line, its bytes, which it must not keep, or null if there are too many, and its number in the file, from 1 on. */
type VisitLine = (place: LinePlace, line: Uint8Array | null, number: number) => void;

/** Bytes that are looked at together; a line that is longer is read again with more of them. */
const BLOCK_BYTES = 1024 * 1024;
/** A longer line is none of a recording: a whole log is in one. */
const MOST_LINE_BYTES = 32 * BLOCK_BYTES;
const NEWLINE = 0x0a;
const [SPACE, TAB, CARRIAGE_RETURN] = [0x20, 0x09, 0x0d];

/** Finds the lines that are not blank, in bounded memory. */
export function findLines(bytes: RecordedBytes, visit: VisitLine): void {
  let blockBytes = BLOCK_BYTES;
  let number = 0;
  for (let at = 0; at < bytes.length; ) {
    const block = bytes.subarray(at, Math.min(bytes.length, at + blockBytes));
    const isLast = block.length < blockBytes || at + block.length >= bytes.length;
    const seen = endsIn(block, isLast, (start, end) => {
      number += 1;
      if (end > start) visit({start: at + start, end: at + end}, block.subarray(start, end), number);
    });
    if (isLast) return;
    if (seen > 0) {
      at += seen;
      blockBytes = BLOCK_BYTES;
    } else if (blockBytes < MOST_LINE_BYTES) blockBytes *= 2;
    else {
      const end = endOfLine(bytes, at + blockBytes);
      number += 1;
      visit({start: at, end}, null, number);
      at = end + 1;
    }
  }
}

/** Finds the lines that end in the block, with `isLast` its rest too. Returns the bytes of these lines. */
function endsIn(block: Uint8Array, isLast: boolean, found: (start: number, end: number) => void): number {
  let seen = 0;
  while (seen < block.length) {
    // Of a file of nothing but blank lines, a search from each is most of the time.
    const newline = block[seen] === NEWLINE ? seen : block.indexOf(NEWLINE, seen);
    if (newline < 0 && !isLast) break;
    const next = newline < 0 ? block.length : newline;
    found(seen, endOfText(block, seen, next));
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
