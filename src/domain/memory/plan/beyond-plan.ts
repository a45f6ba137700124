import {isAbsent, type Reading} from '../../../samples/reading.ts';
import {BYTES_PER_GIB} from '../../../shared/units.ts';

/** Memory beyond the plan that is still normal: plans are not exact to the last buffer. */
export const TOLERATED_BYTES = BYTES_PER_GIB;

/** A GPU's memory compared with its plan. */
export type PlanComparison = {
  /** In use beyond everything that is planned and what other programs use; negative if less. */
  readonly unexplainedBytes: Reading<number>;
  /** What the engine may use in addition, as needed. */
  readonly reserveBytes: number;
};

/** What a GPU clearly uses beyond its plan and the reserve; null if it does not, or if that is unknown. */
export function beyondPlanBytes({unexplainedBytes, reserveBytes}: PlanComparison): number | null {
  if (isAbsent(unexplainedBytes)) return null;
  const bytes = unexplainedBytes - reserveBytes;
  return bytes > TOLERATED_BYTES ? bytes : null;
}
