import type {HistogramSample} from '../../samples/engine-metrics.ts';
import type {MetricFamily} from '../../samples/exposition.ts';
import {absent, isPresent, type Reading} from '../../samples/reading.ts';
import type {TokenSeries} from '../../samples/token-series.ts';
import type {MappedMetrics} from '../engine.ts';
import {type CountedTokens, tokenSeriesOf} from '../metrics/counted-tokens.ts';
import {
  type MetricSeries,
  notExposed,
  type PointFilter,
  readSeries,
  type SeriesNames,
  seriesNamed,
} from '../metrics/metric-series.ts';
import {countedOnce} from './metric-ranks.ts';

/** SGLang's names for each quantity (`srt/observability/metrics_collector.py`), with those of older versions. */
const names = {
  promptTokens: ['sglang:prompt_tokens_total', 'sglang:prompt_tokens'],
  cachedTokens: ['sglang:cached_tokens_total', 'sglang:cached_tokens'],
  generationTokens: ['sglang:generation_tokens_total', 'sglang:generation_tokens'],
  realtimeTokens: ['sglang:realtime_tokens_total', 'sglang:realtime_tokens'],
  effectiveTokens: ['sglang:prefill_effective_tokens_total', 'sglang:prefill_effective_tokens'],
  passes: ['sglang:cuda_graph_passes_total', 'sglang:cuda_graph_passes'],
  retractions: [
    'sglang:num_retracted_requests_total',
    'sglang:num_retracted_reqs_total',
    'sglang:num_retracted_requests',
  ],
  verifyCalls: ['sglang:spec_verify_calls_total', 'sglang:spec_verify_calls'],
  running: ['sglang:num_running_reqs'],
  waiting: ['sglang:num_queue_reqs'],
  fullUsage: ['sglang:full_token_usage'],
  usage: ['sglang:token_usage'],
  capacity: ['sglang:max_total_num_tokens'],
  timeToFirstToken: ['sglang:time_to_first_token_seconds'],
  interToken: ['sglang:inter_token_latency_seconds', 'sglang:time_per_output_token_seconds'],
  endToEnd: ['sglang:e2e_request_latency_seconds'],
  queue: ['sglang:queue_time_seconds'],
  stages: ['sglang:per_stage_req_latency_seconds'],
  promptLength: ['sglang:prompt_tokens_histogram'],
  generationLength: ['sglang:generation_tokens_histogram'],
} as const satisfies Readonly<Record<string, SeriesNames>>;

/** A server with one of these is 0.5.11 or newer, and has every series named here after its first event. */
const modernNames: SeriesNames = ['sglang:kv_used_tokens', 'sglang:page_size', 'sglang:prefill_effective_tokens_total'];

/** All processes of a server write to the same counters, which restart with all of it. */
const labels = ['dp_rank'];

/** True for the name of a series that is read. */
export const readsSeries = seriesNamed([...Object.values(names), modernNames], 'sglang');

/**
 * SGLang's metrics as common metrics, each data-parallel attention group counted once. Labelled counters and histograms
 * do not exist before their first event; until then they are 0. `cache_hit_rate` is not used: every report of a
 * decoding batch sets it to 0.
 */
export function mapMetrics(families: readonly MetricFamily[]): MappedMetrics {
  const series = readSeries(countedOnce(families), 'sglang');
  const isServer = series.points(names.running) !== null || series.points(names.usage) !== null;
  const isModern = series.points(modernNames) !== null;
  const always = (reading: Reading<number>): Reading<number> => zeroWhen(isServer, reading);
  const lately = (reading: Reading<number>): Reading<number> => zeroWhen(isModern, reading);
  const live = (...modes: readonly string[]): Reading<number> =>
    liveTokens(series, isModern, ({mode}) => modes.includes(mode ?? ''));
  return {
    processStartTimeSeconds: absent('SGLang does not report when it started'),
    promptTokensTotal: always(series.sum(names.promptTokens)),
    cachedPromptTokensTotal: lately(cachedTokens(series)),
    generationTokensTotal: always(series.sum(names.generationTokens)),
    tokenSeries: countedSeries(series, isServer, isModern),
    // The others increase only when a request ends.
    livePromptTokensTotal: live('prefill_compute', 'prefill_cache'),
    liveCachedPromptTokensTotal: live('prefill_cache'),
    liveGenerationTokensTotal: live('decode'),
    // Decoder passes; prefill passes are not counted, so this does not change during a long prefill.
    iterationsTotal: lately(series.sum(names.passes)),
    progressTotal: progressOf(series, isModern),
    preemptionsTotal: lately(series.sum(names.retractions)),
    ...prefixCache(series, isModern),
    draftsTotal: drafts(series),
    draftTokensTotal: absent('SGLang does not count draft tokens'),
    acceptedDraftTokensTotal: absent('SGLang does not count draft tokens'),
    finishedRequestsTotal: absent('SGLang does not report why requests finished'),
    runningRequests: series.sum(names.running),
    waitingRequests: series.sum(names.waiting),
    deferredRequests: absent('SGLang does not report why requests wait'),
    kvUsageRatio: kvUsage(series),
    kvCapacityTokens: series.sum(names.capacity),
    ...histograms(series, isServer, isModern),
  };
}

