import type {GpuFrame, GpuSample} from '../../samples/gpu.ts';
import {absent, isAbsent, type Reading} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';
import {buildGpu} from './build-gpu.ts';
import {numberCell} from './cells.ts';
import {rowCells} from './parse-csv.ts';

/** Rows in, whole frames out: all cards of a tick, or a named gap for each one missing. */
export type FrameAssembler = {
  /** The frame this line completes, if it does. Lines that are no row are counted and left out. */
  readonly push: (line: string, stamp: Stamp) => GpuFrame | null;
  /** The frame so far, when no line has come for a while; null when there is none. */
  readonly flush: () => GpuFrame | null;
  readonly strayLineCount: () => number;
};

/**
 * The stream has no frame marks: one row a card in ascending index. A frame ends when `count` rows have come, when the
 * index falls, or when the caller's pause says so.
 */
export function createFrameAssembler(fields: readonly string[]): FrameAssembler {
  let rows: GpuSample[] = [];
  let expectedCount: Reading<number> = absent('nvidia-smi did not say how many cards there are');
  let knownCount: number | null = null;
  let firstStamp: Stamp | null = null;
  let strayLines = 0;

  function take(): GpuFrame | null {
    if (rows.length === 0 || firstStamp === null) return null;
    const present = new Set(rows.map((gpu) => gpu.index));
    const expected = isAbsent(expectedCount) ? (knownCount ?? 0) : expectedCount;
    const highest = Math.max(expected - 1, ...present);
    const missingIndexes = Array.from({length: highest + 1}, (_, index) => index).filter(
      (index) => !present.has(index),
    );
    const frame = {stamp: firstStamp, gpus: rows, expectedCount, missingIndexes};
    rows = [];
    firstStamp = null;
    return frame;
  }

  return {
    push(line, stamp) {
      const cells = rowCells(line, fields);
      if (cells === null) {
        if (line.trim() !== '') strayLines += 1;
        return null;
      }
      const gpu = buildGpu(cells, rows.length);
      const last = rows.at(-1);
      const ended = last !== undefined && gpu.index <= last.index ? take() : null;
      // A row without an index of its own is told by its place in the frame it begins.
      rows.push(ended === null || !isAbsent(numberCell(cells['index'])) ? gpu : buildGpu(cells, 0));
      firstStamp ??= stamp;
      const count = numberCell(cells['count']);
      if (!isAbsent(count)) {
        expectedCount = count;
        knownCount = count;
      }
      if (ended !== null) return ended;
      return knownCount !== null && rows.length >= knownCount ? take() : null;
    },
    flush: take,
    strayLineCount: () => strayLines,
  };
}
