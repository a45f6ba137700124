import type {EngineMetricsSample, HistogramSample} from '../../samples/engine-metrics.ts';
import {absent, isAbsent, mapReading, type Reading} from '../../samples/reading.ts';
import {histogramGrowth, histogramMean, histogramQuantile} from './histogram-quantile.ts';
import {type TrafficWindow, UNREAD} from './traffic-window.ts';

/** Quantiles of one latency, milliseconds. */
export type LatencyQuantiles = {
  readonly meanMs: Reading<number>;
  readonly p50Ms: Reading<number>;
  readonly p90Ms: Reading<number>;
  readonly p99Ms: Reading<number>;
};

/** Latencies over the last minute. */
export type Latencies = {
  readonly timeToFirstToken: LatencyQuantiles;
  readonly interToken: LatencyQuantiles;
  readonly endToEnd: LatencyQuantiles;
  readonly queue: LatencyQuantiles;
  /** A request's time in prefill, and in decode. */
  readonly prefill: LatencyQuantiles;
  readonly decode: LatencyQuantiles;
};

/** Quantiles of a size of finished requests, tokens. */
export type TokenQuantiles = {
  readonly meanTokens: Reading<number>;
  readonly p50Tokens: Reading<number>;
  readonly p90Tokens: Reading<number>;
  readonly p99Tokens: Reading<number>;
};

/** Sizes of the requests that finished in the last minute. */
export type RequestSizes = {
  readonly prompt: TokenQuantiles;
  readonly generation: TokenQuantiles;
  /** The longest output of each request's group. */
  readonly longestGeneration: TokenQuantiles;
};

type PickHistogram = (sample: EngineMetricsSample) => Reading<HistogramSample>;

/** Latencies over the window. */
export function latencyOf(window: TrafficWindow, unreadReason = UNREAD): Latencies {
  const of = (pick: PickHistogram): LatencyQuantiles => {
    const observed = observedIn(window, pick, unreadReason);
    const inMs = (read: (histogram: HistogramSample) => Reading<number>): Reading<number> =>
      isAbsent(observed) ? observed : mapReading(read(observed), (seconds) => seconds * 1000);
    return {
      meanMs: inMs(histogramMean),
      p50Ms: inMs((histogram) => histogramQuantile(0.5, histogram)),
      p90Ms: inMs((histogram) => histogramQuantile(0.9, histogram)),
      p99Ms: inMs((histogram) => histogramQuantile(0.99, histogram)),
    };
  };
  return {
    timeToFirstToken: of((sample) => sample.timeToFirstTokenSeconds),
    interToken: of((sample) => sample.interTokenLatencySeconds),
    endToEnd: of((sample) => sample.endToEndLatencySeconds),
    queue: of((sample) => sample.queueTimeSeconds),
    prefill: of((sample) => sample.prefillTimeSeconds),
    decode: of((sample) => sample.decodeTimeSeconds),
  };
}

/** Request sizes over the window. */
export function requestSizesOf(window: TrafficWindow, unreadReason = UNREAD): RequestSizes {
  const of = (pick: PickHistogram): TokenQuantiles => {
    const observed = observedIn(window, pick, unreadReason);
    const read = (f: (histogram: HistogramSample) => Reading<number>): Reading<number> =>
      isAbsent(observed) ? observed : f(observed);
    return {
      meanTokens: read(histogramMean),
      p50Tokens: read((histogram) => histogramQuantile(0.5, histogram)),
      p90Tokens: read((histogram) => histogramQuantile(0.9, histogram)),
      p99Tokens: read((histogram) => histogramQuantile(0.99, histogram)),
    };
  };
  return {
    prompt: of((sample) => sample.promptLengthTokens),
    generation: of((sample) => sample.generationLengthTokens),
    longestGeneration: of((sample) => sample.longestGenerationTokens),
  };
}

/** Observations between the first and the last sample of the window. */
function observedIn({samples}: TrafficWindow, pick: PickHistogram, unreadReason: string): Reading<HistogramSample> {
  const first = samples[0];
  const newest = samples.at(-1);
  if (first === undefined || newest === undefined) return absent(unreadReason);
  if (first === newest) return absent('a distribution needs two samples');
  const before = pick(first);
  const after = pick(newest);
  if (isAbsent(after)) return after;
  return isAbsent(before) ? after : histogramGrowth(before, after);
}
