import type {MetricFamily} from '../../samples/exposition.ts';
import {absent, combineReadings, isPresent, type Reading} from '../../samples/reading.ts';
import type {MappedMetrics} from '../engine.ts';
import {type CountedTokens, tokenSeriesOf} from '../metrics/counted-tokens.ts';
import {type MetricSeries, readSeries, type SeriesNames, seriesNamed} from '../metrics/metric-series.ts';

/** llama-server's names for each quantity (`tools/server/server-task.cpp`), including those removed in 2025. */
const names = {
  computedPromptTokens: ['llamacpp:prompt_tokens_total'],
  cachedPromptTokens: ['llamacpp:prompt_tokens_cached_total'],
  generationTokens: ['llamacpp:tokens_predicted_total'],
  decodes: ['llamacpp:n_decode_total'],
  busySlots: ['llamacpp:n_busy_slots_per_decode'],
  drafts: ['llamacpp:spec_decode_num_drafts_total'],
  draftTokens: ['llamacpp:spec_decode_num_draft_tokens_total'],
  acceptedDraftTokens: ['llamacpp:spec_decode_num_accepted_tokens_total'],
  running: ['llamacpp:requests_processing'],
  waiting: ['llamacpp:requests_deferred'],
  kvUsage: ['llamacpp:kv_cache_usage_ratio'],
} as const satisfies Readonly<Record<string, SeriesNames>>;

/** A prompt is the sum of two counters. */
const countedTokens: readonly CountedTokens[] = [
  {kind: 'prompt', names: names.computedPromptTokens, labels: [], part: 'computed'},
  {kind: 'prompt', names: names.cachedPromptTokens, labels: [], part: 'cached'},
  {kind: 'cached', names: names.cachedPromptTokens, labels: []},
  {kind: 'output', names: names.generationTokens, labels: []},
];

/** True for the name of a series that is read. */
export const readsSeries = seriesNamed(Object.values(names), 'llamacpp');

/** llama-server's metrics as common metrics. There is one server and one model: nothing to sum. */
export function mapMetrics(families: readonly MetricFamily[]): MappedMetrics {
  const series = readSeries(families, 'llamacpp');
  const cachedPromptTokensTotal = series.sum(names.cachedPromptTokens);
  const promptTokensTotal = promptTokens(series, cachedPromptTokensTotal);
  const iterationsTotal = series.sum(names.decodes);
  const none = absent('llama-server has no histograms, and its log has no times of requests');
  return {
    processStartTimeSeconds: absent('llama-server reports its start time only in a header, on its own clock'),
    promptTokensTotal,
    cachedPromptTokensTotal,
    // Moves when a request ends.
    generationTokensTotal: series.sum(names.generationTokens),
    tokenSeries: tokenSeriesOf(series, countedTokens),
    livePromptTokensTotal: promptTokensTotal,
    liveCachedPromptTokensTotal: cachedPromptTokensTotal,
    liveGenerationTokensTotal: busySlotSteps(series),
    iterationsTotal,
    progressTotal: iterationsTotal,
    preemptionsTotal: absent('llama-server never preempts: a request that does not fit in the cache fails'),
    prefixCacheQueryTokensTotal: promptTokensTotal,
    prefixCacheHitTokensTotal: cachedPromptTokensTotal,
    draftsTotal: speculative(series, names.drafts),
    draftTokensTotal: speculative(series, names.draftTokens),
    acceptedDraftTokensTotal: speculative(series, names.acceptedDraftTokens),
    finishedRequestsTotal: absent('llama-server does not count finished requests, and its log does not show them'),
    runningRequests: series.sum(names.running),
    waitingRequests: series.sum(names.waiting),
    deferredRequests: absent('llama-server does not report why requests wait'),
    kvUsageRatio: kvUsage(series),
    kvCapacityTokens: absent('llama-server exposes no KV cache size; its log has it at the start'),
    timeToFirstTokenSeconds: none,
    interTokenLatencySeconds: none,
    endToEndLatencySeconds: none,
    queueTimeSeconds: absent('llama-server does not report how long requests wait'),
    prefillTimeSeconds: none,
    decodeTimeSeconds: none,
    promptLengthTokens: none,
    generationLengthTokens: none,
    longestGenerationTokens: absent('llama-server does not report it'),
  };
}

/** Billed tokens: llama-server counts computed tokens and, since August 2026, cached ones separately. */
function promptTokens(series: MetricSeries, cached: Reading<number>): Reading<number> {
  const computed = series.sum(names.computedPromptTokens);
  return isPresent(cached) ? combineReadings(computed, cached, (own, reused) => own + reused) : computed;
}

/**
 * Busy slots summed over the steps: the generated tokens, except for steps that only read a prompt. When idle it
 * equals the counter that increases when a request ends (809 steps of 2.97651 busy slots are its 2,408 tokens).
 */
function busySlotSteps(series: MetricSeries): Reading<number> {
  return combineReadings(series.sum(names.decodes), series.sum(names.busySlots), (steps, slots) =>
    Math.round(steps * slots),
  );
}

function speculative(series: MetricSeries, draftNames: SeriesNames): Reading<number> {
  const found = series.sum(draftNames);
  return isPresent(found) && found > 0 ? found : absent('llama-server has drafted no tokens');
}

/** Exposed until the middle of 2025. */
function kvUsage(series: MetricSeries): Reading<number> {
  const found = series.mean(names.kvUsage);
  return isPresent(found) ? found : absent('not reported by llama-server');
}
