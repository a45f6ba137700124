import type {Snapshot} from '../../api/snapshot.ts';
import {engineStateSchema} from '../../domain/lifecycle/phases.ts';
import {isPresent, type Reading} from '../../samples/reading.ts';

type Sample = {readonly labels: Readonly<Record<string, string>>; readonly value: Reading<number>};

/** Gantry's own numbers as Prometheus text. An absent reading has no series: zero always means zero. */
export function prometheusText(snapshot: Snapshot): string {
  const one = (value: Reading<number>): Sample[] => [{labels: {}, value}];
  const perGpu = (value: (gpu: Snapshot['gpus'][number]) => Reading<number>): Sample[] =>
    snapshot.gpus.map((gpu) => ({labels: {gpu: String(gpu.index)}, value: value(gpu)}));
  return [
    gauge('gantry_simulated', 'One when the node is simulated.', one(snapshot.simulated ? 1 : 0)),
    gauge(
      'gantry_engine_state',
      'One for the state the engine is in.',
      engineStateSchema.options.map((state) => ({labels: {state}, value: snapshot.engine.state === state ? 1 : 0})),
    ),
    gauge('gantry_gpu_memory_used_bytes', 'Memory in use on a card.', perGpu((gpu) => gpu.memoryUsedBytes)),
    gauge('gantry_gpu_memory_total_bytes', 'Memory of a card.', perGpu((gpu) => gpu.memoryTotalBytes)),
    gauge('gantry_gpu_utilization_ratio', 'Share of time in which some kernel ran.', perGpu((gpu) => gpu.utilizationRatio)),
    gauge('gantry_prompt_tokens_per_second', 'Prompt tokens, cached ones included.', one(snapshot.traffic.promptTokensPerSecond)),
    gauge('gantry_generation_tokens_per_second', 'Generated tokens.', one(snapshot.traffic.generationTokensPerSecond)),
    gauge('gantry_running_requests', 'Requests being worked on.', one(snapshot.traffic.runningRequests)),
    gauge('gantry_waiting_requests', 'Requests waiting.', one(snapshot.traffic.waitingRequests)),
    gauge('gantry_kv_cache_usage_ratio', 'Share of the KV cache in use.', one(snapshot.kvCache.usageRatio)),
    gauge('gantry_node_usd_per_hour', 'What the node costs.', one(snapshot.cost.nodeUsdPerHour)),
    gauge('gantry_api_usd_per_hour', 'What the metered API would charge for the traffic.', one(snapshot.cost.apiUsdPerHour)),
    gauge(
      'gantry_findings',
      'Findings by severity.',
      ['critical', 'warning', 'info'].map((severity) => ({
        labels: {severity},
        value: snapshot.findings.filter((finding) => finding.severity === severity).length,
      })),
    ),
  ].join('');
}

function gauge(name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.flatMap(({labels, value}) => {
    if (!isPresent(value)) return [];
    const pairs = Object.entries(labels).map(([key, text]) => `${key}="${text}"`);
    return [`${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`];
  });
  return lines.length === 0 ? '' : `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${lines.join('\n')}\n`;
}
