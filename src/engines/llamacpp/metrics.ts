import type {MetricFamily} from '../../samples/exposition.ts';
import {absent, combineReadings, isPresent, type Reading} from '../../samples/reading.ts';
import type {MappedMetrics} from '../engine.ts';
import {type MetricSeries, readSeries, type SeriesNames} from '../metrics/metric-series.ts';

/** llama-server's names of each quantity (`tools/server/server-task.cpp`), those removed in 2025 among them. */
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

/** llama-server's metrics in the common vocabulary. There is one server and one model: nothing to sum. */
export function mapMetrics(families: readonly MetricFamily[]): MappedMetrics {
  const series = readSeries(families, 'llamacpp');
  const cachedPromptTokensTotal = series.sum(names.cachedPromptTokens);
  const promptTokensTotal = promptTokens(series, cachedPromptTokensTotal);
  const iterationsTotal = series.sum(names.decodes);
  const none = absent('llama-server exposes no histograms: its log has the times of each request');
  return {
    processStartTimeSeconds: absent('llama-server names its start in a header, by a clock of its own'),
    promptTokensTotal,
    cachedPromptTokensTotal,
    // Moves when a request ends.
    generationTokensTotal: series.sum(names.generationTokens),
    livePromptTokensTotal: promptTokensTotal,
    liveCachedPromptTokensTotal: cachedPromptTokensTotal,
    liveGenerationTokensTotal: busySlotSteps(series),
    iterationsTotal,
    progressTotal: iterationsTotal,
    preemptionsTotal: absent('llama-server sets no request back: one that finds no room in the cache fails'),
    prefixCacheQueryTokensTotal: promptTokensTotal,
    prefixCacheHitTokensTotal: cachedPromptTokensTotal,
    draftsTotal: speculative(series, names.drafts),
    draftTokensTotal: speculative(series, names.draftTokens),
    acceptedDraftTokensTotal: speculative(series, names.acceptedDraftTokens),
    finishedRequestsTotal: absent('llama-server does not count requests that ended'),
    runningRequests: series.sum(names.running),
    waitingRequests: series.sum(names.waiting),
    kvUsageRatio: kvUsage(series),
    kvCapacityTokens: absent('llama-server exposes no size of its KV cache: its log says it at the start'),
    timeToFirstTokenSeconds: none,
    interTokenLatencySeconds: none,
    endToEndLatencySeconds: none,
    queueTimeSeconds: none,
    prefillTimeSeconds: none,
    decodeTimeSeconds: none,
    promptLengthTokens: none,
    generationLengthTokens: none,
    longestGenerationTokens: none,
  };
}

/** What is billed: llama-server counts the computed tokens and, since August 2026, the cached ones apart. */
function promptTokens(series: MetricSeries, cached: Reading<number>): Reading<number> {
  const computed = series.sum(names.computedPromptTokens);
  return isPresent(cached) ? combineReadings(computed, cached, (own, reused) => own + reused) : computed;
}

/**
 * Slots that were busy, summed over the steps: the tokens generated, but for steps that only read a prompt. At rest it
 * equals the counter that moves at a request's end (809 steps of 2.97651 busy slots are its 2,408 tokens).
 */
function busySlotSteps(series: MetricSeries): Reading<number> {
  return combineReadings(series.sum(names.decodes), series.sum(names.busySlots), (steps, slots) =>
    Math.round(steps * slots),
  );
}

function speculative(series: MetricSeries, draftNames: SeriesNames): Reading<number> {
  const found = series.sum(draftNames);
  return isPresent(found) && found > 0 ? found : absent('llama-server has not drafted anything');
}

/** Shown until the middle of 2025. */
function kvUsage(series: MetricSeries): Reading<number> {
  const found = series.mean(names.kvUsage);
  return isPresent(found) ? found : absent('llama-server does not say how full its KV cache is');
}
