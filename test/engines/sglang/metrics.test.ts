import {describe, expect, test} from 'vitest';
import type {MappedMetrics} from '../../../src/engines/engine.ts';
import {sglang} from '../../../src/engines/sglang/sglang.ts';
import {isAbsent} from '../../../src/samples/reading.ts';
import {parseExposition} from '../../support/parse-exposition.ts';

function map(...lines: readonly string[]): MappedMetrics {
  const families = parseExposition(`${lines.join('\n')}\n`);
  if (!families.ok) throw new Error(families.error.message);
  return sglang.mapMetrics(families.value);
}

function point(name: string, labels: Record<string, string | number>, value: number): string {
  const said = Object.entries({model_name: 'kimi', engine_type: 'unified', ...labels})
    .map(([label, word]) => `${label}="${word}"`)
    .join(',');
  return `sglang:${name}{${said}} ${value}`;
}

const rank = {tp_rank: 0, pp_rank: 0, moe_ep_rank: 0};
/** What a server of today shows before its first request. */
const idle = [
  point('num_running_reqs', rank, 0),
  point('num_queue_reqs', rank, 0),
  point('full_token_usage', rank, 0),
  point('token_usage', rank, 0),
  point('kv_used_tokens', rank, 0),
  point('max_total_num_tokens', rank, 1_040_640),
];