/** They exist from their first event on; before, a server has counted nothing. */
function countedSeries(series: MetricSeries, isServer: boolean, isModern: boolean): readonly TokenSeries[] {
  const hasTotal = series.points(names.cachedTokens, isTotalOfCaches) !== null;
  const counted: readonly CountedTokens[] = [
    {kind: 'prompt', names: names.promptTokens, labels},
    {kind: 'cached', names: names.cachedTokens, labels, ...(hasTotal ? {filter: isTotalOfCaches} : {})},
    {kind: 'output', names: names.generationTokens, labels},
  ];
  return counted.flatMap((one) => {
    const isBeforeFirstEvent = series.points(one.names) === null && (one.kind === 'cached' ? isModern : isServer);
    const none = {kind: one.kind, key: '', value: 0, createdSeconds: null};
    return isBeforeFirstEvent ? [none] : tokenSeriesOf(series, [one]);
  });
}

type HistogramName =
  | 'timeToFirstTokenSeconds'
  | 'interTokenLatencySeconds'
  | 'endToEndLatencySeconds'
  | 'queueTimeSeconds'
  | 'prefillTimeSeconds'
  | 'decodeTimeSeconds'
  | 'promptLengthTokens'
  | 'generationLengthTokens'
  | 'longestGenerationTokens';

function histograms(series: MetricSeries, isServer: boolean, isModern: boolean): Pick<MappedMetrics, HistogramName> {
  const always = (seriesNames: SeriesNames): Reading<HistogramSample> =>
    emptyWhen(isServer, series.histogram(seriesNames));
  const lately = (seriesNames: SeriesNames, filter?: PointFilter): Reading<HistogramSample> =>
    emptyWhen(isModern, series.histogram(seriesNames, filter));
  return {
    timeToFirstTokenSeconds: always(names.timeToFirstToken),
    interTokenLatencySeconds: always(names.interToken),
    endToEndLatencySeconds: always(names.endToEnd),
    queueTimeSeconds: lately(names.queue),
    prefillTimeSeconds: lately(names.stages, ({stage}) => stage === 'prefill_forward'),
    decodeTimeSeconds: absent('SGLang does not measure decode time per request'),
    promptLengthTokens: lately(names.promptLength),
    generationLengthTokens: lately(names.generationLength),
    longestGenerationTokens: absent('SGLang does not measure the longest output of a group'),
  };
}

function zeroWhen(isBeforeFirstEvent: boolean, reading: Reading<number>): Reading<number> {
  return isBeforeFirstEvent && !isPresent(reading) ? 0 : reading;
}

const emptyHistogram: HistogramSample = {buckets: [{le: Number.POSITIVE_INFINITY, count: 0}], sum: 0, count: 0};

function emptyWhen(isBeforeFirstEvent: boolean, reading: Reading<HistogramSample>): Reading<HistogramSample> {
  return isBeforeFirstEvent && !isPresent(reading) ? emptyHistogram : reading;
}

const isTotalOfCaches: PointFilter = ({cache_source}) => cache_source === 'total';

/** Hits of all caches; a server with several also exposes their total. */
function cachedTokens(series: MetricSeries): Reading<number> {
  const total = series.sum(names.cachedTokens, isTotalOfCaches);
  return isPresent(total) ? total : series.sum(names.cachedTokens);
}

/** Tokens counted during generation, since version 0.5.7. */
function liveTokens(series: MetricSeries, isModern: boolean, filter: PointFilter): Reading<number> {
  const tokens = series.sum(names.realtimeTokens, filter);
  if (isPresent(tokens)) return tokens;
  return isModern || series.points(names.realtimeTokens) !== null
    ? 0
    : absent('this SGLang counts tokens only when a request ends; 0.5.7 and newer count during generation');
}

/** Newer servers count processed tokens at every step; older ones count only decoder passes. */
function progressOf(series: MetricSeries, isModern: boolean): Reading<number> {
  const tokens = series.sum(names.realtimeTokens);
  if (isPresent(tokens)) return tokens;
  return isModern ? 0 : series.sum(names.passes);
}

type PrefixCache = Pick<MappedMetrics, 'prefixCacheQueryTokensTotal' | 'prefixCacheHitTokensTotal'>;

/** Since 0.5.18 without tokens recomputed for retracted requests, once the counter has changed; otherwise with them. */
function prefixCache(series: MetricSeries, isModern: boolean): PrefixCache {
  const effective = series.sum(names.effectiveTokens);
  if (isPresent(effective) && effective > 0) {
    const hits = series.sum(names.effectiveTokens, ({mode}) => mode?.endsWith('_hit') === true);
    return {prefixCacheQueryTokensTotal: effective, prefixCacheHitTokensTotal: zeroWhen(true, hits)};
  }
  return {
    prefixCacheQueryTokensTotal: liveTokens(series, isModern, ({mode}) => mode?.startsWith('prefill_') === true),
    prefixCacheHitTokensTotal: liveTokens(series, isModern, ({mode}) => mode === 'prefill_cache'),
  };
}

function drafts(series: MetricSeries): Reading<number> {
  const calls = series.sum(names.verifyCalls);
  return isPresent(calls) ? calls : absent('SGLang runs without speculative decoding, or no request has finished yet');
}

/** The full-attention pool is the one of Kimi's latent attention; versions without hybrid models have one pool. */
function kvUsage(series: MetricSeries): Reading<number> {
  const full = series.mean(names.fullUsage);
  if (isPresent(full) && full > 0) return full;
  const usage = series.mean(names.usage);
  return isPresent(usage) ? usage : isPresent(full) ? full : notExposed(names.fullUsage);
}
