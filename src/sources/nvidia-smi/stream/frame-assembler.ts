import type {GpuFrame, GpuSample} from '../../../samples/gpu.ts';
import {absent, isAbsent, type Reading} from '../../../samples/reading.ts';
import type {Stamp} from '../../../samples/stamp.ts';
import {buildGpu, type GpuCells} from '../parse/build-gpu.ts';
import {countCell} from '../parse/cells.ts';
import {rowCells} from '../parse/parse-csv.ts';
import {wantedFields} from '../parse/query-fields.ts';
import {missingIndexes} from '../problems/card-findings.ts';

/** Rows in, complete frames out: all GPUs of a tick, with an explicit gap for each missing one. */
export type FrameAssembler = {
  /** The frames this line completes: none, one, or two. Lines that are not rows are counted and skipped. */
  readonly push: (line: string, stamp: Stamp) => readonly GpuFrame[];
  readonly strayLineCount: () => number;
};

/**
 * The stream has no frame marks: one row per GPU in ascending index. A frame is whole when as many rows have arrived as
 * the driver counts, or when the next frame begins: the index does not increase. Never by time: half a frame may lie in
 * the pipe for as long as the host is busy. A lost GPU may lose its index too: its row is identified by its position, the
 * one it had in the previous frame, otherwise the one after the last row.
 *
 * @param rowsPerFrame - null for as many rows as the driver counts; 1 if a single GPU is queried
 */
export function createFrameAssembler(fields: readonly string[], rowsPerFrame: number | null = null): FrameAssembler {
  const missing = (field: string): string =>
    wantedFields.includes(field) ? 'not supported by this driver' : 'not requested by the stream';
  let rows: GpuSample[] = [];
  let order: readonly number[] = [];
  let expectedCount: Reading<number> = absent('nvidia-smi did not report the number of GPUs');
  let firstStamp: Stamp | null = null;
  let strayLines = 0;

  function take(): GpuFrame | null {
    if (rows.length === 0 || firstStamp === null) return null;
    const present = rows.map((gpu) => gpu.index);
    const frame = {
      stamp: firstStamp,
      gpus: rows,
      expectedCount,
      missingIndexes: missingIndexes(present, isAbsent(expectedCount) ? 0 : expectedCount),
    };
    if (present.length >= order.length) order = present;
    rows = [];
    firstStamp = null;
    return frame;
  }

  function indexOf(cells: GpuCells): number {
    const said = countCell(cells['index']);
    if (!isAbsent(said)) return said;
    const behindLast = (rows.at(-1)?.index ?? -1) + 1;
    return order.find((index) => index >= behindLast) ?? behindLast;
  }

  return {
    push(line, stamp) {
      const cells = rowCells(line, fields);
      if (cells === null) {
        if (line.trim() !== '') strayLines += 1;
        return [];
      }
      const frames: (GpuFrame | null)[] = [];
      const last = rows.at(-1);
      if (last !== undefined && indexOf(cells) <= last.index) frames.push(take());
      rows.push(buildGpu({cells, migInstances: []}, indexOf(cells), missing));
      firstStamp ??= stamp;
      const count = countCell(cells['count']);
      if (!isAbsent(count) && count > 0) expectedCount = count;
      const wholeAt = rowsPerFrame ?? (isAbsent(expectedCount) ? Number.POSITIVE_INFINITY : expectedCount);
      if (rows.length >= wholeAt) frames.push(take());
      return frames.filter((frame) => frame !== null);
    },
    strayLineCount: () => strayLines,
  };
}
