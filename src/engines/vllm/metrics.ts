import type {MetricFamily} from '../../samples/exposition.ts';
import {absent, isPresent, type Reading} from '../../samples/reading.ts';
import type {MappedMetrics} from '../engine.ts';
import {type CountedTokens, createdNames, tokenSeriesOf} from '../metrics/counted-tokens.ts';
import {type MetricSeries, notExposed, readSeries, type SeriesNames, seriesNamed} from '../metrics/metric-series.ts';

/** vLLM's names for each quantity (`vllm/v1/metrics/loggers.py`), with those of older versions. */
const names = {
  processStart: ['process_start_time_seconds'],
  promptTokens: ['vllm:prompt_tokens_total', 'vllm:prompt_tokens'],
  // Before February 2026 the prefix cache's hits are the closest metric.
  cachedPromptTokens: [
    'vllm:prompt_tokens_cached_total',
    'vllm:prefix_cache_hits_total',
    'vllm:gpu_prefix_cache_hits_total',
    'vllm:prefix_cache_hits',
    'vllm:gpu_prefix_cache_hits',
  ],
  generationTokens: ['vllm:generation_tokens_total', 'vllm:generation_tokens'],
  iterations: ['vllm:iteration_tokens_total_count'],
  preemptions: ['vllm:num_preemptions_total', 'vllm:num_preemptions'],
  prefixQueries: [
    'vllm:prefix_cache_queries_total',
    'vllm:gpu_prefix_cache_queries_total',
    'vllm:prefix_cache_queries',
    'vllm:gpu_prefix_cache_queries',
  ],
  prefixHits: [
    'vllm:prefix_cache_hits_total',
    'vllm:gpu_prefix_cache_hits_total',
    'vllm:prefix_cache_hits',
    'vllm:gpu_prefix_cache_hits',
  ],
  drafts: ['vllm:spec_decode_num_drafts_total', 'vllm:spec_decode_num_drafts'],
  draftTokens: ['vllm:spec_decode_num_draft_tokens_total', 'vllm:spec_decode_num_draft_tokens'],
  acceptedDraftTokens: ['vllm:spec_decode_num_accepted_tokens_total', 'vllm:spec_decode_num_accepted_tokens'],
  finished: ['vllm:request_success_total', 'vllm:request_success'],
  running: ['vllm:num_requests_running'],
  waiting: ['vllm:num_requests_waiting'],
  // Since April 2026.
  waitingByReason: ['vllm:num_requests_waiting_by_reason'],
  kvUsage: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
  cacheConfig: ['vllm:cache_config_info'],
  timeToFirstToken: ['vllm:time_to_first_token_seconds'],
  interToken: ['vllm:inter_token_latency_seconds', 'vllm:time_per_output_token_seconds'],
  endToEnd: ['vllm:e2e_request_latency_seconds'],
  queue: ['vllm:request_queue_time_seconds', 'vllm:time_in_queue_requests'],
  prefill: ['vllm:request_prefill_time_seconds'],
  decode: ['vllm:request_decode_time_seconds'],
  promptLength: ['vllm:request_prompt_tokens'],
  generationLength: ['vllm:request_generation_tokens'],
  longestGeneration: ['vllm:request_max_num_generation_tokens'],
} as const satisfies Readonly<Record<string, SeriesNames>>;

/** Each engine core counts for itself. */
const labels = ['engine', 'model_name'];
const countedTokens: readonly CountedTokens[] = [
  {kind: 'prompt', names: names.promptTokens, labels},
  {kind: 'cached', names: names.cachedPromptTokens, labels},
  {kind: 'output', names: names.generationTokens, labels},
];

/** True for the name of a series that is read. */
export const readsSeries = seriesNamed(
  [...Object.values(names), ...countedTokens.map((counted) => createdNames(counted.names))],
  'vllm',
);

/** vLLM's metrics as common metrics: counters summed over engine cores, KV usage averaged. */
export function mapMetrics(families: readonly MetricFamily[]): MappedMetrics {
  const series = readSeries(families, 'vllm');
  const promptTokensTotal = series.sum(names.promptTokens);
  const cachedPromptTokensTotal = series.sum(names.cachedPromptTokens);
  const generationTokensTotal = series.sum(names.generationTokens);
  const iterationsTotal = series.sum(names.iterations);
  return {
    processStartTimeSeconds: series.first(names.processStart),
    promptTokensTotal,
    cachedPromptTokensTotal,
    generationTokensTotal,
    tokenSeries: tokenSeriesOf(series, countedTokens),
    // A prompt is counted at its first token and each token at its step, so the billed counters are live.
    livePromptTokensTotal: promptTokensTotal,
    liveCachedPromptTokensTotal: cachedPromptTokensTotal,
    liveGenerationTokensTotal: generationTokensTotal,
    iterationsTotal,
    progressTotal: iterationsTotal,
    preemptionsTotal: series.sum(names.preemptions),
    prefixCacheQueryTokensTotal: series.sum(names.prefixQueries),
    prefixCacheHitTokensTotal: series.sum(names.prefixHits),
    draftsTotal: speculative(series, names.drafts),
    draftTokensTotal: speculative(series, names.draftTokens),
    acceptedDraftTokensTotal: speculative(series, names.acceptedDraftTokens),
    finishedRequestsTotal: series.sumBy(names.finished, 'finished_reason'),
    runningRequests: series.sum(names.running),
    waitingRequests: series.sum(names.waiting),
    deferredRequests: series.sum(names.waitingByReason, ({reason}) => reason === 'deferred'),
    kvUsageRatio: series.mean(names.kvUsage),
    kvCapacityTokens: capacityOf(series),
    timeToFirstTokenSeconds: series.histogram(names.timeToFirstToken),
    interTokenLatencySeconds: series.histogram(names.interToken),
    endToEndLatencySeconds: series.histogram(names.endToEnd),
    queueTimeSeconds: series.histogram(names.queue),
    prefillTimeSeconds: series.histogram(names.prefill),
    decodeTimeSeconds: series.histogram(names.decode),
    promptLengthTokens: series.histogram(names.promptLength),
    generationLengthTokens: series.histogram(names.generationLength),
    longestGenerationTokens: series.histogram(names.longestGeneration),
  };
}

/** Series that exist only if vLLM was started with a draft model. */
function speculative(series: MetricSeries, draftNames: SeriesNames): Reading<number> {
  const found = series.sum(draftNames);
  return isPresent(found) ? found : absent('vLLM runs without speculative decoding');
}

/** Tokens of the KV pool, summed over engine cores: exposed since 2026, blocks times block size before. */
function capacityOf(series: MetricSeries): Reading<number> {
  const points = series.points(names.cacheConfig);
  if (points === null) return notExposed(names.cacheConfig);
  let tokens = 0;
  for (const {labels} of points) {
    const stated = Number(labels['kv_cache_size_tokens']);
    const blocks = Number(labels['num_gpu_blocks']) * Number(labels['block_size']);
    const own = stated > 0 ? stated : blocks;
    if (!(own > 0)) return absent('vllm:cache_config_info has no number of blocks');
    tokens += own;
  }
  return tokens;
}
