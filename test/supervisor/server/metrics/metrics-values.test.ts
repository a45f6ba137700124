import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../../src/api/snapshot.ts';
import type {Quantile} from '../../../../src/domain/traffic/quantile.ts';
import {absent, mapReading, valueOrNull} from '../../../../src/samples/reading.ts';
import {metricsText as textOf} from '../../../../src/supervisor/server/metrics/metrics-text.ts';
import {API_USD_PER_HOUR, buildFinding, buildGpu, buildSnapshot} from '../../../support/build-snapshot.ts';

const metricsText = (snapshot: Snapshot) => textOf({snapshot, ledger: null});

/** Values by series, without the label that all of them bear. */
function seriesOf(snapshot = buildSnapshot()): ReadonlyMap<string, number> {
  const samples = metricsText(snapshot)
    .split('\n')
    .flatMap((line) => {
      const match = /^(\w+)\{(.*?),?simulated="\w+"\} (\S+)$/.exec(line);
      const value = match?.[3] === '+Inf' ? Number.POSITIVE_INFINITY : Number(match?.[3]);
      return match === null ? [] : [[`${match[1]}{${match[2]}}`, value] as const];
    });
  return new Map(samples);
}

describe('each series has the value of its own field', () => {
  const snapshot = buildSnapshot();
  const series = seriesOf();
  const {traffic, latency, cost, engine, supervisor} = snapshot;

  test.each([
    ['gantry_supervisor_info{version="0.1.0",hostname="h200-node-1"}', 1],
    ['gantry_supervisor_start_time_seconds{}', supervisor.startedAtMs / 1_000],
    ['gantry_snapshot_time_seconds{}', snapshot.takenAtMs / 1_000],
    ['gantry_simulated{}', 0],
    ['gantry_engine_start_progress_ratio{}', 1],
    ['gantry_engine_start_time_seconds{}', (engine.startedAtMs ?? 0) / 1_000],
    ['gantry_running_requests{}', traffic.runningRequests],
    ['gantry_waiting_requests{}', traffic.waitingRequests],
    ['gantry_prompt_tokens_per_second{}', traffic.promptTokensPerSecond],
    ['gantry_generation_tokens_per_second{}', traffic.generationTokensPerSecond],
    ['gantry_prompt_tokens_total{}', traffic.promptTokensTotal],
    ['gantry_cached_prompt_tokens_total{}', traffic.cachedPromptTokensTotal],
    ['gantry_generation_tokens_total{}', traffic.generationTokensTotal],
    ['gantry_kv_cache_usage_ratio{}', 0.62],
    ['gantry_time_to_first_token_seconds{percentile="50"}', 0.82],
    ['gantry_time_to_first_token_seconds{percentile="95"}', 2.4],
    ['gantry_time_to_first_token_seconds{percentile="99"}', 4.2],
    ['gantry_inter_token_latency_seconds{percentile="50"}', 0.022],
    ['gantry_inter_token_latency_seconds{percentile="95"}', 0.041],
    ['gantry_inter_token_latency_seconds{percentile="99"}', 0.071],
    ['gantry_node_usd_per_hour{}', cost.nodeUsdPerHour],
    [
      'gantry_break_even_tokens_per_second{}',
      valueOrNull(mapReading(cost.breakEven, ({tokensPerSecond}) => tokensPerSecond)),
    ],
    ['gantry_api_usd_per_hour{price_book="moonshot"}', Math.round(API_USD_PER_HOUR * 1e6) / 1e6],
  ])('%s', (name, value) => {
    expect(series.get(name)).toBe(value);
    expect(latency.windowMs).toBe(60_000);
  });

  test('a card has its index; its uuid and name are one series', () => {
    const gpu = buildGpu(3);
    const labels = 'gpu="3"';
    expect([
      series.get(`gantry_gpu_info{gpu="3",uuid="${String(gpu.uuid)}",name="${String(gpu.name)}"}`),
      series.get(`gantry_gpu_memory_used_bytes{${labels}}`),
      series.get(`gantry_gpu_memory_free_bytes{${labels}}`),
      series.get(`gantry_gpu_memory_total_bytes{${labels}}`),
      series.get(`gantry_gpu_utilization_ratio{${labels}}`),
      series.get(`gantry_gpu_temperature_celsius{${labels}}`),
      series.get(`gantry_gpu_power_draw_watts{${labels}}`),
      series.get(`gantry_gpu_power_limit_watts{${labels}}`),
      series.get('gantry_gpu_healthy{gpu="3"}'),
    ]).toEqual([
      1,
      gpu.memoryUsedBytes,
      gpu.memoryFreeBytes,
      gpu.memoryTotalBytes,
      gpu.utilizationRatio,
      gpu.temperatureCelsius,
      gpu.powerDrawWatts,
      gpu.powerLimitWatts,
      1,
    ]);
  });

  test('a card has each part of its plan, the limit, and what is in use beyond the plan', () => {
    const budget = {
      ...{weightsBytes: 1, kvCachePoolBytes: 2, overheadBytes: 3, totalBytes: 6, budgetBytes: 7, outsideBytes: 4},
      ...{reserveBytes: 0, toleratedBytes: 0, othersBytes: 0, unexplainedBytes: -5},
    };
    const planned = seriesOf(buildSnapshot({gpus: [buildGpu(2, {budget})]}));
    const parts = ['weights', 'kv_cache', 'overhead', 'outside'];
    expect(parts.map((part) => planned.get(`gantry_gpu_budget_bytes{gpu="2",part="${part}"}`))).toEqual([1, 2, 3, 4]);
    expect(planned.get('gantry_gpu_budget_limit_bytes{gpu="2"}')).toBe(7);
    expect(planned.get('gantry_plan_error_bytes{gpu="2"}')).toBe(-5);
    const unplanned = seriesOf(buildSnapshot({gpus: [buildGpu(2, {budget: absent('nothing is planned')})]}));
    expect([...unplanned.keys()].filter((name) => /budget|plan/.test(name))).toEqual([]);
  });

  test('a card without a uuid keeps its series', () => {
    const lost = seriesOf(buildSnapshot({gpus: [buildGpu(0, {uuid: absent('lost')})]}));
    expect(lost.has('gantry_gpu_memory_used_bytes{gpu="0"}')).toBe(true);
    expect([...lost.keys()].filter((name) => name.startsWith('gantry_gpu_info'))).toEqual([]);
  });
});

