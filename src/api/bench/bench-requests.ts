import {z} from 'zod';
import type {BenchTokens} from '../../domain/bench/token-allowance.ts';
import {benchDocumentSchema} from './bench-document.ts';

/** The process that loads an engine. */
export const benchOwnerSchema = z.strictObject({
  pid: z.int().positive(),
  /** Field 22 of /proc/PID/stat: another process with the same pid has another one. */
  startTimeTicks: z.string().regex(/^\d{1,20}$/),
});
export type BenchOwner = z.infer<typeof benchOwnerSchema>;

/** Tokens of requests: all of their prompts, the cached ones included, and of their answers. */
export const benchTokensSchema = z.strictObject({
  promptTokens: z.int().nonnegative(),
  generatedTokens: z.int().nonnegative(),
}) satisfies z.ZodType<BenchTokens>;

/** `POST /v1/bench`: this process loads the engine from now on, as long as it runs. Sent again every few seconds while it does. */
export const benchLeaseRequestSchema = benchOwnerSchema.extend({
  /**
   * The most that its requests can have used since it has the lease: what the engine counts beyond that is of clients. Without it, all
   * that the engine counts is the benchmark's.
   */
  mostTokens: benchTokensSchema.optional(),
  /** Only whether it could: nothing changes. */
  dryRun: z.boolean().optional(),
});
export type BenchLeaseRequest = z.infer<typeof benchLeaseRequestSchema>;

export const benchLeaseReplySchema = z.object({
  /** When the load of the benchmark before this one had ended, epoch ms; null if this supervisor has seen none. */
  lastBenchUntilMs: z.number().nullable(),
});
export type BenchLeaseReply = z.infer<typeof benchLeaseReplySchema>;

/** `GET /v1/benches`: kept benchmarks, the newest first. */
export const benchListSchema = z.object({benches: z.array(benchDocumentSchema)});
export type BenchList = z.infer<typeof benchListSchema>;

/** `POST /v1/bench/results`: the answer to a benchmark that is to be kept. */
export const benchKeptSchema = z.object({kept: z.literal(true)});
export type BenchKept = z.infer<typeof benchKeptSchema>;

/** More are not listed. */
export const MAX_BENCHES = 100;
