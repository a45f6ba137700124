import {isAbsent, type Reading} from '../../../samples/reading.ts';
import type {MemoryPlan} from './memory-plan.ts';

/** Bytes in use on a GPU beyond its plan, without those of other programs; the reserve is not deducted. */
export function unexplainedBytesOf(
  usedBytes: number,
  othersBytes: number,
  {totalBytes, outsideBytes}: Pick<MemoryPlan['perGpu'], 'totalBytes' | 'outsideBytes'>,
): number {
  return usedBytes - othersBytes - totalBytes - outsideBytes;
}

/** A GPU's memory compared with its plan. */
export type PlanComparison = {
  /** In use beyond everything that is planned and what other programs use; negative if less. */
  readonly unexplainedBytes: Reading<number>;
  /** What the engine may use in addition, as needed. */
  readonly reserveBytes: number;
  /** Beyond that, and still normal; null if more is normal as well. */
  readonly toleratedBytes: number | null;
};

/** What a GPU clearly uses beyond its plan and the reserve; null if it does not, or if that is unknown. */
export function beyondPlanBytes({unexplainedBytes, reserveBytes, toleratedBytes}: PlanComparison): number | null {
  if (isAbsent(unexplainedBytes) || toleratedBytes === null) return null;
  const bytes = unexplainedBytes - reserveBytes;
  return bytes > toleratedBytes ? bytes : null;
}
