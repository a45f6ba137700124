import type {LatencyView} from '../../api/latency/latency-schemas.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import {engineStateSchema} from '../../domain/lifecycle/phases.ts';
import {type Quantile, quantileRange} from '../../domain/traffic/quantile.ts';
import {isAbsent, mapReading, type Reading} from '../../samples/reading.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';

type Labels = Readonly<Record<string, string>>;
type Point = {readonly labels?: Labels; readonly value: Reading<number> | null};
type Family = {
  readonly name: string;
  readonly type: 'gauge' | 'counter';
  readonly help: string;
  readonly points: readonly Point[];
};

/**
 * Gantry's own numbers in Prometheus text format 0.0.4. Unknown values are omitted, never zero; every series has
 * the label `simulated`, so that a demo is not mistaken for a real node.
 */
export function metricsText(snapshot: Snapshot): string {
  const common: Labels = {simulated: String(snapshot.simulated)};
  return [
    ...engineFamilies(snapshot),
    ...gpuFamilies(snapshot),
    ...trafficFamilies(snapshot),
    ...costFamilies(snapshot),
  ]
    .map((family) => familyText(family, common))
    .join('');
}

function engineFamilies(snapshot: Snapshot): readonly Family[] {
  const {engine, supervisor, findings} = snapshot;
  return [
    gauge('gantry_supervisor_info', 'Always 1; labels name the supervisor.', [
      {labels: {version: supervisor.version, hostname: snapshot.node.hostname}, value: 1},
    ]),
    gauge('gantry_supervisor_start_time_seconds', 'When the supervisor started, Unix time.', [
      {value: supervisor.startedAtMs / MS_PER_SECOND},
    ]),
    gauge('gantry_simulated', '1 when the node is simulated.', [{value: snapshot.simulated ? 1 : 0}]),
    gauge('gantry_snapshot_time_seconds', 'When this snapshot was taken, Unix time.', [
      {value: snapshot.takenAtMs / MS_PER_SECOND},
    ]),
    gauge(
      'gantry_engine_state',
      '1 for the current engine state, 0 for others.',
      engineStateSchema.options.map((state) => ({labels: {state}, value: engine.state === state ? 1 : 0})),
    ),
    gauge('gantry_engine_start_progress_ratio', 'Completed fraction of the start, 0 to 1.', [
      {value: engine.progressRatio},
    ]),
    gauge('gantry_engine_start_time_seconds', 'When the engine was launched, Unix time.', [
      {value: engine.startedAtMs === null ? null : engine.startedAtMs / MS_PER_SECOND},
    ]),
    gauge(
      'gantry_findings',
      'Present findings by severity.',
      (['critical', 'warning', 'info'] as const).map((severity) => ({
        labels: {severity},
        value: findings.filter((finding) => finding.severity === severity).length,
      })),
    ),
    gauge(
      'gantry_source_up',
      '1 while the source has fresh samples; omitted while it is off.',
      Object.entries(snapshot.sources).map(([source, status]) => ({
        labels: {source},
        value: status.state === 'off' ? null : status.state === 'ok' ? 1 : 0,
      })),
    ),
  ];
}

function gpuFamilies({gpus}: Snapshot): readonly Family[] {
  const each = (read: (gpu: Snapshot['gpus'][number]) => Reading<number>): readonly Point[] =>
    gpus.map((gpu) => ({labels: {gpu: String(gpu.index)}, value: read(gpu)}));
  return [
    gauge(
      'gantry_gpu_info',
      'Always 1; labels name the GPU. A GPU without a uuid has none here.',
      gpus.flatMap(({index, uuid, name}) =>
        isAbsent(uuid) ? [] : [{labels: {gpu: String(index), uuid, name: isAbsent(name) ? '' : name}, value: 1}],
      ),
    ),
    gauge(
      'gantry_gpu_memory_used_bytes',
      'GPU memory in use.',
      each((gpu) => gpu.memoryUsedBytes),
    ),
    gauge(
      'gantry_gpu_memory_free_bytes',
      'GPU memory free.',
      each((gpu) => gpu.memoryFreeBytes),
    ),
    gauge(
      'gantry_gpu_memory_total_bytes',
      'GPU memory in total.',
      each((gpu) => gpu.memoryTotalBytes),
    ),
    gauge(
      'gantry_gpu_utilization_ratio',
      'Fraction of time with a running GPU kernel, 0 to 1.',
      each((gpu) => gpu.utilizationRatio),
    ),
    gauge(
      'gantry_gpu_temperature_celsius',
      'GPU temperature.',
      each((gpu) => gpu.temperatureCelsius),
    ),
    gauge(
      'gantry_gpu_power_draw_watts',
      'Power drawn.',
      each((gpu) => gpu.powerDrawWatts),
    ),
    gauge(
      'gantry_gpu_power_limit_watts',
      'Power limit.',
      each((gpu) => gpu.powerLimitWatts),
    ),
    gauge(
      'gantry_gpu_healthy',
      '0 for a GPU with a fault reported by the driver.',
      each(({fault}) => (fault === null ? 1 : 0)),
    ),
  ];
}

