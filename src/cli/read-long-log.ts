import type {Readable} from 'node:stream';
import type {LogReading} from '../engines/log/read-log.ts';
import {BYTES_PER_KIB, BYTES_PER_MIB, MS_PER_MINUTE, MS_PER_SECOND} from '../shared/units.ts';
import {createLogAssembler} from '../sources/log/log-assembler.ts';
import type {UnreadLog} from '../views/text/unread-text.ts';
import {createNewestBytes} from './newest-bytes.ts';
import type {OpenedLog} from './open-log-stream.ts';

/** What is read of a log. One that is no longer than the first part is read whole, and mostly one of both parts too. */
export type LogBounds = {
  /** Of its beginning: the start and its facts. */
  readonly firstBytes: number;
  /** Of its end, where a failure is: what is held in memory of it. */
  readonly lastBytes: number;
  /** Most lines of each part: a line costs time, however short it is. */
  readonly lines: number;
  /** How long it is read at most: the end of `docker logs -f` never comes. */
  readonly totalMs: number;
  /** How long its end is looked for, once the first part is read. */
  readonly restMs: number;
};

export const logBounds: LogBounds = {
  firstBytes: 256 * BYTES_PER_MIB,
  lastBytes: 128 * BYTES_PER_MIB,
  lines: 2_000_000,
  totalMs: 5 * MS_PER_MINUTE,
  restMs: 30 * MS_PER_SECOND,
};

/** The end is split into lines in pieces of this size: all its lines at the same time would take too much memory. */
const SLICE_BYTES = 256 * BYTES_PER_KIB;

export type ReadLog = {
  /** Bytes that were read, those that were skipped included. */
  readonly bytes: number;
  /** Null if it was read whole. */
  readonly unread: UnreadLog | null;
};

/**
 * Gives a log to a reading, in bounded time and memory: of a long one the beginning and the newest end. A plain file is read from
 * both sides, anything else is read on for its end. Rejects as the stream does.
 */
export async function readLongLog(
  {stream, file, isOpenEnded}: OpenedLog,
  reading: Pick<LogReading, 'take'>,
  onFirstBytes: () => void,
  bounds: LogBounds = logBounds,
): Promise<ReadLog> {
  const lines = createLineTaker(reading);
  const endMs = performance.now() + bounds.totalMs;
  let bytes = 0;
  const first = await readChunks(stream, endMs, (chunk) => {
    if (bytes === 0) onFirstBytes();
    bytes += chunk.byteLength;
    lines.push(chunk);
    return bytes < bounds.firstBytes && lines.count() < bounds.lines;
  });
  if (first === 'ended' || (first === 'late' && file === null)) {
    lines.flush();
    stream.destroy();
    return {bytes, unread: first === 'ended' ? null : {afterLine: null, bytes: 0, ...endOf('late', isOpenEnded)}};
  }
  const fromByte = file === null ? bytes : Math.max(bytes, file.sizeBytes - bounds.lastBytes);
  const rest = file?.readFrom(fromByte) ?? stream;
  const newest = createNewestBytes(bounds.lastBytes);
  const restMs = performance.now() + bounds.restMs;
  const end = await readChunks(rest, file === null ? Math.min(endMs, restMs) : restMs, (chunk) => {
    newest.push(chunk);
    return true;
  });
  stream.destroy();
  rest.destroy();
  const {parts, droppedBytes} = newest.lines(bounds.lines, fromByte > bytes);
  const gapBytes = fromByte - bytes + droppedBytes;
  if (gapBytes > 0) lines.flush();
  const afterLine = gapBytes === 0 ? null : lines.last();
  for (const part of parts) {
    for (let at = 0; at < part.byteLength; at += SLICE_BYTES) lines.push(part.subarray(at, at + SLICE_BYTES));
  }
  lines.flush();
  const isWhole = gapBytes === 0 && end !== 'late';
  return {
    bytes: fromByte + newest.size(),
    unread: isWhole ? null : {afterLine, bytes: gapBytes, ...endOf(end, isOpenEnded)},
  };
}

/** Why the end was not reached: it does not come, or reading was too slow. */
function endOf(
  end: 'ended' | 'enough' | 'late',
  isOpenEnded: () => boolean,
): Pick<UnreadLog, 'isOpenEnded' | 'isTooSlow'> {
  const isEndless = end === 'late' && isOpenEnded();
  return {isOpenEnded: isEndless, isTooSlow: end === 'late' && !isEndless};
}

function createLineTaker(reading: Pick<LogReading, 'take'>) {
  const assembler = createLogAssembler({numbersByLineFeed: true});
  let count = 0;
  let last = 0;
  const takeAll = (lines: ReturnType<typeof assembler.push>): void => {
    for (const line of lines) reading.take(line);
    count += lines.length;
    last = lines.at(-1)?.number ?? last;
  };
  return {
    push: (chunk: Uint8Array): void => takeAll(assembler.push(chunk)),
    flush: (): void => takeAll(assembler.flush()),
    count: (): number => count,
    /** Number of the last line. */
    last: (): number => last,
  };
}

/** Reads chunks until one is not wanted any more, until the stream ends, or until a time of performance.now(). */
async function readChunks(
  stream: Readable,
  untilMs: number,
  take: (chunk: Uint8Array) => boolean,
): Promise<'ended' | 'enough' | 'late'> {
  const iterator: AsyncIterator<Uint8Array> = stream.iterator({destroyOnReturn: false});
  for (;;) {
    const leftMs = untilMs - performance.now();
    if (leftMs <= 0) return 'late';
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), leftMs);
    });
    const next = await Promise.race([iterator.next(), late]).finally(() => clearTimeout(timer));
    if (next === 'late') return 'late';
    if (next.done === true) return 'ended';
    if (take(next.value)) continue;
    await iterator.return?.();
    return 'enough';
  }
}
