import type {LogLine} from '../../samples/log-line.ts';
import {createLineSplitter, type SplitLine} from '../../shared/line-splitter.ts';
import {BYTES_PER_KIB} from '../../shared/units.ts';
import {cleanLogText} from './clean-log-text.ts';

/** Longest line kept; a longer one is marked as cut. */
export const MAX_LOG_LINE_BYTES = 64 * BYTES_PER_KIB;

/** A progress bar without a percentage yields one line per this many bytes of updates. */
const BAR_BYTES_PER_LINE = BYTES_PER_KIB;

export type LogAssembler = {
  /** Takes the next bytes of the log and returns the lines they complete. */
  readonly push: (chunk: Uint8Array) => LogLine[];
  /** Returns the unfinished line; what follows it becomes a separate line. */
  readonly flush: () => LogLine[];
};

/** The line being drawn over and over with carriage returns. */
type Bar = {
  /** Newest non-empty segment that has not been emitted. */
  readonly latest: SplitLine | null;
  readonly givenText: string | null;
  readonly bytesSinceGiven: number;
};

const noBar: Bar = {latest: null, givenText: null, bytesSinceGiven: 0};

/**
 * Turns log bytes into lines, independent of chunking and with the secrets in them: what reads them needs every word, what
 * shows them masks them. For a line overwritten with carriage returns,
 * the last segment is the line; before it ends, a progress bar yields one line for each new percentage, so that
 * progress is visible immediately and a bar of ten thousand updates is a hundred lines.
 */
export function createLogAssembler(
  options: {
    readonly startOffsetBytes?: number;
    readonly firstLineNumber?: number;
    /** Lines are numbered as an editor does, by their line feeds: the lines of one progress bar share a number. */
    readonly numbersByLineFeed?: boolean;
  } = {},
): LogAssembler {
  const splitter = createLineSplitter({
    maxLineBytes: MAX_LOG_LINE_BYTES,
    startOffsetBytes: options.startOffsetBytes ?? 0,
    splitsAtCarriageReturn: true,
  });
  const {numbersByLineFeed = false} = options;
  let number = options.firstLineNumber ?? 1;
  let bar = noBar;

  function toLine(segment: SplitLine): LogLine {
    const line = {number, offsetBytes: segment.offsetBytes, text: textOf(segment)};
    if (!numbersByLineFeed) number += 1;
    return line;
  }

  function take(segment: SplitLine): LogLine[] {
    if (segment.endedBy === 'carriage-return') {
      bar = withSegment(bar, segment);
      if (bar.latest === null || !isWorthALine(bar)) return [];
      const line = toLine(bar.latest);
      bar = {latest: null, givenText: bar.latest.text, bytesSinceGiven: 0};
      return [line];
    }
    const last = isBlank(segment) ? (bar.latest ?? segment) : segment;
    const isRepeated = bar.givenText !== null && (isBlank(last) || last.text === bar.givenText);
    // After a flush within a bar the same bar continues.
    bar = segment.endedBy === 'flush' ? {...noBar, givenText: isBlank(last) ? bar.givenText : last.text} : noBar;
    return isRepeated ? [] : [toLine(last)];
  }

  function takeNumbered(segment: SplitLine): LogLine[] {
    const lines = take(segment);
    if (numbersByLineFeed && segment.endedBy === 'line-feed') number += 1;
    return lines;
  }

  return {
    push: (chunk) => splitter.push(chunk).flatMap(takeNumbered),
    flush() {
      const rest = splitter.flush();
      if (rest !== null) return takeNumbered(rest);
      if (bar.latest === null) return [];
      const {latest} = bar;
      const isRepeated = latest.text === bar.givenText;
      bar = {...noBar, givenText: latest.text};
      return isRepeated ? [] : [toLine(latest)];
    },
  };
}

function withSegment(bar: Bar, segment: SplitLine): Bar {
  return {
    latest: isBlank(segment) ? bar.latest : segment,
    givenText: bar.givenText,
    bytesSinceGiven: bar.bytesSinceGiven + segment.lengthBytes + 1,
  };
}

/** A new percentage yields a line; without percentages, a kilobyte of updates does. */
function isWorthALine({latest, givenText, bytesSinceGiven}: Bar): boolean {
  if (latest === null) return false;
  const percent = percentOf(latest.text);
  if (percent === null) return bytesSinceGiven >= BAR_BYTES_PER_LINE;
  return givenText === null || percentOf(givenText) !== percent;
}

function percentOf(text: string): string | null {
  return /(\d{1,3})(?:\.\d+)?\s?%/.exec(text)?.[1] ?? null;
}

function isBlank(segment: SplitLine): boolean {
  return segment.lengthBytes === 0 || segment.text.trim() === '';
}

function textOf(segment: SplitLine): string {
  const text = cleanLogText(segment.text);
  if (!segment.isCut) return text;
  return `${text} … (cut: the line has ${segment.lengthBytes} bytes)`;
}
