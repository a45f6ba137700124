import type {Reading} from './reading.ts';
import type {Stamp} from './stamp.ts';

/** A cumulative histogram as exposed by Prometheus text: `count` observations at or below `le`. */
export type HistogramSample = {
  /** Ascending upper bounds; the last one is Infinity. */
  readonly buckets: readonly {readonly le: number; readonly count: number}[];
  readonly sum: number;
  readonly count: number;
};

/**
 * One scrape of an engine's /metrics in Gantry's own vocabulary. Counters are totals since the engine started, summed
 * over engine cores. What an engine does not expose is absent with the reason.
 */
export type EngineMetricsSample = {
  readonly stamp: Stamp;
  /** Time the scrape took. */
  readonly scrapeMs: number;
  readonly processStartTimeSeconds: Reading<number>;
  /** Prompt tokens as they are billed, cached ones included; some engines add them when a request ends. */
  readonly promptTokensTotal: Reading<number>;
  readonly cachedPromptTokensTotal: Reading<number>;
  readonly generationTokensTotal: Reading<number>;
  /** The same while the work is done, fit for a rate; recomputed work may count twice. */
  readonly livePromptTokensTotal: Reading<number>;
  readonly liveCachedPromptTokensTotal: Reading<number>;
  readonly liveGenerationTokensTotal: Reading<number>;
  /** Steps of the engine. */
  readonly iterationsTotal: Reading<number>;
  /** The engine's own best counter of work done, of any unit: what moves while the engine is alive. */
  readonly progressTotal: Reading<number>;
  /** Requests set back for want of KV cache. */
  readonly preemptionsTotal: Reading<number>;
  readonly prefixCacheQueryTokensTotal: Reading<number>;
  readonly prefixCacheHitTokensTotal: Reading<number>;
  /** Speculative decoding: drafts made, tokens in them, and tokens of them that were kept. */
  readonly draftsTotal: Reading<number>;
  readonly draftTokensTotal: Reading<number>;
  readonly acceptedDraftTokensTotal: Reading<number>;
  /** Finished requests by the engine's own reason word (stop, length, abort, error). */
  readonly finishedRequestsTotal: Reading<Readonly<Record<string, number>>>;
  readonly runningRequests: Reading<number>;
  readonly waitingRequests: Reading<number>;
  readonly kvUsageRatio: Reading<number>;
  readonly kvCapacityTokens: Reading<number>;
  readonly timeToFirstTokenSeconds: Reading<HistogramSample>;
  readonly interTokenLatencySeconds: Reading<HistogramSample>;
  readonly endToEndLatencySeconds: Reading<HistogramSample>;
  readonly queueTimeSeconds: Reading<HistogramSample>;
  /** Time of a request in prefill, and in decode. */
  readonly prefillTimeSeconds: Reading<HistogramSample>;
  readonly decodeTimeSeconds: Reading<HistogramSample>;
  /** Tokens of a finished request's prompt, of its answer, and of the longest answer of its group. */
  readonly promptLengthTokens: Reading<HistogramSample>;
  readonly generationLengthTokens: Reading<HistogramSample>;
  readonly longestGenerationTokens: Reading<HistogramSample>;
};
