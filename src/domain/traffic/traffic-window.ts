import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import {absent, combineReadings, isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import {counterRate} from './counters.ts';

/** Rates are over the last ten seconds: steady enough to read, quick enough to see a burst. */
const RATE_WINDOW_MS = 10_000;
/** Latencies are over the last minute: at a few requests per second, a shorter window has too few for a p99. */
export const LATENCY_WINDOW_MS = 60_000;

/** Reason for absent values before the first sample. */
export const UNREAD = 'no metrics read yet';

/** The samples of the last minute, oldest first. */
export type TrafficWindow = {readonly samples: readonly EngineMetricsSample[]};

/** No measurements yet. */
export const emptyWindow: TrafficWindow = {samples: []};

/** The window with a sample added and outdated samples removed. */
export function addSample(window: TrafficWindow, sample: EngineMetricsSample): TrafficWindow {
  const oldestMs = sample.stamp.monotonicMs - LATENCY_WINDOW_MS;
  const kept = window.samples.filter(
    (earlier) => earlier.stamp.monotonicMs >= oldestMs && earlier.stamp.monotonicMs < sample.stamp.monotonicMs,
  );
  return {samples: [...kept, sample]};
}

/** Rates over the last ten seconds; gauges and totals from the newest sample. */
export type Traffic = {
  /** Source of the rates: the engine's counters, or its log if there are none. */
  readonly source: 'metrics' | 'log';
  readonly windowMs: number;
  readonly promptTokensPerSecond: Reading<number>;
  readonly cachedPromptTokensPerSecond: Reading<number>;
  readonly generationTokensPerSecond: Reading<number>;
  readonly requestsPerSecond: Reading<number>;
  readonly preemptionsPerSecond: Reading<number>;
  /** Engine steps per second. */
  readonly iterationsPerSecond: Reading<number>;
  /** Fraction of drafted tokens that was accepted; and tokens per step of speculative decoding. */
  readonly draftAcceptanceRatio: Reading<number>;
  readonly tokensPerDraftedStep: Reading<number>;
  readonly runningRequests: Reading<number>;
  readonly waitingRequests: Reading<number>;
  readonly promptTokensTotal: Reading<number>;
  readonly cachedPromptTokensTotal: Reading<number>;
  readonly generationTokensTotal: Reading<number>;
  readonly finishedRequestsTotal: Reading<Record<string, number>>;
};

/** Traffic over the window. */
export function trafficOf({samples}: TrafficWindow, unreadReason = UNREAD): Traffic {
  const newest = samples.at(-1);
  const unread = absent(unreadReason);
  const rate = (counter: (sample: EngineMetricsSample) => Reading<number>): Reading<number> =>
    newest === undefined ? unread : rateOf(samples, counter);
  const acceptedDrafts = rate((sample) => sample.acceptedDraftTokensTotal);
  return {
    source: 'metrics',
    windowMs: RATE_WINDOW_MS,
    promptTokensPerSecond: rate((sample) => liveOr(sample.livePromptTokensTotal, sample.promptTokensTotal)),
    cachedPromptTokensPerSecond: rate((sample) =>
      liveOr(sample.liveCachedPromptTokensTotal, sample.cachedPromptTokensTotal),
    ),
    generationTokensPerSecond: rate((sample) => liveOr(sample.liveGenerationTokensTotal, sample.generationTokensTotal)),
    requestsPerSecond: rate(finishedCount),
    preemptionsPerSecond: rate((sample) => sample.preemptionsTotal),
    iterationsPerSecond: rate((sample) => sample.iterationsTotal),
    draftAcceptanceRatio: shareOf(
      acceptedDrafts,
      rate((sample) => sample.draftTokensTotal),
    ),
    tokensPerDraftedStep: mapReading(
      shareOf(
        acceptedDrafts,
        rate((sample) => sample.draftsTotal),
      ),
      (kept) => 1 + kept,
    ),
    runningRequests: newest?.runningRequests ?? unread,
    waitingRequests: newest?.waitingRequests ?? unread,
    promptTokensTotal: newest?.promptTokensTotal ?? unread,
    cachedPromptTokensTotal: newest?.cachedPromptTokensTotal ?? unread,
    generationTokensTotal: newest?.generationTokensTotal ?? unread,
    finishedRequestsTotal:
      newest === undefined ? unread : mapReading(newest.finishedRequestsTotal, (byReason) => ({...byReason})),
  };
}

/** A counter that increases during the work, or the billed one if there is none. */
function liveOr(live: Reading<number>, billed: Reading<number>): Reading<number> {
  return isPresent(live) ? live : billed;
}

function shareOf(part: Reading<number>, whole: Reading<number>): Reading<number> {
  return combineReadings(part, whole, (some, all) =>
    all > 0 ? some / all : absent('no tokens were drafted in the window'),
  );
}

function finishedCount(sample: EngineMetricsSample): Reading<number> {
  return mapReading(sample.finishedRequestsTotal, (byReason) =>
    Object.values(byReason).reduce((sum, count) => sum + count, 0),
  );
}

/** Sums growth from sample to sample, so that a reset in the window neither loses nor adds anything. */
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
