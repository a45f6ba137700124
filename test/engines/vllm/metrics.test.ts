import {describe, expect, test} from 'vitest';
import type {MappedMetrics} from '../../../src/engines/engine.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {isAbsent} from '../../../src/samples/reading.ts';
import {parseExposition} from '../../support/parse-exposition.ts';

function map(...lines: readonly string[]): MappedMetrics {
  const families = parseExposition(`${lines.join('\n')}\n`);
  if (!families.ok) throw new Error(families.error.message);
  return vllm.mapMetrics(families.value);
}

type Labels = Readonly<Record<string, string | number>>;

/** A line as prometheus_client prints it, with the two labels that vLLM puts on every series. */
function point(name: string, value: number | string, labels: Labels = {}): string {
  const said = Object.entries({engine: '0', model_name: 'kimi-k2.7-code', ...labels})
    .map(([label, text]) => `${label}="${text}"`)
    .join(',');
  return `vllm:${name}{${said}} ${value}`;
}

function histogram(name: string, bounds: Readonly<Record<string, number>>, sum: number, labels: Labels = {}): string[] {
  const count = bounds['+Inf'] ?? 0;
  return [
    `# HELP vllm:${name} Histogram.`,
    `# TYPE vllm:${name} histogram`,
    ...Object.entries(bounds).map(([le, upTo]) => point(`${name}_bucket`, upTo, {...labels, le})),
    point(`${name}_sum`, sum, labels),
    point(`${name}_count`, count, labels),
  ];
}

/** A page of a server of today with one engine core, each value a different one. */
const page = [
  '# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.',
  '# TYPE process_start_time_seconds gauge',
  'process_start_time_seconds 1.78123456789e+09',
  '# HELP vllm:num_requests_running Number of requests in model execution batches.',
  '# TYPE vllm:num_requests_running gauge',
  point('num_requests_running', '12.0'),
  point('num_requests_waiting', '3.0'),
  point('num_requests_waiting_by_reason', '1.0', {reason: 'capacity'}),
  point('num_requests_waiting_by_reason', '2.0', {reason: 'deferred'}),
  point('kv_cache_usage_perc', '0.4375'),
  '# TYPE vllm:prompt_tokens_total counter',
  point('prompt_tokens_total', '1.0001e+06'),
  point('prompt_tokens_created', '1.781234e+09'),
  point('prompt_tokens_cached_total', '750075.0'),
  point('generation_tokens_total', '80002.0'),
  point('num_preemptions_total', '4.0'),
  point('prefix_cache_queries_total', '1.0005e+06'),
  point('prefix_cache_hits_total', '750080.0'),
  point('request_success_total', '100.0', {finished_reason: 'stop'}),
  point('request_success_total', '7.0', {finished_reason: 'length'}),
  point('request_success_total', '1.0', {finished_reason: 'abort'}),
  point('cache_config_info', '1.0', {block_size: '16', num_gpu_blocks: '44692', cache_dtype: 'auto'}),
  ...histogram('iteration_tokens_total', {'1.0': 5, '8.0': 900, '+Inf': 1000}, 1_080_102),
  ...histogram('time_to_first_token_seconds', {'0.1': 20, '1.0': 90, '+Inf': 108}, 61.5),
  ...histogram('inter_token_latency_seconds', {'0.025': 70_000, '+Inf': 79_000}, 1_580),
  ...histogram('e2e_request_latency_seconds', {'10.0': 60, '+Inf': 108}, 1_400),
  ...histogram('request_queue_time_seconds', {'0.3': 101, '+Inf': 108}, 9.5),
  ...histogram('request_prefill_time_seconds', {'0.8': 80, '+Inf': 108}, 52),
  ...histogram('request_decode_time_seconds', {'10.0': 66, '+Inf': 108}, 1_300),
  ...histogram('request_prompt_tokens', {'10000.0': 70, '+Inf': 108}, 1_000_100),
  ...histogram('request_generation_tokens', {'1000.0': 99, '+Inf': 108}, 80_002),
  ...histogram('request_max_num_generation_tokens', {'1000.0': 98, '+Inf': 108}, 80_100),
];

