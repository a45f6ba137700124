/** One line as it came, without its line feed. */
export type SplitLine = {
  /** Offset of the line's first byte in everything that was pushed. */
  readonly offsetBytes: number;
  readonly text: string;
  /** True when the line was longer than the limit and its end was left out. */
  readonly isCut: boolean;
};

/** Bytes in, whole lines out. */
export type LineSplitter = {
  /** The lines that end in this chunk. */
  readonly push: (chunk: Uint8Array) => readonly SplitLine[];
  /** What has come of a line whose end has not; empty text when nothing has. Forgotten afterwards. */
  readonly flush: () => SplitLine;
};

const LINE_FEED = 0x0a;

/**
 * Splits at line feeds alone, keeping the remainder: a reader sees cuts at any byte. A line longer than `maxLineBytes`
 * keeps its beginning, and the rest up to the line feed is left out. Invalid UTF-8 becomes U+FFFD.
 * @param startOffsetBytes offset of the first byte that will be pushed
 */
export function createLineSplitter(maxLineBytes = 65_536, startOffsetBytes = 0): LineSplitter {
  const decoder = new TextDecoder('utf-8');
  let parts: Uint8Array[] = [];
  let keptBytes = 0;
  let seenBytes = 0;
  let lineOffset = startOffsetBytes;

  function keep(bytes: Uint8Array): void {
    seenBytes += bytes.length;
    const room = maxLineBytes - keptBytes;
    if (room <= 0 || bytes.length === 0) return;
    // A copy: the chunk's memory may be used again by whoever pushed it.
    const kept = bytes.slice(0, room);
    parts.push(kept);
    keptBytes += kept.length;
  }

  function take(endBytes: number): SplitLine {
    const bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts);
    const line = {offsetBytes: lineOffset, text: decoder.decode(bytes), isCut: seenBytes > keptBytes};
    lineOffset += seenBytes + endBytes;
    parts = [];
    keptBytes = 0;
    seenBytes = 0;
    return line;
  }

  return {
    push(chunk) {
      const lines: SplitLine[] = [];
      let start = 0;
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
        keep(chunk.subarray(start, end));
        lines.push(take(1));
        start = end + 1;
      }
      keep(chunk.subarray(start));
      return lines;
    },
    flush: () => take(0),
  };
}
