import type {Reading} from './reading.ts';
import type {Stamp} from './stamp.ts';
import type {TokenSeries} from './token-series.ts';

/** A cumulative histogram as exposed by Prometheus text: `count` observations at or below `le`. */
export type HistogramSample = {
  /** Ascending upper bounds; the last one is Infinity. */
  readonly buckets: readonly {readonly le: number; readonly count: number}[];
  readonly sum: number;
  readonly count: number;
};

/**
 * One scrape of an engine's /metrics as Gantry's common metrics. Counters are totals since the engine started, summed
 * over engine cores. Values that an engine does not expose are absent with a reason.
 */
export type EngineMetricsSample = {
  readonly stamp: Stamp;
  /** Time the scrape took. */
  readonly scrapeMs: number;
  readonly processStartTimeSeconds: Reading<number>;
  /** Billed prompt tokens, including cached ones; some engines add them when a request ends. */
  readonly promptTokensTotal: Reading<number>;
  readonly cachedPromptTokensTotal: Reading<number>;
  readonly generationTokensTotal: Reading<number>;
  /** The counters of which these three are the sums, each by itself; without those that have an impossible value. */
  readonly tokenSeries: readonly TokenSeries[];
  /** The same, counted during the work, suitable for a rate; recomputed work may count twice. */
  readonly livePromptTokensTotal: Reading<number>;
  readonly liveCachedPromptTokensTotal: Reading<number>;
  readonly liveGenerationTokensTotal: Reading<number>;
  /** Engine steps. */
  readonly iterationsTotal: Reading<number>;
  /** The engine's best counter of work done, in any unit: increases while the engine works. */
  readonly progressTotal: Reading<number>;
  /** Requests preempted because the KV cache was full. */
  readonly preemptionsTotal: Reading<number>;
  readonly prefixCacheQueryTokensTotal: Reading<number>;
  readonly prefixCacheHitTokensTotal: Reading<number>;
  /** Speculative decoding: drafts, drafted tokens, and accepted tokens. */
  readonly draftsTotal: Reading<number>;
  readonly draftTokensTotal: Reading<number>;
  readonly acceptedDraftTokensTotal: Reading<number>;
  /** Finished requests by the engine's finish reason (stop, length, abort, error). */
  readonly finishedRequestsTotal: Reading<Readonly<Record<string, number>>>;
  readonly runningRequests: Reading<number>;
  readonly waitingRequests: Reading<number>;
  /** Of the waiting requests, those that wait for something other than capacity: a grammar, an adapter, a KV transfer. */
  readonly deferredRequests: Reading<number>;
  readonly kvUsageRatio: Reading<number>;
  readonly kvCapacityTokens: Reading<number>;
  readonly timeToFirstTokenSeconds: Reading<HistogramSample>;
  readonly interTokenLatencySeconds: Reading<HistogramSample>;
  readonly endToEndLatencySeconds: Reading<HistogramSample>;
  readonly queueTimeSeconds: Reading<HistogramSample>;
  /** Time of a request in prefill, and in decode. */
  readonly prefillTimeSeconds: Reading<HistogramSample>;
  readonly decodeTimeSeconds: Reading<HistogramSample>;
  /** Tokens of a finished request's prompt, of its output, and of the longest output in its group. */
  readonly promptLengthTokens: Reading<HistogramSample>;
  readonly generationLengthTokens: Reading<HistogramSample>;
  readonly longestGenerationTokens: Reading<HistogramSample>;
};
