import type {EngineMetricsSample} from '../../src/samples/engine-metrics.ts';
import {absent} from '../../src/samples/reading.ts';

/** A scrape at a second of the monotonic clock; all readings are absent except the given ones. */
export function buildMetricsSample(
  atSeconds: number,
  overrides: Partial<EngineMetricsSample> = {},
): EngineMetricsSample {
  const none = absent('not part of this test');
  return {
    stamp: {sampledAtMs: atSeconds * 1000, monotonicMs: atSeconds * 1000},
    scrapeMs: 3,
    processStartTimeSeconds: none,
    promptTokensTotal: none,
    cachedPromptTokensTotal: none,
    generationTokensTotal: none,
    tokenSeries: [],
    livePromptTokensTotal: none,
    liveCachedPromptTokensTotal: none,
    liveGenerationTokensTotal: none,
    iterationsTotal: none,
    progressTotal: none,
    preemptionsTotal: none,
    prefixCacheQueryTokensTotal: none,
    prefixCacheHitTokensTotal: none,
    draftsTotal: none,
    draftTokensTotal: none,
    acceptedDraftTokensTotal: none,
    finishedRequestsTotal: none,
    runningRequests: none,
    waitingRequests: none,
    deferredRequests: none,
    kvUsageRatio: none,
    kvCapacityTokens: none,
    timeToFirstTokenSeconds: none,
    interTokenLatencySeconds: none,
    endToEndLatencySeconds: none,
    queueTimeSeconds: none,
    prefillTimeSeconds: none,
    decodeTimeSeconds: none,
    promptLengthTokens: none,
    generationLengthTokens: none,
    longestGenerationTokens: none,
    ...overrides,
  };
}
