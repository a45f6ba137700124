import {z} from 'zod';
import type {BenchPoint} from '../../domain/bench/bench-point.ts';
import {benchWorkloadSchema} from '../../domain/bench/bench-workload.ts';
import {priceBookSchema} from '../../domain/cost/price-book.ts';
import {memoryPlanSchema} from '../../domain/memory/plan/memory-plan.ts';
import {launchSettingsSchema} from '../../domain/settings/launch-settings.ts';
import {readingSchema} from '../reading-schema.ts';

/** Version of the document of a benchmark; increased when a field changes its meaning or is removed. */
export const BENCH_SCHEMA_VERSION = 1;

const count = z.int().nonnegative();
const milliseconds = readingSchema(z.number().nonnegative());
const quantilesSchema = z.object({p50Ms: milliseconds, p90Ms: milliseconds, p99Ms: milliseconds});

const pointSchema = z.object({
  concurrency: z.int().positive(),
  completed: count,
  failed: readingSchema(count),
  durationMs: z.number().positive(),
  promptTokens: count,
  cachedPromptTokens: readingSchema(count),
  generatedTokens: count,
  timeToFirstToken: quantilesSchema,
  timePerOutputToken: quantilesSchema,
  endToEnd: quantilesSchema,
}) satisfies z.ZodType<BenchPoint>;

/** One benchmark: what was asked of which node, and what it did. */
export const benchDocumentSchema = z.object({
  schemaVersion: z.literal(BENCH_SCHEMA_VERSION),
  /** When it began, epoch ms: also its name. */
  atMs: z.number(),
  endedAtMs: z.number(),
  simulated: z.boolean(),
  gantryVersion: z.string(),
  /** The load generator; `isOwn` for Gantry's own. */
  tool: z.object({name: z.string(), version: z.string().nullable(), isOwn: z.boolean()}),
  runId: z.string().nullable(),
  engine: z.object({name: z.string(), displayName: z.string(), version: readingSchema(z.string())}),
  model: z.string(),
  node: z.object({gpuName: readingSchema(z.string()), gpuCount: readingSchema(z.number())}),
  settings: launchSettingsSchema,
  plan: readingSchema(memoryPlanSchema),
  workload: benchWorkloadSchema,
  /** Milliseconds; null without a target. */
  targets: z.object({firstTokenMs: z.number().nullable(), perTokenMs: z.number().nullable()}),
  nodeUsdPerHour: readingSchema(z.number()),
  priceBook: priceBookSchema,
  /** In the order in which they were measured. */
  points: z.array(pointSchema),
  /** `saturated`: a higher concurrency would only have waited longer. */
  end: z.enum(['complete', 'saturated', 'interrupted', 'failed']),
  /** Why it ended before its last load, one sentence; null for `complete`. */
  endDetail: z.string().nullable(),
});
export type BenchDocument = z.infer<typeof benchDocumentSchema>;

/** What a benchmark measured, and what it is judged by. */
export type BenchFigures = Pick<
  BenchDocument,
  'workload' | 'targets' | 'nodeUsdPerHour' | 'priceBook' | 'points' | 'endDetail'
>;
