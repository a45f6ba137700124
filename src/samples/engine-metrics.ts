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
  readonly promptTokensTotal: Reading<number>;
  readonly cachedPromptTokensTotal: Reading<number>;
  readonly generationTokensTotal: Reading<number>;
  readonly preemptionsTotal: Reading<number>;
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
};