function trafficFamilies({traffic, kvCache, latency}: Snapshot): readonly Family[] {
  return [
    gauge('gantry_running_requests', 'Running requests.', [{value: traffic.runningRequests}]),
    gauge('gantry_waiting_requests', 'Queued requests.', [{value: traffic.waitingRequests}]),
    gauge('gantry_prompt_tokens_per_second', 'Prompt tokens per second over the last ten seconds.', [
      {value: traffic.promptTokensPerSecond},
    ]),
    gauge('gantry_generation_tokens_per_second', 'Generated tokens per second over the last ten seconds.', [
      {value: traffic.generationTokensPerSecond},
    ]),
    counter('gantry_prompt_tokens_total', 'Prompt tokens since the engine started.', traffic.promptTokensTotal),
    counter(
      'gantry_cached_prompt_tokens_total',
      'Prompt tokens found in the prefix cache since the engine started.',
      traffic.cachedPromptTokensTotal,
    ),
    counter(
      'gantry_generation_tokens_total',
      'Generated tokens since the engine started.',
      traffic.generationTokensTotal,
    ),
    gauge('gantry_kv_cache_usage_ratio', 'Fraction of the KV cache in use, 0 to 1.', [{value: kvCache.usageRatio}]),
    ...latencyFamilies('gantry_time_to_first_token', latency.timeToFirstToken),
    ...latencyFamilies('gantry_inter_token_latency', latency.interToken),
  ];
}

function costFamilies({cost}: Snapshot): readonly Family[] {
  return [
    gauge('gantry_node_usd_per_hour', 'Cost of the node.', [{value: cost.nodeUsdPerHour}]),
    gauge('gantry_api_usd_per_hour', 'API price of the traffic of the last minute.', [
      {labels: {price_book: cost.priceBook.name}, value: cost.apiUsdPerHour},
    ]),
  ];
}

function gauge(name: string, help: string, points: readonly Point[]): Family {
  return {name, type: 'gauge', help, points};
}

function counter(name: string, help: string, value: Reading<number>): Family {
  return {name, type: 'counter', help, points: [{value}]};
}

/**
 * A percentile and the two values that the true one is between, in families of their own: how exactly it is known changes
 * from minute to minute, and no series may begin or end with that. `quantile` is a label of summaries only.
 */
function latencyFamilies(name: string, {p50Ms, p95Ms, p99Ms}: LatencyView): readonly Family[] {
  const points = (read: (quantile: Quantile) => number): readonly Point[] =>
    Object.entries({50: p50Ms, 95: p95Ms, 99: p99Ms}).map(([percentile, reading]) => ({
      labels: {percentile},
      value: mapReading(reading, (quantile) => read(quantile) / MS_PER_SECOND),
    }));
  return [
    gauge(
      `${name}_seconds`,
      'Percentile over the last minute; a limit where only one is known: see the lower and upper bound.',
      points(({value}) => value),
    ),
    gauge(
      `${name}_lower_bound_seconds`,
      'The percentile is not lower than this.',
      points((quantile) => quantileRange(quantile)[0]),
    ),
    gauge(
      `${name}_upper_bound_seconds`,
      'The percentile is not higher than this.',
      points((quantile) => quantileRange(quantile)[1]),
    ),
  ];
}

function familyText({name, type, help, points}: Family, common: Labels): string {
  const lines = points.flatMap(({labels, value}) =>
    value === null || isAbsent(value) ? [] : [`${name}${labelsText({...labels, ...common})} ${numberText(value)}\n`],
  );
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function numberText(value: number): string {
  return value === Number.POSITIVE_INFINITY ? '+Inf' : String(value);
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return `{${pairs.join(',')}}`;
}

/** Escapes as the exposition format asks: backslash, quote, line feed. */
function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