describe('a percentile of a latency', () => {
  const quantiles: readonly Quantile[] = [
    {kind: 'exact', value: 800},
    {kind: 'interpolated', value: 820, from: 500, to: 1_000},
    {kind: 'below', value: 300},
    {kind: 'above', value: 10_000},
  ];
  const seriesAt = (p99Ms: Quantile) => seriesOf(buildSnapshot({latency: {timeToFirstToken: {p99Ms}}}));

  test.each([
    [0, [0.8, 0.8, 0.8]],
    [1, [0.82, 0.5, 1]],
    [2, [0.3, 0, 0.3]],
    [3, [10, 10, Number.POSITIVE_INFINITY]],
  ])('has its value and the two bounds it is between (%i)', (index, expected) => {
    const series = seriesAt(quantiles[index] ?? {kind: 'exact', value: -1});
    const names = ['seconds', 'lower_bound_seconds', 'upper_bound_seconds'];
    expect(names.map((name) => series.get(`gantry_time_to_first_token_${name}{percentile="99"}`))).toEqual(expected);
  });

  test('has the same series however exactly it is known', () => {
    const [first, ...others] = quantiles.map((quantile) => [...seriesAt(quantile).keys()]);
    for (const names of others) expect(names).toEqual(first);
  });
});

test('names and labels are what promtool accepts', () => {
  for (const [, name = '', type] of metricsText(buildSnapshot()).matchAll(/^# TYPE (\w+) (\w+)$/gm)) {
    expect([name, name.endsWith('_total')]).toEqual([name, type === 'counter']);
    // Reserved for histograms and summaries.
    expect(name).not.toMatch(/_(?:sum|count|bucket)$/);
  }
  for (const name of seriesOf().keys()) expect(name).not.toMatch(/[{,](?:le|quantile|job|instance)=/);
});

test('findings are counted by severity, none of them as 0', () => {
  const findings = [
    buildFinding({severity: 'critical', code: 'a'}),
    buildFinding({severity: 'critical', code: 'b'}),
    buildFinding({severity: 'info', code: 'c'}),
  ];
  const series = seriesOf(buildSnapshot({findings}));
  expect(
    ['critical', 'warning', 'info'].map((severity) => series.get(`gantry_findings{severity="${severity}"}`)),
  ).toEqual([2, 0, 1]);
});

test('findings are counted by code and severity, and a code without one has no series', () => {
  const findings = [
    buildFinding({severity: 'critical', code: 'a', message: 'GPU 0'}),
    buildFinding({severity: 'critical', code: 'a', message: 'GPU 1'}),
    buildFinding({severity: 'info', code: 'a', message: 'GPU 2'}),
  ];
  const series = seriesOf(buildSnapshot({findings}));
  expect(series.get('gantry_finding{code="a",severity="critical"}')).toBe(2);
  expect(series.get('gantry_finding{code="a",severity="info"}')).toBe(1);
  const none = seriesOf(buildSnapshot({findings: []}));
  expect([...none.keys()].filter((name) => name.startsWith('gantry_finding{'))).toEqual([]);
});

test('the time in which nobody is served is zero while a request runs', () => {
  const idle = {state: 'idle', sinceMs: buildSnapshot().takenAtMs - 47_000, microUsd: 1, isAtLeast: false} as const;
  expect(seriesOf(buildSnapshot({cost: {idle}})).get('gantry_idle_seconds{}')).toBe(47);
  expect(seriesOf(buildSnapshot({cost: {idle: null}})).has('gantry_idle_seconds{}')).toBe(false);
});

test('a source is up, down, or omitted while it is off', () => {
  const sources = {
    gpus: {state: 'ok', ageMs: 1, detail: null},
    metrics: {state: 'off', ageMs: absent('nothing'), detail: null},
    log: {state: 'stale', ageMs: 9_000, detail: 'old'},
  } as const;
  const series = seriesOf(buildSnapshot({sources}));
  expect(['gpus', 'metrics', 'log'].map((source) => series.get(`gantry_source_up{source="${source}"}`))).toEqual([
    1,
    undefined,
    0,
  ]);
});

test('an engine that never started has no start time, and a simulated node is marked', () => {
  const series = seriesOf(buildSnapshot({simulated: true, engine: {startedAtMs: null}}));
  expect(series.has('gantry_engine_start_time_seconds{}')).toBe(false);
  expect(series.get('gantry_simulated{}')).toBe(1);
});

test('a family without a value has no heading either', () => {
  expect(metricsText(buildSnapshot({traffic: {runningRequests: absent('x')}}))).not.toContain(
    'gantry_running_requests',
  );
});

test('counters are counters and gauges gauges', () => {
  const text = metricsText(buildSnapshot());
  const types = new Map([...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [name, type]));
  const counters = [...types].filter(([, type]) => type === 'counter').map(([name]) => name);
  expect(counters).toEqual([
    'gantry_prompt_tokens_total',
    'gantry_cached_prompt_tokens_total',
    'gantry_generation_tokens_total',
  ]);
  expect(new Set(types.values())).toEqual(new Set(['counter', 'gauge']));
});
