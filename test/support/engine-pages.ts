/** One finished request, as its client would have measured it. Seconds and tokens. */
export type MeasuredRequest = {
  readonly queue: number;
  readonly prefill: number;
  readonly decode: number;
  readonly promptTokens: number;
  readonly cachedTokens: number;
  readonly generatedTokens: number;
};

/** What an engine has done since its start, and does now. */
export type EngineWork = {
  readonly finished: readonly MeasuredRequest[];
  readonly running: number;
  readonly waiting: number;
  readonly kvUsageRatio: number;
  readonly preemptions: number;
  readonly steps: number;
};

/** Edges of vLLM's histograms (`vllm/v1/metrics/loggers.py`). */
const vllmEdges = {
  firstToken: [
    ...[0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80, 160, 640],
    2560,
  ],
  interToken: [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 40, 80],
  request: [0.3, 0.5, 0.8, 1, 1.5, 2, 2.5, 5, 10, 15, 20, 30, 40, 50, 60, 120, 240, 480, 960, 1920, 7680],
  tokens: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000],
} as const;

/** Edges of SGLang's histograms (`srt/observability/metrics_collector.py`). */
const sglangEdges = {
  firstToken: [0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 20, 40, 60, 80, 100, 200, 400],
  interToken: [
    0.002, 0.004, 0.006, 0.008, 0.01, 0.015, 0.02, 0.025, 0.03, 0.035, 0.04, 0.06, 0.08, 0.1, 0.2, 0.4, 1, 2,
  ],
  request: [0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 20, 40, 60, 80, 100, 200, 400, 600, 1200, 1800, 2400],
  queue: [0, 0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 10, 15, 20, 30, 40, 50, 60, 70, 80, 90, 100, 200, 300, 400, 500, 1000],
  tokens: [100, 300, 500, 700, 1000, 1500, 2000, 3000, 4000, 5000, 10_000, 20_000, 50_000, 100_000, 200_000],
} as const;

const sumOf = (requests: readonly MeasuredRequest[], read: (request: MeasuredRequest) => number): number =>
  requests.reduce((sum, request) => sum + read(request), 0);

/** Time to first token, and from there to the last one. */
export const firstTokenOf = ({queue, prefill}: MeasuredRequest): number => queue + prefill;
export const endToEndOf = (request: MeasuredRequest): number => firstTokenOf(request) + request.decode;
/** Times between the tokens of an answer: all alike. */
export const interTokensOf = ({decode, generatedTokens}: MeasuredRequest): number[] =>
  Array.from({length: generatedTokens - 1}, () => decode / (generatedTokens - 1));

