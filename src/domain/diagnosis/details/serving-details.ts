import {z} from 'zod';
import {waitingReasonSchema} from '../serving/waiting-reason.ts';

const count = z.number().nonnegative();
/** It may have begun before the engine was watched: the time is a lower bound. */
const isAtLeast = z.literal(true).optional();

/** Facts of findings about an engine that serves. */
export const servingDetailSchemas = {
  'gpu.memory-growing': z.strictObject({
    /** The GPU that is full first comes first. */
    gpus: z.array(
      z.strictObject({
        index: z.int().nonnegative(),
        bytesPerHour: z.number(),
        usedBytes: count,
        /** Null where the driver does not report it. */
        freeBytes: count.nullable(),
        /** When none of it is free at this rate, ms from now. */
        fullInMs: count.nullable(),
        /** In use beyond the plan; null without one. */
        unplannedBytes: z.number().nullable(),
        grower: z.enum(['engine', 'other-programs', 'unknown']),
        /** Time over which it was measured. */
        spanMs: count,
      }),
    ),
  }),
  'gpu.memory-beyond-plan': z.strictObject({
    /** The one that uses most beyond its plan comes first. */
    gpus: z.array(
      z.strictObject({
        index: z.int().nonnegative(),
        usedBytes: count,
        /** Beyond what is planned, the engine's reserve and what other programs use. */
        beyondBytes: count,
        /** Whose memory it is; unknown where the driver does not list the engine's processes. */
        owner: z.enum(['engine', 'unknown']),
        /** Null where the driver does not report it. */
        freeBytes: count.nullable(),
      }),
    ),
  }),
  'gpu.memory-grew': z.strictObject({
    /** The largest growth comes first. */
    gpus: z.array(
      z.strictObject({
        index: z.int().nonnegative(),
        /** Unknown where the driver does not list processes: then both amounts are everything in use. */
        grower: z.enum(['engine', 'unknown']),
        /** Used by the engine once the run had settled, and when it ended. */
        fromBytes: count,
        toBytes: count,
        spanMs: count,
      }),
    ),
  }),
  'engine.requests-waiting': z.strictObject({
    waitingRequests: count,
    runningRequests: count.nullable(),
    /** Since when requests wait without interruption; null where none waits now. */
    waitedMs: count.nullable(),
    isAtLeast,
    /** Since when none waits; null where some wait. The counts are of the longest queue since the one before. */
    endedMs: count.nullable(),
    reason: waitingReasonSchema,
    /** Most requests that may run at the same time. */
    runningLimit: count.nullable(),
    /** By the settings or the engine's log; false for a limit that was only observed. */
    isLimitStated: z.boolean(),
    kvUsageRatio: count.nullable(),
  }),
  'metrics.repeated': z.strictObject({series: z.string(), count: z.int().positive()}),
  'metrics.impossible-growth': z.strictObject({
    /** Each counter at its first jump of the run. */
    jumps: z.array(
      z.strictObject({
        counter: z.string(),
        growth: count,
        /** Null if the counter was not read before. */
        elapsedMs: count.nullable(),
        /** What would have been possible in this time. */
        most: count,
      }),
    ),
  }),
  'engine.first-token-slow': z.strictObject({
    targetMs: count,
    /** Fraction of the requests that must reach the target. */
    quantile: z.number().min(0).max(1),
    /** Over this time. */
    windowMs: count,
    requests: count,
    slowRequests: count,
    /** They waited longer than this: the engine's bucket bound at or above the target. */
    boundMs: count,
  }),
  'engine.idle': z.strictObject({
    idleMs: count,
    isAtLeast,
    /** By the ledger, in this time; null where it is unknown, and before five minutes. */
    usd: count.nullable(),
    /** The price of the node now. */
    usdPerHour: count.nullable(),
  }),
} as const;
