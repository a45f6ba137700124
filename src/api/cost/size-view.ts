import {z} from 'zod';
import {readingSchema} from '../reading-schema.ts';

const count = z.number();
const tokenRange = z.object({aboveTokens: count, atMostTokens: count.nullable()}).readonly();

/** Whether a shorter context or a smaller node would do for what was asked of this one: `gantry right-size` in short. */
export const sizeViewSchema = z
  .object({
    /** False while there is less than a week, or less than 95 % of it: then nothing is advised. */
    isWholeWeek: z.boolean(),
    load: z
      .object({
        sinceMs: count,
        untilMs: count,
        /** In which the engine was read. */
        coveredMs: count,
        lengths: readingSchema(z.object({requests: count, longest: tokenRange, p99: tokenRange}).readonly()),
        mostRunningRequests: count.nullable(),
        mostKvUsageRatio: count.nullable(),
      })
      .readonly(),
    present: z.object({gpuName: z.string(), gpuCount: count, contextTokens: count}).readonly(),
    /** Shorter contexts, and how many requests they would have had no room for; null where that is unknown. */
    windows: z
      .array(
        z
          .object({
            contextTokens: count,
            isPresent: z.boolean(),
            refused: z.object({atLeast: count, atMost: count.nullable()}).readonly().nullable(),
          })
          .readonly(),
      )
      .readonly(),
    neededContextTokens: count,
    /** The cheapest node that certainly costs less and has the throughput; null while no whole week says so. */
    smaller: z
      .object({
        gpuName: z.string(),
        gpuCount: count,
        usdPerHour: z.object({low: count, high: count, isStale: z.boolean()}).readonly().nullable(),
        published: z.object({totalTokensPerSecond: count, source: z.string()}).readonly().nullable(),
      })
      .readonly()
      .nullable(),
  })
  .readonly();
export type SizeView = z.infer<typeof sizeViewSchema>;
