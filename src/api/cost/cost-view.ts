import {z} from 'zod';
import {readingSchema} from '../reading-schema.ts';
import {sizeViewSchema} from './size-view.ts';

const numberReading = readingSchema(z.number());
const tokens = z.object({input: z.number(), cached: z.number(), output: z.number()}).readonly();
const timeMs = z
  .object({serving: z.number(), idle: z.number(), starting: z.number(), down: z.number(), unobserved: z.number()})
  .readonly();

const apiCostSchema = z
  .object({
    name: z.string(),
    model: z.string(),
    microUsd: z.number(),
    /** By covered time. */
    microUsdPerHour: z.number(),
    microUsdPerMillionTokens: numberReading,
    /** Of the API less the node: below zero where the node cost more. */
    savedMicroUsd: numberReading,
    savedMicroUsdPerHour: numberReading,
    /** True where some of it is at prices of a later time. */
    isEstimate: z.boolean(),
  })
  .readonly();

/** One window of the ledger. Money is in whole micro-USD, rounded once. */
const windowCostSchema = z
  .object({
    /** Where the window begins, or the ledger, if that is later. */
    sinceMs: z.number(),
    /** Paid time of which it is known what the node did. */
    coveredMs: z.number(),
    /** Of it, in which nothing read the engine's counters: its tokens are spread evenly. */
    gapMs: z.number(),
    timeMs,
    /** Of clients: without those of Gantry's own requests and benchmarks. `input` leaves out the cached part of prompts. */
    tokens,
    tokensPerSecond: z.number(),
    nodeMicroUsd: numberReading,
    /** Of it, for the time in which it served nobody: idle, starting or down. */
    unusedMicroUsd: numberReading,
    nodeMicroUsdPerHour: numberReading,
    nodeMicroUsdPerMillionTokens: numberReading,
    /** In the order of the price books: the first one is that of the verdict. */
    apis: z.array(apiCostSchema).readonly(),
    /** Shares of the tokens; they sum to 1. */
    mix: readingSchema(z.object({inputRatio: z.number(), cachedRatio: z.number(), outputRatio: z.number()}).readonly()),
    /** Time in which the node served, of the time that is paid. */
    utilizationRatio: numberReading,
  })
  .readonly();
export type WindowCostView = z.infer<typeof windowCostSchema>;

/** A day of UTC, against the first price book. */
const dayCostSchema = z
  .object({
    dayAtMs: z.number(),
    /** False for today, and for a day of which a part is unknown. */
    isComplete: z.boolean(),
    gapMs: z.number(),
    timeMs,
    tokens,
    nodeMicroUsd: numberReading,
    apiMicroUsd: z.number(),
    savedMicroUsd: numberReading,
  })
  .readonly();
export type DayCostView = z.infer<typeof dayCostSchema>;

const rangeSchema = z.object({low: z.number(), mid: z.number(), high: z.number()}).readonly();
const windowReading = readingSchema(windowCostSchema);

/** What the node costs and what its tokens would have cost, from the ledger: never from less than five minutes. */
export const costViewSchema = z.object({
  /** In force now. */
  nodeUsdPerHour: numberReading,
  /** The metered prices that are compared with, and when they were read. */
  priceBooks: z.array(
    z.object({
      name: z.string(),
      asOf: z.string(),
      /** Read so long ago that it is likely to have changed. */
      isStale: z.boolean(),
      inputUsdPerMillionTokens: z.number(),
      cachedInputUsdPerMillionTokens: z.number(),
      outputUsdPerMillionTokens: z.number(),
    }),
  ),
  /** Until now, at most a minute behind. `today` and `month` are those of UTC, and begin later where the ledger does. */
  windows: z.object({
    fiveMinutes: windowReading,
    hour: windowReading,
    day: windowReading,
    today: windowReading,
    month: windowReading,
  }),
  /** The latest days, the newest first, today included. */
  days: z.array(dayCostSchema),
  /** The whole month of UTC, as the complete days so far allow: `low` and `high` as if all days left were as the worst and the best. */
  projection: readingSchema(
    z.object({nodeMicroUsd: z.number(), api: rangeSchema, saved: rangeSchema, completeDays: z.number()}).readonly(),
  ),
  /** Tokens of all kinds per second at which the node costs as much as the API, at the mix of the window `mixOf`. */
  breakEven: readingSchema(
    z.object({tokensPerSecond: z.number(), reachedRatio: z.number(), mixOf: z.enum(['hour', 'day'])}).readonly(),
  ),
  /** Thinking tokens' share of the API's money. */
  thinkingRatio: numberReading,
  /** How large the node has to be for its traffic, judged once an hour; a recording may be of a time before it was. */
  size: readingSchema(sizeViewSchema).optional(),
  /** The time until now in which the node serves nobody, of five minutes or more; null while it is used. */
  idle: z
    .object({
      state: z.enum(['idle', 'starting', 'down']),
      sinceMs: z.number(),
      microUsd: numberReading,
      /** True where it may have begun before anything watched. */
      isAtLeast: z.boolean(),
    })
    .readonly()
    .nullable(),
});
export type CostView = z.infer<typeof costViewSchema>;