describe('the metrics of SGLang', () => {
  test('billed and live tokens are different', () => {
    const metrics = map(
      ...idle,
      point('prompt_tokens_total', {is_streaming: 'true'}, 800),
      point('prompt_tokens_total', {is_streaming: 'false'}, 49),
      point('generation_tokens_total', {is_streaming: 'true'}, 107),
      point('realtime_tokens_total', {...rank, mode: 'prefill_compute'}, 400),
      point('realtime_tokens_total', {...rank, mode: 'prefill_cache'}, 250),
      point('realtime_tokens_total', {...rank, mode: 'decode'}, 98),
      point('cuda_graph_passes_total', {...rank, mode: 'decode_cuda_graph'}, 6),
    );
    expect(metrics.promptTokensTotal).toBe(849);
    expect(metrics.generationTokensTotal).toBe(107);
    expect(metrics.livePromptTokensTotal).toBe(650);
    expect(metrics.liveCachedPromptTokensTotal).toBe(250);
    expect(metrics.liveGenerationTokensTotal).toBe(98);
    expect(metrics.progressTotal).toBe(748);
    expect(metrics.iterationsTotal).toBe(6);
  });

  test('cached tokens: the total if there is one, else the sum of the caches', () => {
    const parts = [
      point('cached_tokens_total', {cache_source: 'device'}, 240),
      point('cached_tokens_total', {cache_source: 'host'}, 9),
    ];
    expect(map(...idle, ...parts).cachedPromptTokensTotal).toBe(249);
    const total = point('cached_tokens_total', {cache_source: 'total'}, 249);
    expect(map(...idle, ...parts, total).cachedPromptTokensTotal).toBe(249);
  });

  test('before the first event a counter is 0 and a histogram empty, on a server that has them', () => {
    const metrics = map(...idle);
    const counters = [
      metrics.promptTokensTotal,
      metrics.cachedPromptTokensTotal,
      metrics.generationTokensTotal,
      metrics.livePromptTokensTotal,
      metrics.liveGenerationTokensTotal,
      metrics.iterationsTotal,
      metrics.progressTotal,
      metrics.preemptionsTotal,
      metrics.prefixCacheQueryTokensTotal,
    ];
    expect(counters).toEqual(counters.map(() => 0));
    for (const histogram of [metrics.timeToFirstTokenSeconds, metrics.queueTimeSeconds, metrics.prefillTimeSeconds]) {
      expect(histogram).toEqual({buckets: [{le: Number.POSITIVE_INFINITY, count: 0}], sum: 0, count: 0});
    }
  });

  test('what an old server never had is absent, not 0', () => {
    const metrics = map('sglang:token_usage{name="llama"} 0.28', 'sglang:num_running_reqs{name="llama"} 162');
    expect(metrics.kvUsageRatio).toBe(0.28);
    expect(metrics.runningRequests).toBe(162);
    expect(metrics.promptTokensTotal).toBe(0);
    for (const reading of [
      metrics.liveGenerationTokensTotal,
      metrics.iterationsTotal,
      metrics.preemptionsTotal,
      metrics.cachedPromptTokensTotal,
      metrics.kvCapacityTokens,
      metrics.queueTimeSeconds,
    ]) {
      expect(isAbsent(reading)).toBe(true);
    }
  });

  test('a page that is not from SGLang gives nothing', () => {
    const metrics = map('process_cpu_seconds_total 3');
    const {tokenSeries, ...readings} = metrics;
    expect(tokenSeries).toEqual([]);
    for (const reading of Object.values(readings)) expect(isAbsent(reading)).toBe(true);
  });

  test('ranks that repeat each other are counted once, groups of data-parallel attention each', () => {
    const running = (labels: Record<string, number>, value: number): string => point('num_running_reqs', labels, value);
    expect(
      map(
        running({tp_rank: 0, pp_rank: 0}, 12),
        running({tp_rank: 1, pp_rank: 0}, 12),
        running({tp_rank: 0, pp_rank: 1}, 12),
      ).runningRequests,
    ).toBe(12);
    const groups = [
      running({dp_rank: 0, tp_rank: 0, pp_rank: 0}, 3),
      running({dp_rank: 0, tp_rank: 1, pp_rank: 0}, 3),
      running({dp_rank: 1, tp_rank: 2, pp_rank: 0}, 4),
      running({dp_rank: 1, tp_rank: 3, pp_rank: 0}, 4),
    ];
    expect(map(...groups).runningRequests).toBe(7);
  });

  test('capacity is summed over groups, usage is their mean', () => {
    const metrics = map(
      point('max_total_num_tokens', {...rank, dp_rank: 0}, 1000),
      point('max_total_num_tokens', {...rank, dp_rank: 1, tp_rank: 1}, 1000),
      point('full_token_usage', {...rank, dp_rank: 0}, 0.2),
      point('full_token_usage', {...rank, dp_rank: 1, tp_rank: 1}, 0.4),
    );
    expect(metrics.kvCapacityTokens).toBe(2000);
    expect(metrics.kvUsageRatio).toBeCloseTo(0.3);
  });

  test('with priorities, the series without one is the sum of the others', () => {
    const metrics = map(
      point('num_queue_reqs', {...rank, priority: ''}, 5),
      point('num_queue_reqs', {...rank, priority: '0'}, 3),
      point('num_queue_reqs', {...rank, priority: '10'}, 2),
    );
    expect(metrics.waitingRequests).toBe(5);
  });

  test('the pool of full attention is shown; the hit rate of the last prefill never is', () => {
    const metrics = map(
      point('token_usage', rank, 0.7),
      point('full_token_usage', rank, 0.41),
      point('cache_hit_rate', rank, 0.987),
    );
    expect(metrics.kvUsageRatio).toBe(0.41);
    expect(JSON.stringify(metrics)).not.toContain('0.987');
  });

  test('prefix cache: without the repeated tokens of retracted requests, if they are counted', () => {
    const realtime = [
      point('realtime_tokens_total', {...rank, mode: 'prefill_compute'}, 400),
      point('realtime_tokens_total', {...rank, mode: 'prefill_cache'}, 250),
      point('realtime_tokens_total', {...rank, mode: 'decode'}, 98),
    ];
    const before = map(...idle, ...realtime);
    expect(before.prefixCacheQueryTokensTotal).toBe(650);
    expect(before.prefixCacheHitTokensTotal).toBe(250);
    const modes = {input: 380, device_hit: 200, host_hit: 40, storage_hit: 0};
    const effective = Object.entries(modes).map(([mode, value]) =>
      point('prefill_effective_tokens_total', {...rank, mode}, value),
    );
    const since = map(...idle, ...realtime, ...effective);
    expect(since.prefixCacheQueryTokensTotal).toBe(620);
    expect(since.prefixCacheHitTokensTotal).toBe(240);
  });

  test('histograms are summed over their labels and keep their names', () => {
    const bucket = (is_streaming: string, le: string, value: number): string =>
      point('time_to_first_token_seconds_bucket', {is_streaming, le}, value);
    const metrics = map(
      '# TYPE sglang:time_to_first_token_seconds histogram',
      bucket('true', '1', 3),
      bucket('true', '+Inf', 4),
      bucket('false', '1', 1),
      bucket('false', '+Inf', 1),
      point('time_to_first_token_seconds_sum', {is_streaming: 'true'}, 5),
      point('time_to_first_token_seconds_sum', {is_streaming: 'false'}, 0.5),
      point('time_to_first_token_seconds_count', {is_streaming: 'true'}, 4),
      point('time_to_first_token_seconds_count', {is_streaming: 'false'}, 1),
      '# TYPE sglang:time_per_output_token_seconds histogram',
      point('time_per_output_token_seconds_bucket', {le: '+Inf'}, 7),
      point('time_per_output_token_seconds_sum', {}, 0.7),
      point('time_per_output_token_seconds_count', {}, 7),
    );
    expect(metrics.timeToFirstTokenSeconds).toEqual({
      buckets: [
        {le: 1, count: 4},
        {le: Number.POSITIVE_INFINITY, count: 5},
      ],
      sum: 5.5,
      count: 5,
    });
    expect(metrics.interTokenLatencySeconds).toMatchObject({count: 7});
  });

  test('a label called le does not make a histogram', () => {
    expect(() =>
      map(
        '# TYPE sglang:routing_key_running_req_count gauge',
        point('routing_key_running_req_count', {gt: 0, le: '+Inf'}, 1),
      ),
    ).not.toThrow();
  });

  test('of the stages of a request, prefill is its time in the forward pass', () => {
    const stage = (name: string, count: number): readonly string[] => [
      point('per_stage_req_latency_seconds_bucket', {...rank, stage: name, le: '+Inf'}, count),
      point('per_stage_req_latency_seconds_sum', {...rank, stage: name}, count),
      point('per_stage_req_latency_seconds_count', {...rank, stage: name}, count),
    ];
    expect(map(...stage('prefill_forward', 64), ...stage('prefill_waiting', 99)).prefillTimeSeconds).toMatchObject({
      count: 64,
    });
  });

  test('names with underscores, as some collectors store them, are read too', () => {
    const lines = [...idle, point('generation_tokens_total', {}, 42)].map((line) => line.replace('sglang:', 'sglang_'));
    expect(map(...lines).generationTokensTotal).toBe(42);
    expect(map(...lines).kvCapacityTokens).toBe(1_040_640);
  });

  test('a value that is not a number is absent', () => {
    expect(isAbsent(map(point('num_running_reqs', rank, Number.NaN)).runningRequests)).toBe(true);
  });

  test('says why there are no finish reasons', () => {
    expect(map(...idle).finishedRequestsTotal).toEqual({absent: 'SGLang does not report why requests finished'});
  });
});
