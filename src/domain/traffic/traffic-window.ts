import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import {absent, combineReadings, isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import {counterGrowth} from './counters.ts';
import {MOST_PER_SECOND, possibleRate} from './physical-limits.ts';
import {ONE_SAMPLE, UNREAD} from './unmeasured.ts';

/** Rates are over the last ten seconds: steady enough to read, quick enough to see a burst. */
const RATE_WINDOW_MS = 10_000;
/** Latencies and money are over the last minute: a shorter window has too few requests for a p99. */
const MINUTE_MS = 60_000;
/** A window begins with the newest sample before it, unless that is this much older than the window's beginning. */
const MAX_RATE_GAP_MS = 2_000;
const MAX_MINUTE_GAP_MS = 60_000;

/** The samples of the last minute and the one before it, oldest first. */
export type TrafficWindow = {readonly samples: readonly EngineMetricsSample[]};

/** No measurements yet. */
export const emptyWindow: TrafficWindow = {samples: []};

/** The window with a sample added and outdated samples removed. */
export function addSample(window: TrafficWindow, sample: EngineMetricsSample): TrafficWindow {
  const earlier = window.samples.filter(({stamp}) => stamp.monotonicMs < sample.stamp.monotonicMs);
  return {samples: samplesOver([...earlier, sample], MINUTE_MS, MAX_MINUTE_GAP_MS)};
}

/** The samples of this time, and the newest one before it, so that they span the whole time and not almost all of it. */
function samplesOver(
  samples: readonly EngineMetricsSample[],
  spanMs: number,
  maxGapMs: number,
): readonly EngineMetricsSample[] {
  const sinceMs = (samples.at(-1)?.stamp.monotonicMs ?? 0) - spanMs;
  const before = samples.findLastIndex(({stamp}) => stamp.monotonicMs <= sinceMs);
  const first = samples[before];
  const isTooOld = first !== undefined && first.stamp.monotonicMs < sinceMs - maxGapMs;
  return samples.slice(isTooOld ? before + 1 : Math.max(0, before));
}

/** Time between the first and the last of these samples, milliseconds; 0 if there are fewer than two. */
export function spanOf(samples: readonly EngineMetricsSample[]): number {
  return (samples.at(-1)?.stamp.monotonicMs ?? 0) - (samples[0]?.stamp.monotonicMs ?? 0);
}

/** Rates over the last ten seconds; gauges and totals from the newest sample. */
export type Traffic = {
  /** Source of the rates: the engine's counters, or its log if there are none. */
  readonly source: 'metrics' | 'log';
  /** The time that the rates are really over: about ten seconds, less after a start, 0 before the second sample. */
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
  const recent = samplesOver(samples, RATE_WINDOW_MS, MAX_RATE_GAP_MS);
  const rate = (counter: Counter): Reading<number> => (newest === undefined ? unread : rateOf(recent, counter));
  const acceptedDrafts = rate((sample) => sample.acceptedDraftTokensTotal);
  return {
    source: 'metrics',
    windowMs: spanOf(recent),
    promptTokensPerSecond: rate(promptTokens),
    cachedPromptTokensPerSecond: rate(cachedPromptTokens),
    generationTokensPerSecond: rate(generationTokens),
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

/** Token rates over the last minute, for money and for the prefix cache. */
export type TokenRates = {
  /** The time that the rates are really over: a little more than a minute, or less after a start. */
  readonly windowMs: number;
  /** All prompt tokens, the cached ones included. */
  readonly promptTokensPerSecond: Reading<number>;
  readonly cachedPromptTokensPerSecond: Reading<number>;
  readonly generationTokensPerSecond: Reading<number>;
};

/** Token rates over the last minute, or over the time since the first sample. */
export function tokenRatesOf({samples}: TrafficWindow, unreadReason = UNREAD): TokenRates {
  const rate = (counter: Counter): Reading<number> =>
    samples.length === 0 ? absent(unreadReason) : rateOf(samples, counter);
  return {
    windowMs: spanOf(samples),
    promptTokensPerSecond: rate(promptTokens),
    cachedPromptTokensPerSecond: rate(cachedPromptTokens),
    generationTokensPerSecond: rate(generationTokens),
  };
}

type Counter = (sample: EngineMetricsSample) => Reading<number>;

function promptTokens(sample: EngineMetricsSample): Reading<number> {
  return liveOr(sample.livePromptTokensTotal, sample.promptTokensTotal);
}

function cachedPromptTokens(sample: EngineMetricsSample): Reading<number> {
  return liveOr(sample.liveCachedPromptTokensTotal, sample.cachedPromptTokensTotal);
}

function generationTokens(sample: EngineMetricsSample): Reading<number> {
  return liveOr(sample.liveGenerationTokensTotal, sample.generationTokensTotal);
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

/** Finished requests since the engine started, for any reason. */
export function finishedCount(sample: EngineMetricsSample): Reading<number> {
  return mapReading(sample.finishedRequestsTotal, (byReason) =>
    Object.values(byReason).reduce((sum, count) => sum + count, 0),
  );
}

/** Growth per second over these samples, summed from one to the next, so that a reset neither loses nor adds anything. */
function rateOf(samples: readonly EngineMetricsSample[], counter: Counter): Reading<number> {
  if (samples.length < 2) return absent(ONE_SAMPLE);
  let growth = 0;
  for (const [index, sample] of samples.slice(1).entries()) {
    const before = samples[index];
    if (before === undefined) continue;
    const more = counterGrowth(counter(before), counter(sample));
    if (isAbsent(more)) return more;
    growth += more;
  }
  const elapsedMs = spanOf(samples);
  if (elapsedMs <= 0) return absent('no time has passed between two samples');
  return possibleRate((growth * 1000) / elapsedMs, MOST_PER_SECOND.promptTokens) ?? absent('the counter jumped');
}
