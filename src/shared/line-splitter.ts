import {BYTES_PER_KIB} from './units.ts';

/** Default for the longest line. */
export const DEFAULT_MAX_LINE_BYTES = 64 * BYTES_PER_KIB;

/** One line without its separator. */
export type SplitLine = {
  readonly text: string;
  /** Offset of the line's first byte in the whole stream. */
  readonly offsetBytes: number;
  /** Bytes of the original line without the separator; more than in `text` when the line was cut. */
  readonly lengthBytes: number;
  /** True when the line was too long and only its start is in `text`. */
  readonly isCut: boolean;
  /** What ended it: a line feed, a carriage return (only if enabled), or `flush`. */
  readonly endedBy: 'line-feed' | 'carriage-return' | 'flush';
};

export type LineSplitter = {
  /** Takes the next bytes and returns the lines they complete. The caller may reuse the chunk afterwards. */
  readonly push: (chunk: Uint8Array) => SplitLine[];
  /** Returns the rest as a last line, null if there is none. The next byte starts a new line. */
  readonly flush: () => SplitLine | null;
};

export type LineSplitterOptions = {
  /** Policy for long lines: the first `maxLineBytes` are kept, the rest is dropped up to the separator, `isCut` is set. */
  readonly maxLineBytes?: number;
  /** Offset of the first byte that will be pushed. */
  readonly startOffsetBytes?: number;
  /** Also ends lines at `\r`: for progress bars. Off by default, so that `\r\n` leaves its `\r` in the text. */
  readonly splitsAtCarriageReturn?: boolean;
};

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Splits a byte stream into lines at `\n`, independent of the chunks. Bytes that are not UTF-8 become U+FFFD; memory is
 * bounded by `maxLineBytes`.
 */
export function createLineSplitter(options: LineSplitterOptions = {}): LineSplitter {
  const {maxLineBytes = DEFAULT_MAX_LINE_BYTES, splitsAtCarriageReturn = false} = options;
  const decoder = new TextDecoder('utf-8', {ignoreBOM: true});
  let lineOffsetBytes = options.startOffsetBytes ?? 0;
  let lengthBytes = 0;
  let pieces: Uint8Array[] = [];
  let keptBytes = 0;

  function keep(bytes: Uint8Array): void {
    lengthBytes += bytes.length;
    const room = maxLineBytes - keptBytes;
    if (room <= 0 || bytes.length === 0) return;
    const kept = bytes.slice(0, room);
    pieces.push(kept);
    keptBytes += kept.length;
  }

  function finish(endedBy: SplitLine['endedBy'], separatorBytes: number): SplitLine {
    const isCut = lengthBytes > keptBytes;
    const bytes = join(pieces, keptBytes);
    const line: SplitLine = {
      text: decoder.decode(isCut ? withoutHalfCharacter(bytes) : bytes),
      offsetBytes: lineOffsetBytes,
      lengthBytes,
      isCut,
      endedBy,
    };
    lineOffsetBytes += lengthBytes + separatorBytes;
    lengthBytes = 0;
    pieces = [];
    keptBytes = 0;
    return line;
  }

  return {
    push(chunk) {
      const lines: SplitLine[] = [];
      let from = 0;
      for (const {index, endedBy} of separatorsOf(chunk, splitsAtCarriageReturn)) {
        keep(chunk.subarray(from, index));
        lines.push(finish(endedBy, 1));
        from = index + 1;
      }
      keep(chunk.subarray(from));
      return lines;
    },
    flush: () => (lengthBytes === 0 ? null : finish('flush', 0)),
  };
}

type Separator = {readonly index: number; readonly endedBy: 'line-feed' | 'carriage-return'};

/** Separators of a chunk in order. In UTF-8 neither byte is ever part of another character. */
function* separatorsOf(chunk: Uint8Array, splitsAtCarriageReturn: boolean): Generator<Separator> {
  let lineFeed = chunk.indexOf(LINE_FEED);
  let carriageReturn = splitsAtCarriageReturn ? chunk.indexOf(CARRIAGE_RETURN) : -1;
  while (lineFeed !== -1 || carriageReturn !== -1) {
    if (carriageReturn === -1 || (lineFeed !== -1 && lineFeed < carriageReturn)) {
      yield {index: lineFeed, endedBy: 'line-feed'};
      lineFeed = chunk.indexOf(LINE_FEED, lineFeed + 1);
    } else {
      yield {index: carriageReturn, endedBy: 'carriage-return'};
      carriageReturn = chunk.indexOf(CARRIAGE_RETURN, carriageReturn + 1);
    }
  }
}

function join(pieces: readonly Uint8Array[], totalBytes: number): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const bytes = new Uint8Array(totalBytes);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}

/** The bytes without an incomplete UTF-8 character at the end. */
function withoutHalfCharacter(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0b1100_0000) === 0b1000_0000) continue;
    const characterBytes = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return characterBytes > back ? bytes.subarray(0, bytes.length - back) : bytes;
  }
  return bytes;
}
