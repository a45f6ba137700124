import type {LatencyView} from '../../../api/latency/latency-schemas.ts';
import type {Snapshot} from '../../../api/snapshot.ts';
import {type Quantile, quantileRange} from '../../../domain/traffic/quantile.ts';
import {mapReading, type Reading} from '../../../samples/reading.ts';
import {MS_PER_SECOND} from '../../../shared/units.ts';
import {counter, gauge, type Metric, single} from './metric.ts';

/** Requests, tokens, KV cache and latencies of the engine. */
export const trafficMetrics: readonly Metric<Snapshot>[] = [
  single('gantry_running_requests', 'Running requests.', ({traffic}) => traffic.runningRequests),
  single('gantry_waiting_requests', 'Queued requests.', ({traffic}) => traffic.waitingRequests),
  single(
    'gantry_prompt_tokens_per_second',
    'Prompt tokens per second over the last ten seconds.',
    ({traffic}) => traffic.promptTokensPerSecond,
  ),
  single(
    'gantry_generation_tokens_per_second',
    'Generated tokens per second over the last ten seconds.',
    ({traffic}) => traffic.generationTokensPerSecond,
  ),
  ofEngine(
    'gantry_prompt_tokens_total',
    'Prompt tokens since the engine started.',
    ({promptTokensTotal}) => promptTokensTotal,
  ),
  ofEngine(
    'gantry_cached_prompt_tokens_total',
    'Prompt tokens found in the prefix cache since the engine started.',
    ({cachedPromptTokensTotal}) => cachedPromptTokensTotal,
  ),
  ofEngine(
    'gantry_generation_tokens_total',
    'Generated tokens since the engine started.',
    ({generationTokensTotal}) => generationTokensTotal,
  ),
  single('gantry_kv_cache_usage_ratio', 'Fraction of the KV cache in use, 0 to 1.', ({kvCache}) => kvCache.usageRatio),
  ...latencyMetrics('gantry_time_to_first_token', ({latency}) => latency.timeToFirstToken),
  ...latencyMetrics('gantry_inter_token_latency', ({latency}) => latency.interToken),
];

function ofEngine(
  name: string,
  help: string,
  read: (traffic: Snapshot['traffic']) => Reading<number>,
): Metric<Snapshot> {
  return counter(name, help, [], ({traffic}) => [{value: read(traffic)}]);
}

/**
 * A percentile and the two values that the true one is between, in metrics of their own: how exactly it is known changes
 * from minute to minute, and no series may begin or end with that. `quantile` is a label of summaries only.
 */
function latencyMetrics(name: string, of: (snapshot: Snapshot) => LatencyView): readonly Metric<Snapshot>[] {
  const metric = (suffix: string, help: string, read: (quantile: Quantile) => number): Metric<Snapshot> =>
    gauge(`${name}_${suffix}`, help, ['percentile'], (snapshot) => {
      const {p50Ms, p95Ms, p99Ms} = of(snapshot);
      return Object.entries({50: p50Ms, 95: p95Ms, 99: p99Ms}).map(([percentile, reading]) => ({
        labels: {percentile},
        value: mapReading(reading, (quantile) => read(quantile) / MS_PER_SECOND),
      }));
    });
  return [
    metric(
      'seconds',
      'Percentile over the last minute; a limit where only one is known: see the lower and upper bound.',
      ({value}) => value,
    ),
    metric('lower_bound_seconds', 'The percentile is not lower than this.', (quantile) => quantileRange(quantile)[0]),
    metric('upper_bound_seconds', 'The percentile is not higher than this.', (quantile) => quantileRange(quantile)[1]),
  ];
}
