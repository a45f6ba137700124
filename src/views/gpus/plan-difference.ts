import type {GpuView} from '../../api/snapshot.ts';
import {isPresent} from '../../samples/reading.ts';
import {shownGibDifference, shownGibSum} from '../../shared/quantities/bytes.ts';

/** A GPU's memory in use, as nvidia-smi reports it, and what is planned for the same memory. */
export type PlanDifference = {
  readonly index: number;
  readonly usedBytes: number;
  /** Within the engine's budget and outside it, of the values as they are shown. */
  readonly plannedBytes: number;
  /** What the engine may use more, for activations and CUDA graphs. */
  readonly reserveBytes: number;
  /** Of processes that are not part of the engine. */
  readonly othersBytes: number;
  /** used - planned - others, of the values as they are shown, so that the four add up. */
  readonly differenceBytes: number;
};

/** The GPU that differs most from its plan; null while none can be compared. Every panel shows this one. */
export function largestDifference(gpus: readonly GpuView[]): PlanDifference | null {
  const compared = gpus.flatMap((gpu) => {
    const difference = planDifference(gpu);
    const {budget} = gpu;
    return difference !== null && isPresent(budget) && isPresent(budget.unexplainedBytes)
      ? [{difference, distance: Math.abs(budget.unexplainedBytes)}]
      : [];
  });
  return compared.toSorted((a, b) => b.distance - a.distance)[0]?.difference ?? null;
}

/** How a GPU differs from its plan; null while it cannot be compared. */
export function planDifference({index, memoryUsedBytes: usedBytes, budget}: GpuView): PlanDifference | null {
  if (!isPresent(usedBytes) || !isPresent(budget) || !isPresent(budget.unexplainedBytes)) return null;
  const {othersBytes} = budget;
  const plannedBytes = shownGibSum(budget.totalBytes, budget.outsideBytes);
  return {
    index,
    usedBytes,
    plannedBytes,
    reserveBytes: budget.reserveBytes,
    othersBytes,
    differenceBytes: shownGibDifference(usedBytes, plannedBytes, othersBytes),
  };
}
