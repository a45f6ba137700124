import type {History, HistoryPoints, HistoryQuery, HistorySeriesName} from '../../api/history.ts';
import type {WindowRequests} from '../../api/latency/latency-schemas.ts';
import {contextSharesOf, longestIn} from '../../domain/traffic/context-shares.ts';
import {notAbove, withinParts} from '../../domain/traffic/distributions/claimed-order.ts';
import type {HistogramName} from '../../domain/traffic/distributions/histogram-names.ts';
import {histogramQuantile} from '../../domain/traffic/histogram-quantile.ts';
import {
  type Latencies,
  type LatencyQuantiles,
  type LatencyTargets,
  latenciesFrom,
  noTargets,
  type Observed,
  quantileOfPart,
  requestSizesFrom,
} from '../../domain/traffic/latencies.ts';
import {type Quantile, scaleQuantile} from '../../domain/traffic/quantile.ts';
import {requestLengthsOf} from '../../domain/traffic/request-lengths.ts';
import {absent, isAbsent, mapReading} from '../../samples/reading.ts';
import {slotOf} from '../../shared/quantities/moments.ts';
import {MS_PER_HOUR, MS_PER_MINUTE, MS_PER_SECOND} from '../../shared/units.ts';
import type {Steps} from '../steps.ts';
import type {HistogramTime, KeptIntervals} from './select-intervals.ts';
import {countWindow, HIGHEST_QUANTILE, type HighestQuantile, type WindowCounts} from './window-counts.ts';

/** Up to this length, a window that is not older than an hour has the quantiles of the minute before each second. */
const MOST_LIVE_MS = 15 * MS_PER_MINUTE;

type KeptLatency = Exclude<keyof Latencies, 'windowMs' | 'prefill' | 'decode'>;
type QuantileSeries = {readonly latency: KeptLatency; readonly quantile: 'p50Ms' | 'p95Ms' | 'p99Ms'};

/** What is a quantile among the kept series. */
const quantileSeries: Readonly<Partial<Record<HistorySeriesName, QuantileSeries>>> = {
  timeToFirstTokenP50Ms: {latency: 'timeToFirstToken', quantile: 'p50Ms'},
  timeToFirstTokenP95Ms: {latency: 'timeToFirstToken', quantile: 'p95Ms'},
  timeToFirstTokenP99Ms: {latency: 'timeToFirstToken', quantile: 'p99Ms'},
  interTokenP50Ms: {latency: 'interToken', quantile: 'p50Ms'},
  interTokenP95Ms: {latency: 'interToken', quantile: 'p95Ms'},
  interTokenP99Ms: {latency: 'interToken', quantile: 'p99Ms'},
  endToEndP50Ms: {latency: 'endToEnd', quantile: 'p50Ms'},
  endToEndP95Ms: {latency: 'endToEnd', quantile: 'p95Ms'},
  endToEndP99Ms: {latency: 'endToEnd', quantile: 'p99Ms'},
  queueP50Ms: {latency: 'queue', quantile: 'p50Ms'},
  queueP95Ms: {latency: 'queue', quantile: 'p95Ms'},
  queueP99Ms: {latency: 'queue', quantile: 'p99Ms'},
};

const histogramOf: Readonly<Record<keyof WindowRequests['highest'], HistogramName>> = {
  timeToFirstToken: 'timeToFirstTokenSeconds',
  interToken: 'interTokenLatencySeconds',
  endToEnd: 'endToEndLatencySeconds',
  queue: 'queueTimeSeconds',
  prefill: 'prefillTimeSeconds',
  decode: 'decodeTimeSeconds',
};

const plotted: ReadonlySet<HistogramName> = new Set(
  Object.values(quantileSeries).map(({latency}) => histogramOf[latency]),
);
const notPlotted = absent('no series has it');

/** Hundreds of points: what no series has need not be merged for each. */
function plottedOf(observed: Observed): Observed {
  return (name) => (plotted.has(name) ? observed(name) : notPlotted);
}

/** Where the parts of a history are read from. */
export type HistorySources = {
  /** Series of means. */
  readonly readSeries: (
    names: readonly HistorySeriesName[],
    sinceMs: number,
    untilMs: number,
  ) => Steps<History['series']>;
  /** Since when histograms are kept; null for never. */
  readonly startMs: number | null;
  readonly readIntervals: (time: HistogramTime) => Steps<KeptIntervals>;
};

/**
 * The kept series with quantiles of the requests in each part of the window, where histograms are kept of it, instead of means over
 * time; and what the requests of the whole window had, if it was asked for.
 */
