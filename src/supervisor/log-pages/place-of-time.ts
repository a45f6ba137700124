import {BYTES_PER_KIB, MS_PER_DAY} from '../../shared/units.ts';
import type {PagedLog} from './log-pages.ts';
import {endOf, type OpenParts} from './open-parts.ts';

const SLICE_BYTES = 64 * BYTES_PER_KIB;
/** So many slices without a time in them are skipped; then none is nearby. */
const MOST_SLICES = 32;

/** The clock of a log, and how it is read from a part of the log. */
type Timed = Pick<PagedLog, 'readLogTimeMs' | 'clockDifferenceMs'>;
type Found = {readonly offsetBytes: number; readonly timeMs: number};

/**
 * The place of the first line of this time or later, epoch ms; the end of the log where all are earlier; null where its lines have no
 * times. Lines without a time have that of the line before.
 */
export async function placeOfTime(atMs: number, log: Timed, files: OpenParts): Promise<number | null> {
  const last = await lastTime(log, files);
  if (last === null) return null;
  const sought = atMs - (log.clockDifferenceMs() ?? last.aheadMs);
  const isBefore = ({timeMs}: Found): boolean => timeOnClockOf(timeMs, sought) < sought;
  let [low, high] = [files.startBytes, files.endBytes];
  while (high - low > SLICE_BYTES) {
    const middle = Math.floor((low + high) / 2);
    const found = await firstTime({fromBytes: middle, toBytes: high}, log, files, () => true);
    if (found !== null && isBefore(found)) low = found.offsetBytes;
    else high = middle;
  }
  const found = await firstTime({fromBytes: low, toBytes: files.endBytes}, log, files, (each) => !isBefore(each));
  return found?.offsetBytes ?? files.endBytes;
}

/** Logs without years begin again at New Year: of the two times, the one that is less than half a year away. */
function timeOnClockOf(timeMs: number, sought: number): number {
  if (timeMs - sought > 183 * MS_PER_DAY) return timeMs - 366 * MS_PER_DAY;
  return sought - timeMs > 183 * MS_PER_DAY ? timeMs + 366 * MS_PER_DAY : timeMs;
}

/** The first line of a range with a time that is wanted. */
async function firstTime(
  {fromBytes, toBytes}: {readonly fromBytes: number; readonly toBytes: number},
  log: Timed,
  files: OpenParts,
  isWanted: (found: Found) => boolean,
): Promise<Found | null> {
  let at = fromBytes;
  for (let slices = 0; slices < MOST_SLICES && at < toBytes; slices += 1) {
    const part = files.parts.find((each) => endOf(each) > at);
    if (part === undefined) return null;
    const from = Math.max(at, part.fromBytes);
    at = Math.min(endOf(part), from + SLICE_BYTES);
    for (const {offsetBytes, text} of (await files.read(part, from, at)).lines) {
      const timeMs = log.readLogTimeMs(text);
      if (timeMs !== null && isWanted({offsetBytes, timeMs})) return {offsetBytes, timeMs};
    }
  }
  return null;
}

/** By how much this host's clock is ahead of the log's, if its last line with a time was written when the file was changed last. */
async function lastTime(log: Timed, files: OpenParts): Promise<{readonly aheadMs: number} | null> {
  let slices = 0;
  for (const part of files.parts.toReversed()) {
    for (let to = endOf(part); to > part.fromBytes && slices < MOST_SLICES; to -= SLICE_BYTES, slices += 1) {
      const {lines} = await files.read(part, Math.max(part.fromBytes, to - SLICE_BYTES), to);
      const times = lines.map(({text}) => log.readLogTimeMs(text)).filter((timeMs) => timeMs !== null);
      const last = times.at(-1);
      if (last !== undefined) return {aheadMs: part.modifiedMs - last};
    }
  }
  return null;
}