/** A number as Python prints a float. */
function python(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function seriesWriter(prefix: string, common: Readonly<Record<string, string>>) {
  const point = (name: string, value: number, labels: Readonly<Record<string, string>> = {}): string => {
    const pairs = Object.entries({...common, ...labels}).map(([label, text]) => `${label}="${text}"`);
    return `${prefix}:${name}{${pairs.join(',')}} ${python(value)}`;
  };
  const histogram = (name: string, values: readonly number[], edges: readonly number[]): string[] => [
    `# HELP ${prefix}:${name} Histogram.`,
    `# TYPE ${prefix}:${name} histogram`,
    point(
      `${name}_sum`,
      values.reduce((sum, value) => sum + value, 0),
    ),
    ...edges.map((le) => point(`${name}_bucket`, values.filter((value) => value <= le).length, {le: python(le)})),
    point(`${name}_bucket`, values.length, {le: '+Inf'}),
    point(`${name}_count`, values.length),
  ];
  return {point, histogram};
}

/** The /metrics page of a vLLM of today. */
function vllmPage({finished, ...now}: EngineWork): string {
  const {point, histogram} = seriesWriter('vllm', {engine: '0', model_name: 'kimi-k2.7-code'});
  const {firstToken, interToken, request, tokens} = vllmEdges;
  return [
    point('num_requests_running', now.running),
    point('num_requests_waiting', now.waiting),
    point('kv_cache_usage_perc', now.kvUsageRatio),
    point(
      'prompt_tokens_total',
      sumOf(finished, ({promptTokens}) => promptTokens),
    ),
    point(
      'prompt_tokens_cached_total',
      sumOf(finished, ({cachedTokens}) => cachedTokens),
    ),
    point(
      'generation_tokens_total',
      sumOf(finished, ({generatedTokens}) => generatedTokens),
    ),
    point('num_preemptions_total', now.preemptions),
    point('request_success_total', finished.length, {finished_reason: 'stop'}),
    point('request_success_total', 0, {finished_reason: 'length'}),
    point('cache_config_info', 1, {block_size: '64', num_gpu_blocks: '12724', kv_cache_size_tokens: '814336'}),
    ...histogram(
      'iteration_tokens_total',
      Array.from({length: now.steps}, () => 1),
      tokens,
    ),
    ...histogram('time_to_first_token_seconds', finished.map(firstTokenOf), firstToken),
    ...histogram('inter_token_latency_seconds', finished.flatMap(interTokensOf), interToken),
    ...histogram('e2e_request_latency_seconds', finished.map(endToEndOf), request),
    ...histogram(
      'request_queue_time_seconds',
      finished.map(({queue}) => queue),
      request,
    ),
    ...histogram(
      'request_prefill_time_seconds',
      finished.map(({prefill}) => prefill),
      request,
    ),
    ...histogram(
      'request_decode_time_seconds',
      finished.map(({decode}) => decode),
      request,
    ),
    ...histogram(
      'request_prompt_tokens',
      finished.map(({promptTokens}) => promptTokens),
      tokens,
    ),
    ...histogram(
      'request_generation_tokens',
      finished.map(({generatedTokens}) => generatedTokens),
      tokens,
    ),
    '',
  ].join('\n');
}

/** The /metrics page of an SGLang of today. */
function sglangPage({finished, ...now}: EngineWork): string {
  const rank = {moe_ep_rank: '0', pp_rank: '0', tp_rank: '0'};
  const {point, histogram} = seriesWriter('sglang', {engine_type: 'unified', model_name: 'kimi-k2.7-code'});
  const {firstToken, interToken, request, queue, tokens} = sglangEdges;
  const prompt = sumOf(finished, ({promptTokens}) => promptTokens);
  const cached = sumOf(finished, ({cachedTokens}) => cachedTokens);
  const generated = sumOf(finished, ({generatedTokens}) => generatedTokens);
  return [
    point('num_running_reqs', now.running, rank),
    point('num_queue_reqs', now.waiting, rank),
    point('full_token_usage', now.kvUsageRatio, rank),
    point('token_usage', now.kvUsageRatio, rank),
    point('page_size', 1, rank),
    point('max_total_num_tokens', 814_336, rank),
    point('prompt_tokens_total', prompt, {is_streaming: 'true'}),
    point('cached_tokens_total', cached, {cache_source: 'device'}),
    point('generation_tokens_total', generated, {is_streaming: 'true'}),
    point('realtime_tokens_total', prompt - cached, {...rank, mode: 'prefill_compute'}),
    point('realtime_tokens_total', cached, {...rank, mode: 'prefill_cache'}),
    point('realtime_tokens_total', generated, {...rank, mode: 'decode'}),
    point('num_retracted_requests_total', now.preemptions, rank),
    point('cuda_graph_passes_total', now.steps, {...rank, mode: 'decode_cuda_graph'}),
    ...histogram('time_to_first_token_seconds', finished.map(firstTokenOf), firstToken),
    ...histogram('inter_token_latency_seconds', finished.flatMap(interTokensOf), interToken),
    ...histogram('e2e_request_latency_seconds', finished.map(endToEndOf), request),
    ...histogram(
      'queue_time_seconds',
      finished.map((measured) => measured.queue),
      queue,
    ),
    ...histogram(
      'prompt_tokens_histogram',
      finished.map(({promptTokens}) => promptTokens),
      tokens,
    ),
    ...histogram(
      'generation_tokens_histogram',
      finished.map(({generatedTokens}) => generatedTokens),
      tokens,
    ),
    '',
  ].join('\n');
}

/** The /metrics page of a llama-server of today: no histograms, and computed and cached prompt tokens apart. */
function llamacppPage({finished, ...now}: EngineWork): string {
  const generated = sumOf(finished, ({generatedTokens}) => generatedTokens);
  const cached = sumOf(finished, ({cachedTokens}) => cachedTokens);
  const series: readonly (readonly [name: string, type: string, value: number])[] = [
    ['prompt_tokens_total', 'counter', sumOf(finished, ({promptTokens}) => promptTokens) - cached],
    ['prompt_tokens_cached_total', 'counter', cached],
    ['tokens_predicted_total', 'counter', generated],
    ['n_decode_total', 'counter', now.steps],
    ['n_busy_slots_per_decode', 'gauge', generated / now.steps],
    ['requests_processing', 'gauge', now.running],
    ['requests_deferred', 'gauge', now.waiting],
  ];
  return series.map(([name, type, value]) => `# TYPE llamacpp:${name} ${type}\nllamacpp:${name} ${value}\n`).join('');
}

/** The page of each engine, true to its own format. */
export const enginePages = {vllm: vllmPage, sglang: sglangPage, llamacpp: llamacppPage} as const;
