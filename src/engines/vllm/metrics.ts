import type {HistogramSample} from '../../samples/engine-metrics.ts';
import type {MetricFamily, MetricPoint} from '../../samples/exposition.ts';
import {absent, type Reading} from '../../samples/reading.ts';
import type {MappedMetrics} from '../engine.ts';

/** The names of one quantity, newest first: a console meets servers of every age. */
const names = {
  promptTokens: ['vllm:prompt_tokens_total', 'vllm:prompt_tokens'],
  // Before February 2026 the prefix cache's hits are the nearest there is.
  cachedPromptTokens: [
    'vllm:prompt_tokens_cached_total',
    'vllm:prefix_cache_hits_total',
    'vllm:gpu_prefix_cache_hits_total',
    'vllm:prefix_cache_hits',
    'vllm:gpu_prefix_cache_hits',
  ],
  generationTokens: ['vllm:generation_tokens_total', 'vllm:generation_tokens'],
  preemptions: ['vllm:num_preemptions_total', 'vllm:num_preemptions'],
  finished: ['vllm:request_success_total', 'vllm:request_success'],
  running: ['vllm:num_requests_running'],
  waiting: ['vllm:num_requests_waiting'],
  kvUsage: ['vllm:kv_cache_usage_perc', 'vllm:gpu_cache_usage_perc'],
  cacheConfig: ['vllm:cache_config_info'],
  timeToFirstToken: ['vllm:time_to_first_token_seconds'],
  interToken: ['vllm:inter_token_latency_seconds', 'vllm:time_per_output_token_seconds'],
  endToEnd: ['vllm:e2e_request_latency_seconds'],
  queue: ['vllm:request_queue_time_seconds'],
} as const;

type Quantity = keyof typeof names;

/** Series by their name, with the underscore spelling of some collectors read as the colon it stands for. */
type Series = ReadonlyMap<string, readonly MetricPoint[]>;

/** vLLM's metrics in the common vocabulary: counters summed over engine cores, KV usage averaged. */
export function mapMetrics(families: readonly MetricFamily[]): MappedMetrics {
  const series = bySeries(families);
  return {
    processStartTimeSeconds: firstValue(series, 'process_start_time_seconds'),
    promptTokensTotal: sumOf(series, 'promptTokens'),
    cachedPromptTokensTotal: sumOf(series, 'cachedPromptTokens'),
    generationTokensTotal: sumOf(series, 'generationTokens'),
    preemptionsTotal: sumOf(series, 'preemptions'),
    finishedRequestsTotal: finishedByReason(series),
    runningRequests: sumOf(series, 'running'),
    waitingRequests: sumOf(series, 'waiting'),
    kvUsageRatio: meanOf(series, 'kvUsage'),
    kvCapacityTokens: capacityOf(series),
    timeToFirstTokenSeconds: histogramOf(series, 'timeToFirstToken'),
    interTokenLatencySeconds: histogramOf(series, 'interToken'),
    endToEndLatencySeconds: histogramOf(series, 'endToEnd'),
    queueTimeSeconds: histogramOf(series, 'queue'),
  };
}

function bySeries(families: readonly MetricFamily[]): Series {
  const series = new Map<string, MetricPoint[]>();
  for (const family of families) {
    for (const point of family.points) {
      const name = point.name.startsWith('vllm_') ? `vllm:${point.name.slice('vllm_'.length)}` : point.name;
      const points = series.get(name);
      if (points === undefined) series.set(name, [point]);
      else points.push(point);
    }
  }
  return series;
}

/** The points of the newest name this server has. */
function pointsOf(series: Series, quantity: Quantity, suffix = ''): readonly MetricPoint[] | null {
  for (const name of names[quantity]) {
    const points = series.get(name + suffix);
    if (points !== undefined && points.length > 0) return points;
  }
  return null;
}

function notExposed(quantity: Quantity): Reading<never> {
  return absent(`this server does not expose ${names[quantity][0]}`);
}

function sumOf(series: Series, quantity: Quantity): Reading<number> {
  const points = pointsOf(series, quantity);
  if (points === null) return notExposed(quantity);
  return finite(
    points.reduce((sum, point) => sum + point.value, 0),
    quantity,
  );
}

function meanOf(series: Series, quantity: Quantity): Reading<number> {
  const points = pointsOf(series, quantity);
  if (points === null) return notExposed(quantity);
  return finite(points.reduce((sum, point) => sum + point.value, 0) / points.length, quantity);
}

function finite(value: number, quantity: Quantity): Reading<number> {
  return Number.isFinite(value) ? value : absent(`${names[quantity][0]} is not a number`);
}

function firstValue(series: Series, name: string): Reading<number> {
  return series.get(name)?.[0]?.value ?? absent(`this server does not expose ${name}`);
}

function finishedByReason(series: Series): MappedMetrics['finishedRequestsTotal'] {
  const points = pointsOf(series, 'finished');
  if (points === null) return notExposed('finished');
  const byReason: Record<string, number> = {};
  for (const {labels, value} of points) {
    const reason = labels['finished_reason'] ?? 'unknown';
    byReason[reason] = (byReason[reason] ?? 0) + value;
  }
  return byReason;
}

/** Tokens of the KV pool, summed over engine cores: stated since 2026, blocks times block size before. */
function capacityOf(series: Series): Reading<number> {
  const points = pointsOf(series, 'cacheConfig');
  if (points === null) return notExposed('cacheConfig');
  let tokens = 0;
  for (const {labels} of points) {
    const stated = Number(labels['kv_cache_size_tokens']);
    const blocks = Number(labels['num_gpu_blocks']) * Number(labels['block_size']);
    const own = stated > 0 ? stated : blocks;
    if (!(own > 0)) return absent('vllm:cache_config_info does not say how many blocks there are');
    tokens += own;
  }
  return tokens;
}

function histogramOf(series: Series, quantity: Quantity): Reading<HistogramSample> {
  const buckets = pointsOf(series, quantity, '_bucket');
  const sums = pointsOf(series, quantity, '_sum');
  const counts = pointsOf(series, quantity, '_count');
  if (buckets === null || sums === null || counts === null) return notExposed(quantity);
  const byBound = new Map<number, number>();
  for (const {labels, value} of buckets) {
    const le = labels['le'] === '+Inf' ? Number.POSITIVE_INFINITY : Number(labels['le']);
    byBound.set(le, (byBound.get(le) ?? 0) + value);
  }
  const total = (points: readonly MetricPoint[]): number => points.reduce((sum, point) => sum + point.value, 0);
  return {
    buckets: [...byBound].map(([le, count]) => ({le, count})).sort((a, b) => a.le - b.le),
    sum: total(sums),
    count: total(counts),
  };
}
