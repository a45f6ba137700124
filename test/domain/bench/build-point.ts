import type {BenchPoint, LatencyQuantiles} from '../../../src/domain/bench/bench-point.ts';

const quantiles = (ms: number): LatencyQuantiles => ({p50Ms: ms / 2, p90Ms: ms, p99Ms: ms});

/** One second of 8,192 prompt and 2,048 generated tokens, with p99 of the first token at 1 s. */
export function buildPoint(changes: Partial<BenchPoint> & {readonly firstTokenP99Ms?: number} = {}): BenchPoint {
  const {firstTokenP99Ms = 1_000, ...rest} = changes;
  return {
    concurrency: 1,
    completed: 8,
    failed: 0,
    durationMs: 1_000,
    promptTokens: 8_192,
    cachedPromptTokens: 0,
    generatedTokens: 2_048,
    timeToFirstToken: quantiles(firstTokenP99Ms),
    timePerOutputToken: quantiles(20),
    endToEnd: quantiles(40_000),
    ...rest,
  };
}
