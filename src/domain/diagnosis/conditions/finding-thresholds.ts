import {BYTES_PER_GIB} from '../../../shared/units.ts';

/** When findings about a serving engine are raised and resolved. A null threshold: the finding is switched off. */
export type FindingThresholds = {
  /** Growth per GPU; measured over `windowMs`. */
  readonly memoryGrowth: {readonly bytesPerHour: number | null; readonly windowMs: number};
  /** In use beyond the plan and its reserve, per GPU; the bars mark it as well. */
  readonly memoryBeyondPlan: {readonly bytes: number | null};
  /** Growth per GPU over a run that ended because it ran out of memory. */
  readonly memoryGrew: {readonly bytes: number | null};
  /** Requests that wait without interruption for `raiseAfterMs`. */
  readonly waiting: {readonly requests: number | null; readonly raiseAfterMs: number};
  /** The fraction `quantile` of the requests of the last minute reaches the target; missed for `raiseAfterMs`. */
  readonly firstToken: {readonly targetMs: number | null; readonly quantile: number; readonly raiseAfterMs: number};
  readonly idle: {readonly raiseAfterMs: number | null};
  /** No engine step while requests run. */
  readonly noStep: {readonly raiseAfterMs: number};
  readonly unreadMetrics: {readonly raiseAfterMs: number};
  /** How long something that happened once stays a finding. */
  readonly notice: {readonly holdMs: number};
  /** How often a serving engine is sent a short request whose answer is judged; null: never. */
  readonly canary: {readonly intervalMs: number | null};
  /** A value resolves its finding at or below this fraction of its threshold, after this time. */
  readonly resolve: {readonly belowRatio: number; readonly afterMs: number};
};

/** For agents on one node: nothing here is exceeded by a healthy engine under its usual load. */
export const defaultFindingThresholds: FindingThresholds = {
  memoryGrowth: {bytesPerHour: 2 * BYTES_PER_GIB, windowMs: 600_000},
  // Plans are not exact to the last buffer.
  memoryBeyondPlan: {bytes: BYTES_PER_GIB},
  // An engine that serves allocates a little more with each new shape.
  memoryGrew: {bytes: BYTES_PER_GIB},
  waiting: {requests: 1, raiseAfterMs: 15_000},
  firstToken: {targetMs: 10_000, quantile: 0.9, raiseAfterMs: 60_000},
  idle: {raiseAfterMs: 1_800_000},
  // Shorter pauses are normal for a long prefill.
  noStep: {raiseAfterMs: 20_000},
  // A busy host or engine answers late; until then the age of the numbers shows it.
  unreadMetrics: {raiseAfterMs: 15_000},
  notice: {holdMs: 300_000},
  // It costs tokens.
  canary: {intervalMs: null},
  resolve: {belowRatio: 0.8, afterMs: 60_000},
};
