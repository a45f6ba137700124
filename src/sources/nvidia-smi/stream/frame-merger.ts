import type {GpuFrame, GpuSample} from '../../../samples/gpu.ts';
import {absent, type Reading} from '../../../samples/reading.ts';
import type {Stamp} from '../../../samples/stamp.ts';
import {missingIndexes} from '../problems/card-findings.ts';

export type FrameMerger = {
  /** Takes the frame of one GPU's stream; returns the frame of all GPUs when it is complete. */
  readonly push: (card: string, frame: GpuFrame) => GpuFrame | null;
  /** The driver refused to query this GPU: it is no longer waited for. */
  readonly drop: (card: string) => void;
};

type Row = {readonly gpu: GpuSample; readonly stamp: Stamp};

/**
 * One frame from the streams of single GPUs, complete when every GPU has arrived since the last one: a late GPU makes the
 * frame late, it is never left out. The frame is as old as its oldest row.
 */
export function createFrameMerger(cards: readonly string[]): FrameMerger {
  const awaited = new Set(cards);
  const rows = new Map<string, Row>();
  let expectedCount: Reading<number> = absent('nvidia-smi did not report the number of GPUs');

  return {
    push(card, frame) {
      const [gpu] = frame.gpus;
      if (gpu === undefined) return null;
      if (typeof frame.expectedCount === 'number') expectedCount = frame.expectedCount;
      rows.set(card, {gpu, stamp: frame.stamp});
      if (![...awaited].every((one) => rows.has(one))) return null;
      const [oldest] = [...rows.values()].toSorted((a, b) => a.stamp.monotonicMs - b.stamp.monotonicMs);
      if (oldest === undefined) return null;
      const gpus = [...rows.values()].map((row) => row.gpu).sort((a, b) => a.index - b.index);
      rows.clear();
      const present = gpus.map(({index}) => index);
      const count = typeof expectedCount === 'number' ? expectedCount : 0;
      return {stamp: oldest.stamp, gpus, expectedCount, missingIndexes: missingIndexes(present, count)};
    },
    drop(card) {
      awaited.delete(card);
      rows.delete(card);
    },
  };
}
