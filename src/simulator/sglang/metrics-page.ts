import {BYTES_PER_GIB} from '../../shared/units.ts';
import {type Family, type Labels, writeExposition} from '../serving/write-exposition.ts';
import type {Histogram} from '../traffic/histogram.ts';
import type {Scheduler} from '../traffic/scheduler.ts';
import type {TrafficMetrics} from '../traffic/traffic-metrics.ts';
import type {SglangMemory} from './memory-layout.ts';

/** Input of the page. */
export type SglangPage = {
  readonly modelName: string;
  readonly memory: SglangMemory;
  readonly contextLength: number;
  readonly scheduler: Pick<Scheduler, 'runningCount' | 'waitingCount' | 'kvUsageRatio'>;
  readonly metrics: TrafficMetrics;
  /** Tokens per second of the last forty decode steps; 0 when idle. */
  readonly genThroughput: number;
};

/**
 * /metrics with `--enable-metrics`, as the schedulers and the tokenizer write it in multiprocess mode: no `_created`, and
 * labelled counters and histograms only once something was counted.
 */
export function sglangMetricsPage(page: SglangPage): string {
  const scheduler: Labels = {
    model_name: page.modelName,
    engine_type: 'unified',
    tp_rank: '0',
    pp_rank: '0',
    moe_ep_rank: '0',
  };
  const tokenizer: Labels = {model_name: page.modelName, engine_type: 'unified'};
  return writeExposition([
    ...gauges(page, scheduler),
    ...liveCounters(page, scheduler),
    ...finishedCounters(page, tokenizer),
    ...histograms(page, {scheduler, tokenizer}),
  ]);
}

function gauges({scheduler, memory, contextLength, genThroughput}: SglangPage, labels: Labels): readonly Family[] {
  const used = Math.round(scheduler.kvUsageRatio * memory.capacityTokens);
  const ratio = Math.round(scheduler.kvUsageRatio * 100) / 100;
  const gauge = (name: string, help: string, value: number): Family => ({
    type: 'gauge',
    name: `sglang:${name}`,
    help,
    series: [{labels, value}],
  });
  return [
    gauge('num_running_reqs', 'The number of running requests.', scheduler.runningCount),
    gauge('num_queue_reqs', 'The number of requests in the waiting queue.', scheduler.waitingCount),
    gauge('num_used_tokens', 'The number of used tokens.', used),
    gauge('token_usage', 'The token usage.', ratio),
    gauge('full_token_usage', 'The token usage for full attention layers.', ratio),
    gauge('gen_throughput', 'The generation throughput (token/s).', genThroughput),
    gauge('cache_hit_rate', 'The prefix cache hit rate.', 0),
    gauge('max_total_num_tokens', 'Maximum total number of tokens in the KV cache pool.', memory.capacityTokens),
    gauge('context_len', 'The context length.', contextLength),
    gauge('page_size', 'The page size.', 1),
    gauge('weight_memory_usage_gb', 'The weight memory usage (GB).', memory.weightsBytes / BYTES_PER_GIB),
    gauge('kv_cache_memory_usage_gb', 'The KV cache memory usage (GB).', memory.poolBytes / BYTES_PER_GIB),
    gauge('utilization', 'The utilization.', 0),
  ];
}

function counter(name: string, help: string, series: readonly {labels: Labels; value: number}[]): readonly Family[] {
  const counted = series.filter(({value}) => value > 0);
  return counted.length === 0 ? [] : [{type: 'counter', name: `sglang:${name}`, help, series: counted, created: null}];
}

function liveCounters({metrics}: SglangPage, labels: Labels): readonly Family[] {
  return [
    ...counter('realtime_tokens', 'Total number of tokens processed (updated on each log interval).', [
      {labels: {...labels, mode: 'prefill_compute'}, value: metrics.computedPromptTokens},
      {labels: {...labels, mode: 'prefill_cache'}, value: metrics.cachedPromptTokens},
      {labels: {...labels, mode: 'decode'}, value: metrics.generationTokens},
    ]),
    ...counter('cuda_graph_passes', 'Total number of forward passes by CUDA graph mode.', [
      {labels: {...labels, mode: 'decode_cuda_graph'}, value: metrics.histograms.iterationTokens.count},
    ]),
    ...counter('num_retracted_requests', 'Total number of retracted requests.', [{labels, value: metrics.preemptions}]),
  ];
}

function finishedCounters({metrics}: SglangPage, tokenizer: Labels): readonly Family[] {
  const labels = {...tokenizer, is_streaming: 'true'};
  const {promptTokens, generationTokens} = metrics.histograms;
  return [
    ...counter('prompt_tokens', 'Number of prefill tokens processed.', [{labels, value: promptTokens.sum}]),
    ...counter('generation_tokens', 'Number of generation tokens processed.', [{labels, value: generationTokens.sum}]),
    ...counter('cached_tokens', 'Number of cached prompt tokens.', [
      {labels: {...tokenizer, cache_source: 'total'}, value: metrics.finishedCachedTokens},
    ]),
    ...counter('num_requests', 'Number of requests processed.', [{labels, value: promptTokens.count}]),
    ...counter('num_aborted_requests', 'Number of requests aborted.', [
      {labels: tokenizer, value: metrics.finished.get('abort') ?? 0},
    ]),
  ];
}

function histograms(
  {metrics}: SglangPage,
  labels: {readonly scheduler: Labels; readonly tokenizer: Labels},
): readonly Family[] {
  const streaming = {...labels.tokenizer, is_streaming: 'true'};
  const {timeToFirstToken, interTokenLatency, endToEnd, queueTime, promptTokens, generationTokens} = metrics.histograms;
  const family = (name: string, help: string, own: Labels, histogram: Histogram): readonly Family[] =>
    histogram.count === 0
      ? []
      : [{type: 'histogram', name: `sglang:${name}`, help, series: [{labels: own, histogram}], created: null}];
  return [
    ...family(
      'time_to_first_token_seconds',
      'Histogram of time to first token in seconds.',
      streaming,
      timeToFirstToken,
    ),
    ...family(
      'inter_token_latency_seconds',
      'Histogram of inter-token latency in seconds.',
      labels.tokenizer,
      interTokenLatency,
    ),
    ...family('e2e_request_latency_seconds', 'Histogram of End-to-end request latency in seconds', streaming, endToEnd),
    ...family('queue_time_seconds', 'Histogram of queueing time in seconds.', labels.scheduler, queueTime),
    ...family('prompt_tokens_histogram', 'Histogram of prompt token length.', labels.tokenizer, promptTokens),
    ...family(
      'generation_tokens_histogram',
      'Histogram of generation token length.',
      labels.tokenizer,
      generationTokens,
    ),
  ];
}
