import type {Reading} from '../../samples/reading.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';

/** Of the completed requests of one load; a tool may not tell all of them. */
export type LatencyQuantiles = {
  readonly p50Ms: Reading<number>;
  readonly p90Ms: Reading<number>;
  readonly p99Ms: Reading<number>;
};

/** What a node did under a constant number of concurrent requests. */
export type BenchPoint = {
  readonly concurrency: number;
  readonly completed: number;
  readonly failed: Reading<number>;
  readonly durationMs: number;
  /** Of all completed requests, the cached ones included. */
  readonly promptTokens: number;
  /** What of them came from the prefix cache, as the engine counted it. */
  readonly cachedPromptTokens: Reading<number>;
  readonly generatedTokens: number;
  readonly timeToFirstToken: LatencyQuantiles;
  /** Mean time between two tokens of a request after its first one. */
  readonly timePerOutputToken: LatencyQuantiles;
  readonly endToEnd: LatencyQuantiles;
};

/** Prompt and generated tokens together, per second. */
export function totalTokensPerSecond({promptTokens, generatedTokens, durationMs}: BenchPoint): number {
  return ((promptTokens + generatedTokens) * MS_PER_SECOND) / durationMs;
}

/** Generated tokens per second, of all concurrent requests together. */
export function outputTokensPerSecond({generatedTokens, durationMs}: BenchPoint): number {
  return (generatedTokens * MS_PER_SECOND) / durationMs;
}