test('of several processes of one API, the one that the engine reports to has the usage of the KV cache', () => {
  const ofProcesses = ['271', '272', '273'].map((pid) => point('kv_cache_usage_perc', pid === '272' ? 0.65 : 0, {pid}));
  expect(map(...ofProcesses).kvUsageRatio).toBe(0.65);
  const cores = [
    point('kv_cache_usage_perc', 0.2, {engine: '0'}),
    point('kv_cache_usage_perc', 0.4, {engine: '1'}),
    point('kv_cache_usage_perc', 0, {engine: '0', pid: '9'}),
  ];
  expect(map(...cores).kvUsageRatio).toBeCloseTo(0.2, 10);
});

describe('the metrics of vLLM', () => {
  test('each quantity comes from its own series', () => {
    expect(map(...page)).toMatchObject({
      processStartTimeSeconds: 1_781_234_567.89,
      promptTokensTotal: 1_000_100,
      cachedPromptTokensTotal: 750_075,
      generationTokensTotal: 80_002,
      livePromptTokensTotal: 1_000_100,
      liveCachedPromptTokensTotal: 750_075,
      liveGenerationTokensTotal: 80_002,
      iterationsTotal: 1_000,
      progressTotal: 1_000,
      preemptionsTotal: 4,
      prefixCacheQueryTokensTotal: 1_000_500,
      prefixCacheHitTokensTotal: 750_080,
      finishedRequestsTotal: {stop: 100, length: 7, abort: 1},
      runningRequests: 12,
      waitingRequests: 3,
      deferredRequests: 2,
      kvUsageRatio: 0.4375,
      kvCapacityTokens: 44_692 * 16,
      timeToFirstTokenSeconds: {sum: 61.5, count: 108},
      interTokenLatencySeconds: {sum: 1_580, count: 79_000},
      endToEndLatencySeconds: {sum: 1_400, count: 108},
      queueTimeSeconds: {sum: 9.5, count: 108},
      prefillTimeSeconds: {sum: 52, count: 108},
      decodeTimeSeconds: {sum: 1_300, count: 108},
      promptLengthTokens: {sum: 1_000_100, count: 108},
      generationLengthTokens: {sum: 80_002, count: 108},
      longestGenerationTokens: {sum: 80_100, count: 108},
    });
  });

  test('two engine cores: counters and requests are added, the use of the KV cache is their mean', () => {
    const cores = (name: string, first: number, second: number): string[] => [
      point(name, first, {engine: '0'}),
      point(name, second, {engine: '1'}),
    ];
    const metrics = map(
      ...cores('kv_cache_usage_perc', 0.5, 0.7),
      ...cores('num_requests_running', 10, 6),
      ...cores('num_requests_waiting', 0, 2),
      point('num_requests_waiting_by_reason', 1, {engine: '0', reason: 'deferred'}),
      point('num_requests_waiting_by_reason', 2, {engine: '1', reason: 'deferred'}),
      ...cores('prompt_tokens_total', 900, 100),
      ...cores('generation_tokens_total', 40, 2),
      ...cores('num_preemptions_total', 1, 1),
      point('request_success_total', 5, {engine: '0', finished_reason: 'stop'}),
      point('request_success_total', 6, {engine: '1', finished_reason: 'stop'}),
      point('cache_config_info', 1, {engine: '0', block_size: '16', num_gpu_blocks: '1000'}),
      point('cache_config_info', 1, {engine: '1', block_size: '16', num_gpu_blocks: '1001'}),
      ...histogram('time_to_first_token_seconds', {'0.1': 1, '+Inf': 4}, 2, {engine: '0'}),
      ...histogram('time_to_first_token_seconds', {'0.1': 2, '+Inf': 3}, 1.5, {engine: '1'}).slice(2),
    );
    expect(metrics.kvUsageRatio).toBeCloseTo(0.6, 9);
    expect(metrics).toMatchObject({
      runningRequests: 16,
      waitingRequests: 2,
      deferredRequests: 3,
      promptTokensTotal: 1_000,
      generationTokensTotal: 42,
      preemptionsTotal: 2,
      finishedRequestsTotal: {stop: 11},
      kvCapacityTokens: 2_001 * 16,
      timeToFirstTokenSeconds: {
        buckets: [
          {le: 0.1, count: 3},
          {le: Number.POSITIVE_INFINITY, count: 7},
        ],
        sum: 3.5,
        count: 7,
      },
    });
  });

  test('buckets are in the order of their bounds, whatever the order of the page', () => {
    const metrics = map(
      point('time_to_first_token_seconds_bucket', 9, {le: '+Inf'}),
      point('time_to_first_token_seconds_bucket', 8, {le: '10.0'}),
      point('time_to_first_token_seconds_bucket', 2, {le: '0.5'}),
      point('time_to_first_token_seconds_sum', 4),
      point('time_to_first_token_seconds_count', 9),
    );
    expect(metrics.timeToFirstTokenSeconds).toMatchObject({
      buckets: [
        {le: 0.5, count: 2},
        {le: 10, count: 8},
        {le: Number.POSITIVE_INFINITY, count: 9},
      ],
    });
  });

  test.each([
    ['_bucket', ['_sum', '_count']],
    ['_sum', ['_bucket', '_count']],
    ['_count', ['_bucket', '_sum']],
  ])('a histogram without its %s is absent', (_, parts) => {
    const lines = parts.map((part) => point(`e2e_request_latency_seconds${part}`, 1, {le: '+Inf'}));
    expect(isAbsent(map(...lines).endToEndLatencySeconds)).toBe(true);
  });

  test('the capacity is the stated one if there is one, for each core separately', () => {
    const stated = {block_size: '16', num_gpu_blocks: '10', kv_cache_size_tokens: '715072'};
    expect(map(point('cache_config_info', 1, stated)).kvCapacityTokens).toBe(715_072);
    const unstated = {engine: '1', block_size: '64', num_gpu_blocks: '10', kv_cache_size_tokens: '0'};
    expect(map(point('cache_config_info', 1, stated), point('cache_config_info', 1, unstated)).kvCapacityTokens).toBe(
      715_712,
    );
  });

  test('a core that has not counted its blocks yet makes the capacity absent, not smaller', () => {
    const metrics = map(
      point('cache_config_info', 1, {block_size: '16', num_gpu_blocks: '1000'}),
      point('cache_config_info', 1, {engine: '1', block_size: '16', num_gpu_blocks: 'None'}),
    );
    expect(isAbsent(metrics.kvCapacityTokens)).toBe(true);
    expect(isAbsent(map(point('num_requests_running', 1)).kvCapacityTokens)).toBe(true);
  });

  test('speculative decoding: its series if there are any, else the reason', () => {
    const metrics = map(
      point('spec_decode_num_drafts_total', 100),
      point('spec_decode_num_draft_tokens_total', 300),
      point('spec_decode_num_accepted_tokens_total', 240),
    );
    expect(metrics).toMatchObject({draftsTotal: 100, draftTokensTotal: 300, acceptedDraftTokensTotal: 240});
    const without = map(...page);
    for (const reading of [without.draftsTotal, without.draftTokensTotal, without.acceptedDraftTokensTotal]) {
      expect(reading).toEqual({absent: 'vLLM runs without speculative decoding'});
    }
  });

  test.each<[string, keyof MappedMetrics]>([
    ['prompt_tokens', 'promptTokensTotal'],
    ['prefix_cache_hits_total', 'cachedPromptTokensTotal'],
    ['gpu_prefix_cache_hits_total', 'cachedPromptTokensTotal'],
    ['prefix_cache_hits', 'cachedPromptTokensTotal'],
    ['gpu_prefix_cache_hits', 'cachedPromptTokensTotal'],
    ['generation_tokens', 'generationTokensTotal'],
    ['num_preemptions', 'preemptionsTotal'],
    ['gpu_prefix_cache_queries_total', 'prefixCacheQueryTokensTotal'],
    ['prefix_cache_queries', 'prefixCacheQueryTokensTotal'],
    ['gpu_prefix_cache_queries', 'prefixCacheQueryTokensTotal'],
    ['gpu_prefix_cache_hits_total', 'prefixCacheHitTokensTotal'],
    ['prefix_cache_hits', 'prefixCacheHitTokensTotal'],
    ['gpu_prefix_cache_hits', 'prefixCacheHitTokensTotal'],
    ['spec_decode_num_drafts', 'draftsTotal'],
    ['spec_decode_num_draft_tokens', 'draftTokensTotal'],
    ['spec_decode_num_accepted_tokens', 'acceptedDraftTokensTotal'],
    ['gpu_cache_usage_perc', 'kvUsageRatio'],
  ])('an older server says %s, which is read as %s', (name, reading) => {
    expect(map(point(name, 41))[reading]).toBe(41);
  });

  test.each<[string, keyof MappedMetrics]>([
    ['time_per_output_token_seconds', 'interTokenLatencySeconds'],
    ['time_in_queue_requests', 'queueTimeSeconds'],
  ])('an older server has the histogram %s, which is read as %s', (name, reading) => {
    expect(map(...histogram(name, {'+Inf': 3}, 6))[reading]).toMatchObject({sum: 6, count: 3});
  });

  test('if there are an old and a new name, the new one counts, and they are not added', () => {
    expect(map(point('gpu_cache_usage_perc', 0.9), point('kv_cache_usage_perc', 0.3)).kvUsageRatio).toBe(0.3);
    const finished = [
      point('request_success', 9, {finished_reason: 'stop'}),
      point('request_success_total', 5, {finished_reason: 'stop'}),
    ];
    expect(map(...finished).finishedRequestsTotal).toEqual({stop: 5});
    expect(map(...finished.slice(0, 1)).finishedRequestsTotal).toEqual({stop: 9});
  });

  test('names with underscores, as some collectors store them, are read too', () => {
    const lines = page.map((line) => line.replace('vllm:', 'vllm_'));
    expect(map(...lines)).toEqual(map(...page));
  });

  test('a request that ended without a reason is counted under "unknown"', () => {
    expect(map(point('request_success_total', 2)).finishedRequestsTotal).toEqual({unknown: 2});
  });

  test('a page that is not from vLLM gives nothing, and reports the missing series', () => {
    const metrics = map('sglang:num_running_reqs 3');
    const {tokenSeries, ...readings} = metrics;
    expect(tokenSeries).toEqual([]);
    for (const reading of Object.values(readings)) expect(isAbsent(reading)).toBe(true);
    expect(JSON.stringify(metrics.runningRequests)).toContain('vllm:num_requests_running');
  });

  test('a value that is not a number is absent', () => {
    expect(isAbsent(map(point('kv_cache_usage_perc', 'NaN')).kvUsageRatio)).toBe(true);
    expect(isAbsent(map(point('num_requests_running', '+Inf')).runningRequests)).toBe(true);
  });

  test.each<[string, Readonly<Record<string, number>>]>([
    ['a count beyond whole numbers', {1: 1, '+Inf': 1e300}],
    ['a negative count', {1: -1, '+Inf': 1}],
    ['no number as a bound', {nothing: 1, '+Inf': 1}],
  ])('is no histogram with %s', (_, bounds) => {
    const lines = histogram('time_to_first_token_seconds', bounds, 1);
    expect(map(...lines).timeToFirstTokenSeconds).toEqual({
      absent: 'vllm:time_to_first_token_seconds has an impossible value',
    });
  });

  test('an idle server counts 0, which is a value', () => {
    const metrics = map(point('num_requests_running', '0.0'), point('kv_cache_usage_perc', '0.0'));
    expect([metrics.runningRequests, metrics.kvUsageRatio]).toEqual([0, 0]);
  });
});
