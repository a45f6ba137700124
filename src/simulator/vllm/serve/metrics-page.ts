import {type Family, type Labels, writeExposition} from '../../serving/write-exposition.ts';
import type {CoreTokens} from '../../traffic/engine-cores.ts';
import type {Scheduler} from '../../traffic/scheduler.ts';
import type {TrafficMetrics} from '../../traffic/traffic-metrics.ts';
import type {MemoryLayout} from '../memory-layout.ts';

/** Input of the page besides the traffic. */
export type MetricsSource = {
  readonly modelName: string;
  readonly layout: MemoryLayout;
  readonly gpuMemoryUtilization: number;
  readonly kvCacheDtype: string;
  readonly isPrefixCachingEnabled: boolean;
  readonly userSpecifiedBlockSize: boolean;
  /** False with `--disable-log-stats`, which removes every `vllm:` series. */
  readonly hasStats: boolean;
  readonly scheduler: Pick<Scheduler, 'runningCount' | 'waitingCount' | 'kvUsageRatio'>;
  readonly metrics: TrafficMetrics;
  /** Epoch seconds. */
  readonly processStartSeconds: number;
  readonly createdSeconds: number;
  /** Requests answered, by handler, method and status class. */
  readonly httpRequests: ReadonlyMap<string, HttpCount>;
  readonly process: {readonly residentBytes: number; readonly cpuSeconds: number};
};
export type HttpCount = {readonly handler: string; readonly method: string; readonly status: string; count: number};

/** The complete /metrics page of one API server. Engine cores besides the first count tokens only. */
export function metricsPage(source: MetricsSource): string {
  const labels: Labels = {engine: '0', model_name: source.modelName};
  return writeExposition([
    ...processFamilies(source),
    ...(source.hasStats
      ? [
          ...gaugeFamilies(source, labels),
          ...counterFamilies(source, labels),
          ...histogramFamilies(source, labels),
          cacheConfigFamily(source),
        ]
      : []),
    httpFamily(source),
  ]);
}

function gauge(name: string, help: string, labels: Labels, value: number): Family {
  return {type: 'gauge', name, help, series: [{labels, value}]};
}

function processFamilies({processStartSeconds, process}: MetricsSource): readonly Family[] {
  return [
    gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', {}, process.residentBytes),
    gauge(
      'process_start_time_seconds',
      'Start time of the process since unix epoch in seconds.',
      {},
      processStartSeconds,
    ),
    {
      type: 'counter',
      name: 'process_cpu_seconds',
      help: 'Total user and system CPU time spent in seconds.',
      created: null,
      series: [{labels: {}, value: process.cpuSeconds}],
    },
  ];
}

function gaugeFamilies({scheduler}: MetricsSource, labels: Labels): readonly Family[] {
  return [
    gauge(
      'vllm:num_requests_running',
      'Number of requests in model execution batches.',
      labels,
      scheduler.runningCount,
    ),
    gauge('vllm:num_requests_waiting', 'Number of requests waiting to be processed.', labels, scheduler.waitingCount),
    {
      type: 'gauge',
      name: 'vllm:num_requests_waiting_by_reason',
      help: 'Number of waiting requests by reason.',
      series: [
        {labels: {...labels, reason: 'capacity'}, value: scheduler.waitingCount},
        {labels: {...labels, reason: 'deferred'}, value: 0},
      ],
    },
    {
      type: 'gauge',
      name: 'vllm:engine_sleep_state',
      help: 'Engine sleep state; awake = 1 means engine is awake.',
      series: [
        {labels: {...labels, sleep_state: 'awake'}, value: 1},
        {labels: {...labels, sleep_state: 'weights_offloaded'}, value: 0},
        {labels: {...labels, sleep_state: 'discard_all'}, value: 0},
      ],
    },
    gauge('vllm:kv_cache_usage_perc', 'KV-cache usage. 1 means 100 percent usage.', labels, scheduler.kvUsageRatio),
  ];
}

