import {z} from 'zod';
import {
  defaultFindingThresholds,
  type FindingThresholds,
} from '../../domain/diagnosis/conditions/finding-thresholds.ts';
import {BYTES_PER_GIB, MS_PER_MINUTE, MS_PER_SECOND} from '../../shared/units.ts';

const {
  memoryGrowth,
  memoryBeyondPlan,
  memoryGrew,
  waiting,
  firstToken,
  idle,
  noStep,
  unreadMetrics,
  notice,
  canary,
  resolve,
} = defaultFindingThresholds;

/** `gantry.yaml`, section `findings`. */
export const findingsSchema = z.strictObject({
  memoryGrowthGibPerHour: z
    .number()
    .positive()
    .nullable()
    .default(dividedBy(memoryGrowth.bytesPerHour, BYTES_PER_GIB))
    .describe('Growth of GPU memory while an engine serves that is reported, in GiB per hour and GPU; null for never.'),
  memoryGrowthWindowMinutes: z
    .number()
    .min(0.2)
    .max(240)
    .default(memoryGrowth.windowMs / MS_PER_MINUTE)
    .describe('Time over which growth of GPU memory is measured, in minutes.'),
  memoryBeyondPlanGib: z
    .number()
    .positive()
    .nullable()
    .default(dividedBy(memoryBeyondPlan.bytes, BYTES_PER_GIB))
    .describe(
      'GPU memory in use beyond the plan that is reported and marked in the bars, in GiB per GPU; null for never.',
    ),
  memoryGrewGib: z
    .number()
    .positive()
    .nullable()
    .default(dividedBy(memoryGrew.bytes, BYTES_PER_GIB))
    .describe(
      'Growth of GPU memory over a whole run that is reported if the run ends because memory ran out, in GiB per GPU; null for never.',
    ),
  waitingRequests: z
    .int()
    .positive()
    .nullable()
    .default(waiting.requests)
    .describe('Number of waiting requests that is reported if it persists; null for never.'),
  waitingSeconds: z
    .number()
    .nonnegative()
    .default(waiting.raiseAfterMs / MS_PER_SECOND)
    .describe('How long that many requests must be waiting before they are reported, in seconds.'),
  timeToFirstTokenSeconds: z
    .number()
    .positive()
    .nullable()
    .default(dividedBy(firstToken.targetMs, MS_PER_SECOND))
    .describe('Target for the time to the first token, in seconds; null for none.'),
  timeToFirstTokenQuantile: z
    .number()
    .gt(0)
    .lt(1)
    .default(firstToken.quantile)
    .describe('Fraction of the requests of the last minute that must reach this target.'),
  timeToFirstTokenMissedSeconds: z
    .number()
    .nonnegative()
    .default(firstToken.raiseAfterMs / MS_PER_SECOND)
    .describe('How long this target must be missed before it is reported, in seconds.'),
  idleMinutes: z
    .number()
    .positive()
    .nullable()
    .default(dividedBy(idle.raiseAfterMs, MS_PER_MINUTE))
    .describe('Time without a request after which a serving engine is reported as idle, in minutes; null for never.'),
  noStepSeconds: z
    .number()
    .positive()
    .default(noStep.raiseAfterMs / MS_PER_SECOND)
    .describe('Time without an engine step while requests run after which it is reported, in seconds.'),
  metricsUnreadSeconds: z
    .number()
    .nonnegative()
    .default(unreadMetrics.raiseAfterMs / MS_PER_SECOND)
    .describe('How long the metrics of a serving engine must be unreadable before it is reported, in seconds.'),
  noticeMinutes: z
    .number()
    .positive()
    .default(notice.holdMs / MS_PER_MINUTE)
    .describe('How long something that happened once, according to the log, stays a finding, in minutes.'),
  canaryMinutes: z
    .number()
    .positive()
    .nullable()
    .default(dividedBy(canary.intervalMs, MS_PER_MINUTE))
    .describe(
      'How often a serving engine gets a short request whose answer is checked for broken output, in minutes; null for never. Each costs about 50 tokens, and the engine counts it like any other request.',
    ),
  resolvedRatio: z
    .number()
    .gt(0)
    .max(1)
    .default(resolve.belowRatio)
    .describe('A measured value resolves its finding at or below this fraction of its threshold.'),
  resolvedSeconds: z
    .number()
    .nonnegative()
    .default(resolve.afterMs / MS_PER_SECOND)
    .describe('How long the cause of a finding must be gone before the finding is resolved, in seconds.'),
});

/** When findings about a serving engine are raised and resolved. */
export function toFindingThresholds(findings: z.output<typeof findingsSchema>): FindingThresholds {
  return {
    memoryGrowth: {
      bytesPerHour: times(findings.memoryGrowthGibPerHour, BYTES_PER_GIB),
      windowMs: findings.memoryGrowthWindowMinutes * MS_PER_MINUTE,
    },
    memoryBeyondPlan: {bytes: times(findings.memoryBeyondPlanGib, BYTES_PER_GIB)},
    memoryGrew: {bytes: times(findings.memoryGrewGib, BYTES_PER_GIB)},
    waiting: {requests: findings.waitingRequests, raiseAfterMs: findings.waitingSeconds * MS_PER_SECOND},
    firstToken: {
      targetMs: times(findings.timeToFirstTokenSeconds, MS_PER_SECOND),
      quantile: findings.timeToFirstTokenQuantile,
      raiseAfterMs: findings.timeToFirstTokenMissedSeconds * MS_PER_SECOND,
    },
    idle: {raiseAfterMs: times(findings.idleMinutes, MS_PER_MINUTE)},
    noStep: {raiseAfterMs: findings.noStepSeconds * MS_PER_SECOND},
    unreadMetrics: {raiseAfterMs: findings.metricsUnreadSeconds * MS_PER_SECOND},
    notice: {holdMs: findings.noticeMinutes * MS_PER_MINUTE},
    canary: {intervalMs: times(findings.canaryMinutes, MS_PER_MINUTE)},
    resolve: {belowRatio: findings.resolvedRatio, afterMs: findings.resolvedSeconds * MS_PER_SECOND},
  };
}

function times(value: number | null, factor: number): number | null {
  return value === null ? null : value * factor;
}

function dividedBy(value: number | null, divisor: number): number | null {
  return value === null ? null : value / divisor;
}
