import type {GpuFrame, GpuSample} from '../../../samples/gpu.ts';
import {absent, type Reading} from '../../../samples/reading.ts';
import type {Stamp} from '../../../samples/stamp.ts';
import {missingIndexes} from '../problems/card-findings.ts';

export type FrameMerger = {
  /** Takes the frame of one GPU's stream; returns the frame of all GPUs when it is complete. */
  readonly push: (card: string, frame: GpuFrame) => GpuFrame | null;
};

type Row = {readonly gpu: GpuSample; readonly stamp: Stamp};

/**
 * One frame from the streams of single GPUs. It is complete when every GPU has arrived since the last one, or when one
 * arrives a second time. A late GPU keeps its row for three intervals; after that it is missing.
 */
export function createFrameMerger(cards: readonly string[], intervalMs: number): FrameMerger {
  const rows = new Map<string, Row>();
  const since = new Set<string>();
  let expectedCount: Reading<number> = absent('nvidia-smi did not report the number of GPUs');

  function take(nowMs: number): GpuFrame | null {
    const fresh = [...rows.values()].filter(({stamp}) => nowMs - stamp.monotonicMs <= 3 * intervalMs);
    const [oldest] = fresh.toSorted((a, b) => a.stamp.monotonicMs - b.stamp.monotonicMs);
    since.clear();
    if (oldest === undefined) return null;
    const gpus = fresh.map(({gpu}) => gpu).sort((a, b) => a.index - b.index);
    const count = typeof expectedCount === 'number' ? expectedCount : 0;
    return {
      stamp: oldest.stamp,
      gpus,
      expectedCount,
      missingIndexes: missingIndexes(
        gpus.map(({index}) => index),
        count,
      ),
    };
  }

  return {
    push(card, frame) {
      const [gpu] = frame.gpus;
      if (gpu === undefined) return null;
      if (typeof frame.expectedCount === 'number') expectedCount = frame.expectedCount;
      const again = since.has(card) ? take(frame.stamp.monotonicMs) : null;
      rows.set(card, {gpu, stamp: frame.stamp});
      since.add(card);
      return again ?? (cards.every((one) => since.has(one)) ? take(frame.stamp.monotonicMs) : null);
    },
  };
}