function counterFamilies({metrics, createdSeconds}: MetricsSource, labels: Labels): readonly Family[] {
  const tokens = (name: string, help: string, kind: keyof CoreTokens): Family => ({
    type: 'counter',
    name: `vllm:${name}`,
    help,
    created: createdSeconds,
    series: metrics.cores.all.map((core, engine) => ({
      labels: {...labels, engine: String(engine)},
      value: core[kind],
      created: core.createdSeconds,
    })),
  });
  const counter = (name: string, help: string, series: readonly (readonly [Labels, number])[]): Family => ({
    type: 'counter',
    name: `vllm:${name}`,
    help,
    created: createdSeconds,
    series: series.map(([extra, value]) => ({labels: {...labels, ...extra}, value})),
  });
  return [
    counter('prefix_cache_queries', 'Prefix cache queries, in terms of number of queried tokens.', [
      [{}, metrics.prefixCacheQueries],
    ]),
    counter('prefix_cache_hits', 'Prefix cache hits, in terms of number of cached tokens.', [
      [{}, metrics.prefixCacheHits],
    ]),
    counter('external_prefix_cache_queries', 'External prefix cache queries, in tokens.', [[{}, 0]]),
    counter('external_prefix_cache_hits', 'External prefix cache hits, in tokens.', [[{}, 0]]),
    counter('mm_cache_queries', 'Multi-modal cache queries, in items.', [[{}, 0]]),
    counter('mm_cache_hits', 'Multi-modal cache hits, in items.', [[{}, 0]]),
    counter('num_preemptions', 'Cumulative number of preemption from the engine.', [[{}, metrics.preemptions]]),
    tokens('prompt_tokens', 'Number of prefill tokens processed.', 'promptTokens'),
    counter('prompt_tokens_by_source', 'Number of prompt tokens by source.', [
      [{source: 'local_compute'}, metrics.computedPromptTokens],
      [{source: 'local_cache_hit'}, metrics.cachedPromptTokens],
      [{source: 'external_kv_transfer'}, 0],
    ]),
    tokens('prompt_tokens_cached', 'Number of cached prompt tokens (local + external).', 'cachedPromptTokens'),
    tokens('generation_tokens', 'Number of generation tokens processed.', 'generationTokens'),
    counter(
      'request_success',
      'Count of successfully processed requests.',
      [...metrics.finished].map(([reason, count]) => [{finished_reason: reason}, count] as const),
    ),
  ];
}

function histogramFamilies({metrics, createdSeconds}: MetricsSource, labels: Labels): readonly Family[] {
  const {histograms} = metrics;
  const named = [
    ['request_prompt_tokens', 'Number of prefill tokens processed.', histograms.promptTokens],
    ['request_generation_tokens', 'Number of generation tokens processed.', histograms.generationTokens],
    ['iteration_tokens_total', 'Histogram of number of tokens per engine_step.', histograms.iterationTokens],
    [
      'request_max_num_generation_tokens',
      'Histogram of maximum number of requested generation tokens.',
      histograms.maxGenerationTokens,
    ],
    ['request_params_n', 'Histogram of the n request parameter.', histograms.paramsN],
    ['request_params_max_tokens', 'Histogram of the max_tokens request parameter.', histograms.paramsMaxTokens],
    ['time_to_first_token_seconds', 'Histogram of time to first token in seconds.', histograms.timeToFirstToken],
    ['inter_token_latency_seconds', 'Histogram of inter-token latency in seconds.', histograms.interTokenLatency],
    [
      'request_time_per_output_token_seconds',
      'Histogram of time_per_output_token_seconds per request.',
      histograms.timePerOutputToken,
    ],
    ['e2e_request_latency_seconds', 'Histogram of e2e request latency in seconds.', histograms.endToEnd],
    ['request_queue_time_seconds', 'Histogram of time spent in WAITING phase for request.', histograms.queueTime],
    [
      'request_inference_time_seconds',
      'Histogram of time spent in RUNNING phase for request.',
      histograms.inferenceTime,
    ],
    ['request_prefill_time_seconds', 'Histogram of time spent in PREFILL phase for request.', histograms.prefillTime],
    ['request_decode_time_seconds', 'Histogram of time spent in DECODE phase for request.', histograms.decodeTime],
    [
      'request_prefill_kv_computed_tokens',
      'Histogram of new KV tokens computed during prefill (excluding cached tokens).',
      histograms.prefillComputedTokens,
    ],
  ] as const;
  return named.map(([name, help, histogram]) => ({
    type: 'histogram',
    name: `vllm:${name}`,
    help,
    created: createdSeconds,
    series: [{labels, histogram}],
  }));
}

function cacheConfigFamily(source: MetricsSource): Family {
  const {layout} = source;
  const labels: Labels = {
    block_size: String(layout.blockSize),
    cache_dtype: source.kvCacheDtype,
    enable_prefix_caching: source.isPrefixCachingEnabled ? 'True' : 'False',
    engine: '0',
    gpu_memory_utilization: String(source.gpuMemoryUtilization),
    kv_cache_dtype_skip_layers: '[]',
    kv_cache_max_concurrency: String(layout.maxConcurrency),
    kv_cache_memory_bytes: 'None',
    kv_cache_size_tokens: String(layout.capacityTokens),
    num_cpu_blocks: 'None',
    num_gpu_blocks: String(layout.blocks),
    num_gpu_blocks_override: 'None',
    prefix_caching_hash_algo: 'sha256',
    sliding_window: 'None',
    user_specified_block_size: source.userSpecifiedBlockSize ? 'True' : 'False',
  };
  return gauge('vllm:cache_config_info', 'Information of the LLMEngine CacheConfig', labels, 1);
}

function httpFamily({httpRequests, createdSeconds}: MetricsSource): Family {
  return {
    type: 'counter',
    name: 'http_requests',
    help: 'Total number of requests by method, status and handler.',
    created: createdSeconds,
    series: [...httpRequests.values()].map(({handler, method, status, count}) => ({
      labels: {handler, method, status},
      value: count,
    })),
  };
}
