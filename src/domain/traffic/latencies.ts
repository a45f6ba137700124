import type {HistogramSample} from '../../samples/engine-metrics.ts';
import {absent, isAbsent, mapReading, type Reading} from '../../samples/reading.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {type ContextShares, contextSharesOf} from './context-shares.ts';
import type {HistogramName} from './distributions/histogram-names.ts';
import {histogramCount, histogramMean, histogramOver, histogramQuantile} from './histogram-quantile.ts';
import {histogramShare} from './histogram-share.ts';
import {type Quantile, scaleQuantile} from './quantile.ts';
import {spanOf, type TrafficWindow} from './traffic-window.ts';
import {UNREAD} from './unmeasured.ts';

/** Quantiles of one latency, milliseconds. */
export type LatencyQuantiles = {
  /** How many were measured in the window: requests, between tokens tokens. */
  readonly count: Reading<number>;
  readonly meanMs: Reading<number>;
  readonly p50Ms: Reading<Quantile>;
  readonly p95Ms: Reading<Quantile>;
  readonly p99Ms: Reading<Quantile>;
  /** The target, and which part of them reached it, 0..1; null where none is set. */
  readonly target: {readonly ms: number; readonly withinRatio: Reading<Quantile>} | null;
};

/** How long each latency may take, milliseconds; null for those without a target. */
export type LatencyTargets = {
  readonly timeToFirstToken: number | null;
  readonly interToken: number | null;
  readonly endToEnd: number | null;
  readonly queue: number | null;
};

/** No target for anything. */
export const noTargets: LatencyTargets = {timeToFirstToken: null, interToken: null, endToEnd: null, queue: null};

/** Latencies over the last minute. */
export type Latencies = {
  /** The time that the quantiles are really over: about a minute, less after a start, 0 before the second sample. */
  readonly windowMs: number;
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
  readonly p50Tokens: Reading<Quantile>;
  readonly p95Tokens: Reading<Quantile>;
  readonly p99Tokens: Reading<Quantile>;
};

/** Sizes of the requests that finished in the last minute. */
export type RequestSizes = {
  readonly prompt: TokenQuantiles;
  readonly generation: TokenQuantiles;
  /** The longest output of each request's group. */
  readonly longestGeneration: TokenQuantiles;
  /** Of all prompts since the start of the engine. */
  readonly sinceStart: Reading<ContextShares>;
};

/** What was observed of each histogram over some time. */
export type Observed = (name: HistogramName) => Reading<HistogramSample>;

/** Latencies over the window. */
export function latencyOf(window: TrafficWindow, targets: LatencyTargets, unreadReason = UNREAD): Latencies {
  return latenciesFrom(observedIn(window, unreadReason), targets, spanOf(window.samples));
}

/** Latencies of what was observed in `windowMs`; `limit` is applied to the quantiles of each, before they are compared. */
export function latenciesFrom(
  observedOf: Observed,
  targets: LatencyTargets,
  windowMs: number,
  limit: (name: HistogramName, own: LatencyQuantiles) => LatencyQuantiles = (_, own) => own,
): Latencies {
  const of = (name: HistogramName, targetMs: number | null): LatencyQuantiles => {
    const observed = observedOf(name);
    const inMs = (q: number): Reading<Quantile> =>
      isAbsent(observed)
        ? observed
        : mapReading(histogramQuantile(q, observed), (quantile) => scaleQuantile(quantile, MS_PER_SECOND));
    return limit(name, {
      count: mapReading(observed, histogramCount),
      meanMs: isAbsent(observed) ? observed : mapReading(histogramMean(observed), (seconds) => seconds * MS_PER_SECOND),
      p50Ms: inMs(0.5),
      p95Ms: inMs(0.95),
      p99Ms: inMs(0.99),
      target:
        targetMs === null
          ? null
          : {
              ms: targetMs,
              withinRatio: isAbsent(observed) ? observed : histogramShare(targetMs / MS_PER_SECOND, observed),
            },
    });
  };
  const endToEnd = of('endToEndLatencySeconds', targets.endToEnd);
  const timeToFirstToken = partOf(of('timeToFirstTokenSeconds', targets.timeToFirstToken), endToEnd);
  return {
    windowMs,
    timeToFirstToken,
    interToken: of('interTokenLatencySeconds', targets.interToken),
    endToEnd,
    queue: partOf(of('queueTimeSeconds', targets.queue), timeToFirstToken),
    prefill: partOf(of('prefillTimeSeconds', null), timeToFirstToken),
    decode: partOf(of('decodeTimeSeconds', null), endToEnd),
  };
}

/**
 * A part of each request's time never takes longer than the whole. Buckets are wide: interpolated in (120, 240] s, a
 * queue time is 236 s next to a time to first token of 159 s. Then only the lower edge is stated, unless it contradicts as
 * well: the two are not always of the same requests, because parts are counted when a request ends.
 */
function partOf(part: LatencyQuantiles, whole: LatencyQuantiles): LatencyQuantiles {
  const within = (own: Reading<Quantile>, limit: Reading<Quantile>): Reading<Quantile> =>
    isAbsent(own) || isAbsent(limit) ? own : quantileOfPart(own, limit);
  return {
    count: part.count,
    meanMs: part.meanMs,
    p50Ms: within(part.p50Ms, whole.p50Ms),
    p95Ms: within(part.p95Ms, whole.p95Ms),
    p99Ms: within(part.p99Ms, whole.p99Ms),
    target: part.target,
  };
}

/** The same of one quantile. */
export function quantileOfPart(part: Quantile, whole: Quantile): Quantile {
  if (part.kind !== 'interpolated' || whole.kind === 'above') return part;
  return part.value > whole.value && part.from <= whole.value ? {kind: 'above', value: part.from} : part;
}

/** Request sizes over the window. */
export function requestSizesOf(window: TrafficWindow, unreadReason = UNREAD): RequestSizes {
  return {
    ...requestSizesFrom(observedIn(window, unreadReason)),
    sinceStart: contextSharesOf(window.samples.at(-1)?.promptLengthTokens ?? absent(unreadReason)),
  };
}

/** Request sizes of what was observed. */
export function requestSizesFrom(observedOf: Observed): Omit<RequestSizes, 'sinceStart'> {
  const of = (name: HistogramName): TokenQuantiles => {
    const observed = observedOf(name);
    const quantile = (q: number): Reading<Quantile> => (isAbsent(observed) ? observed : histogramQuantile(q, observed));
    return {
      meanTokens: isAbsent(observed) ? observed : histogramMean(observed),
      p50Tokens: quantile(0.5),
      p95Tokens: quantile(0.95),
      p99Tokens: quantile(0.99),
    };
  };
  return {
    prompt: of('promptLengthTokens'),
    generation: of('generationLengthTokens'),
    longestGeneration: of('longestGenerationTokens'),
  };
}

/** Observations between the first and the last sample of the window. */
function observedIn({samples}: TrafficWindow, unreadReason: string): Observed {
  return (name) => {
    if (samples.length === 0) return absent(unreadReason);
    return mapReading(
      histogramOver(samples, (sample) => sample[name]),
      ({observed}) => observed,
    );
  };
}
