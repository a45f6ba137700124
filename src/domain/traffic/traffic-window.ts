import type {EngineMetricsSample, HistogramSample} from '../../samples/engine-metrics.ts';
import {absent, isAbsent, mapReading, type Reading} from '../../samples/reading.ts';
import {counterRate} from './counters.ts';
import {histogramGrowth, histogramMean, histogramQuantile} from './histogram-quantile.ts';

/** Rates are over the last ten seconds: steady enough to read, quick enough to see a burst. */
const RATE_WINDOW_MS = 10_000;
/** Latencies are over the last minute: at a few requests a second, less holds too few for a p99. */
export const LATENCY_WINDOW_MS = 60_000;

const UNREAD = 'no metrics were read yet';

/** The samples of the last minute, oldest first. */
export type TrafficWindow = {readonly samples: readonly EngineMetricsSample[]};

/** Nothing measured yet. */
export const emptyWindow: TrafficWindow = {samples: []};

/** The window with a sample added and those older than the longest need left out. */
export function addSample(window: TrafficWindow, sample: EngineMetricsSample): TrafficWindow {
  const oldestMs = sample.stamp.monotonicMs - LATENCY_WINDOW_MS;
  const kept = window.samples.filter(
    (earlier) => earlier.stamp.monotonicMs >= oldestMs && earlier.stamp.monotonicMs < sample.stamp.monotonicMs,
  );
  return {samples: [...kept, sample]};
}

/** Rates over the last ten seconds, gauges and totals of the newest sample. */
export type Traffic = {
  readonly windowMs: number;
  readonly promptTokensPerSecond: Reading<number>;
  readonly cachedPromptTokensPerSecond: Reading<number>;
  readonly generationTokensPerSecond: Reading<number>;
  readonly requestsPerSecond: Reading<number>;
  readonly preemptionsPerSecond: Reading<number>;
  readonly runningRequests: Reading<number>;
  readonly waitingRequests: Reading<number>;
  readonly promptTokensTotal: Reading<number>;
  readonly cachedPromptTokensTotal: Reading<number>;
  readonly generationTokensTotal: Reading<number>;
  readonly finishedRequestsTotal: Reading<Record<string, number>>;
};

/** What the window says of the traffic. */
export function trafficOf({samples}: TrafficWindow, unreadReason = UNREAD): Traffic {
  const newest = samples.at(-1);
  const unread = absent(unreadReason);
  const rate = (counter: (sample: EngineMetricsSample) => Reading<number>): Reading<number> =>
    newest === undefined ? unread : rateOf(samples, counter);
  return {
    windowMs: RATE_WINDOW_MS,
    promptTokensPerSecond: rate((sample) => sample.promptTokensTotal),
    cachedPromptTokensPerSecond: rate((sample) => sample.cachedPromptTokensTotal),
    generationTokensPerSecond: rate((sample) => sample.generationTokensTotal),
    requestsPerSecond: rate(finishedCount),
    preemptionsPerSecond: rate((sample) => sample.preemptionsTotal),
    runningRequests: newest?.runningRequests ?? unread,
    waitingRequests: newest?.waitingRequests ?? unread,
    promptTokensTotal: newest?.promptTokensTotal ?? unread,
    cachedPromptTokensTotal: newest?.cachedPromptTokensTotal ?? unread,
    generationTokensTotal: newest?.generationTokensTotal ?? unread,
    finishedRequestsTotal:
      newest === undefined ? unread : mapReading(newest.finishedRequestsTotal, (byReason) => ({...byReason})),
  };
}

function finishedCount(sample: EngineMetricsSample): Reading<number> {
  return mapReading(sample.finishedRequestsTotal, (byReason) =>
    Object.values(byReason).reduce((sum, count) => sum + count, 0),
  );
}

/** Sums growth from sample to sample, so that a reset inside the window loses nothing and adds nothing. */
function rateOf(
  samples: readonly EngineMetricsSample[],
  counter: (sample: EngineMetricsSample) => Reading<number>,
): Reading<number> {
  const newest = samples.at(-1);
  if (newest === undefined) return absent(UNREAD);
  const oldestMs = newest.stamp.monotonicMs - RATE_WINDOW_MS;
  const recent = samples.filter((sample) => sample.stamp.monotonicMs >= oldestMs);
  if (recent.length < 2) return absent('a rate needs two samples');
  let growth = 0;
  for (const [index, sample] of recent.slice(1).entries()) {
    const before = recent[index];
    if (before === undefined) continue;
    const perSecond = counterRate(counter(before), counter(sample), 1000);
    if (isAbsent(perSecond)) return perSecond;
    growth += perSecond;
  }
  const elapsedMs = newest.stamp.monotonicMs - (recent[0]?.stamp.monotonicMs ?? newest.stamp.monotonicMs);
  return elapsedMs <= 0 ? absent('no time has passed between two samples') : (growth * 1000) / elapsedMs;
}

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
};

/** What the window says of the latencies. */
export function latencyOf({samples}: TrafficWindow, unreadReason = UNREAD): Latencies {
  const of = (histogram: (sample: EngineMetricsSample) => Reading<HistogramSample>): LatencyQuantiles =>
    samples.length === 0 ? allAbsent(unreadReason) : quantilesOf(samples, histogram);
  return {
    timeToFirstToken: of((sample) => sample.timeToFirstTokenSeconds),
    interToken: of((sample) => sample.interTokenLatencySeconds),
    endToEnd: of((sample) => sample.endToEndLatencySeconds),
    queue: of((sample) => sample.queueTimeSeconds),
  };
}

function quantilesOf(
  samples: readonly EngineMetricsSample[],
  histogram: (sample: EngineMetricsSample) => Reading<HistogramSample>,
): LatencyQuantiles {
  const first = samples[0];
  const newest = samples.at(-1);
  if (first === undefined || newest === undefined) return allAbsent(UNREAD);
  if (first === newest) return allAbsent('a latency needs two samples');
  const before = histogram(first);
  const after = histogram(newest);
  if (isAbsent(after)) return allAbsent(after.absent);
  const observed = isAbsent(before) ? after : histogramGrowth(before, after);
  const inMs = (seconds: Reading<number>): Reading<number> => mapReading(seconds, (value) => value * 1000);
  return {
    meanMs: inMs(histogramMean(observed)),
    p50Ms: inMs(histogramQuantile(0.5, observed)),
    p90Ms: inMs(histogramQuantile(0.9, observed)),
    p99Ms: inMs(histogramQuantile(0.99, observed)),
  };
}

function allAbsent(reason: string): LatencyQuantiles {
  const none = absent(reason);
  return {meanMs: none, p50Ms: none, p90Ms: none, p99Ms: none};
}