export function* readNodeHistory(
  {readSeries, startMs, readIntervals}: HistorySources,
  query: Pick<HistoryQuery, 'series' | 'requests'>,
  time: HistogramTime,
  targets: LatencyTargets,
): Steps<Omit<History, 'gpus'>> {
  const isQuantile = (name: HistorySeriesName): boolean => !isLive(time) && quantileSeries[name] !== undefined;
  const names = query.series.filter(isQuantile);
  if (startMs === null || startMs > time.untilMs || (names.length === 0 && query.requests !== true))
    return {series: yield* readSeries(query.series, time.sinceMs, time.untilMs)};
  const others = query.series.filter((name) => !isQuantile(name));
  const means = startMs <= time.sinceMs ? {} : yield* readSeries(names, time.sinceMs, startMs - 1);
  const series = {...(yield* readSeries(others, time.sinceMs, time.untilMs)), ...means};
  const intervals = yield* readIntervals(time);
  const counts = yield* countWindow(intervals);
  const sinceMs = Math.max(time.sinceMs, startMs);
  const gaps = names.length > 0 ? counts.gaps : counts.gaps.filter(({isInWindow}) => !isInWindow);
  const requests = {
    ...(query.requests === true ? {requests: requestsOf(counts, intervals, sinceMs, targets)} : {}),
    ...(gaps.length > 0 ? {gaps: [...gaps]} : {}),
  };
  if (names.length === 0) return {series, ...requests};
  return {
    series: {...series, ...(yield* pointsOf(names, series, counts, {...time, sinceMs}))},
    quantilesSinceMs: sinceMs,
    ...requests,
  };
}

function isLive({sinceMs, untilMs, newestAtMs}: HistogramTime): boolean {
  return untilMs - sinceMs <= MOST_LIVE_MS && newestAtMs - sinceMs <= MS_PER_HOUR;
}

/** A point per part of the window, null for one without requests; before `sinceMs` the means that are kept. */
function* pointsOf(
  names: readonly HistorySeriesName[],
  means: History['series'],
  {points, pointMs}: WindowCounts,
  {sinceMs, untilMs}: Pick<HistogramTime, 'sinceMs' | 'untilMs'>,
): Steps<History['series']> {
  const found: History['series'] = {};
  for (const name of names) found[name] = [...(means[name] ?? [])];
  for (let slotMs = slotOf(sinceMs, pointMs); slotMs <= untilMs; slotMs += pointMs) {
    const observed = points.get(slotMs);
    const latencies = observed === undefined ? null : latenciesFrom(plottedOf(observed), noTargets, pointMs);
    yield;
    // The first part is what is kept of it.
    const atMs = Math.max(slotMs, sinceMs);
    for (const name of names) found[name]?.push({atMs, value: quantileValue(latencies, name)});
  }
  return found;
}

function quantileValue(latencies: Latencies | null, name: HistorySeriesName): HistoryPoints[number]['value'] {
  const of = quantileSeries[name];
  if (latencies === null || of === undefined) return null;
  const value = latencies[of.latency][of.quantile];
  return isAbsent(value) ? null : value.value;
}

type Highest = WindowRequests['highest']['queue'];

function highestPart(part: Highest, whole: Highest): Highest {
  return part === null || whole === null ? part : {...part, p99Ms: quantileOfPart(part.p99Ms, whole.p99Ms)};
}

function p99Of(observed: Observed, name: HistogramName): Quantile | null {
  const histogram = observed(name);
  const p99 = isAbsent(histogram) ? histogram : histogramQuantile(HIGHEST_QUANTILE, histogram);
  return isAbsent(p99) ? null : scaleQuantile(p99, MS_PER_SECOND);
}

/** A p99 that is not above the highest p99 of the intervals, and lower quantiles that are not above it. */
function withinHighest(own: LatencyQuantiles, most: HighestQuantile | undefined): LatencyQuantiles {
  if (most === undefined || isAbsent(own.p99Ms)) return own;
  const p99Ms = notAbove(own.p99Ms, scaleQuantile(most.quantile, MS_PER_SECOND));
  const p95Ms = mapReading(own.p95Ms, (quantile) => notAbove(quantile, p99Ms));
  const p50Ms = mapReading(own.p50Ms, (quantile) => notAbove(quantile, isAbsent(p95Ms) ? p99Ms : p95Ms));
  return {...own, p50Ms, p95Ms, p99Ms};
}

function requestsOf(
  {whole, highest}: WindowCounts,
  {stepMs, time: {untilMs}}: KeptIntervals,
  sinceMs: number,
  targets: LatencyTargets,
): WindowRequests {
  const highestOf = (latency: keyof WindowRequests['highest']): Highest => {
    const found = highest.get(histogramOf[latency]);
    if (found === undefined) return null;
    const own = scaleQuantile(found.quantile, MS_PER_SECOND);
    const ofWhole = p99Of(whole, histogramOf[latency]);
    return {atMs: found.atMs, p99Ms: ofWhole === null ? own : withinParts(ofWhole, own).highest};
  };
  const endToEnd = highestOf('endToEnd');
  const timeToFirstToken = highestPart(highestOf('timeToFirstToken'), endToEnd);
  return {
    sinceMs,
    intervalMs: stepMs,
    latency: latenciesFrom(whole, targets, untilMs - sinceMs, (name, own) => withinHighest(own, highest.get(name))),
    highest: {
      timeToFirstToken,
      interToken: highestOf('interToken'),
      endToEnd,
      queue: highestPart(highestOf('queue'), timeToFirstToken),
      prefill: highestPart(highestOf('prefill'), timeToFirstToken),
      decode: highestPart(highestOf('decode'), endToEnd),
    },
    sizes: requestSizesFrom(whole),
    contexts: contextSharesOf(whole('promptLengthTokens')),
    longestAnswer: longestIn(whole('generationLengthTokens')),
    lengths: requestLengthsOf(whole('promptLengthTokens'), whole('generationLengthTokens')),
  };
}
