import type {Scheduler} from '../traffic/scheduler.ts';
import type {TrafficMetrics} from '../traffic/traffic-metrics.ts';

/** Input of the page. */
export type LlamaPage = {
  readonly scheduler: Pick<Scheduler, 'runningCount' | 'waitingCount'>;
  readonly metrics: TrafficMetrics;
};

type Line = readonly [name: string, type: 'counter' | 'gauge', help: string, value: number];

/** /metrics with `--metrics`: no labels, no histograms; tokens are counted when a request ends, steps immediately. */
export function llamaMetricsPage({scheduler, metrics}: LlamaPage): string {
  const {histograms} = metrics;
  const steps = histograms.iterationTokens.count;
  const busySlots = steps === 0 ? 0 : metrics.generationTokens / steps;
  const predictedSeconds = histograms.decodeTime.sum;
  const lines: readonly Line[] = [
    [
      'prompt_tokens_total',
      'counter',
      'Number of prompt tokens processed, excluding cached tokens',
      metrics.computedPromptTokens,
    ],
    [
      'prompt_tokens_cached_total',
      'counter',
      'Number of prompt tokens reused from the cache',
      metrics.cachedPromptTokens,
    ],
    ['prompt_seconds_total', 'counter', 'Total time spent processing prompts', histograms.prefillTime.sum],
    ['tokens_predicted_total', 'counter', 'Number of generation tokens processed', histograms.generationTokens.sum],
    ['tokens_predicted_seconds_total', 'counter', 'Total time spent generating tokens', predictedSeconds],
    [
      'n_decode_total',
      'counter',
      'Total number of llama_decode() calls, excluding speculative decoding and multimodal decoding',
      steps,
    ],
    ['n_tokens_max', 'counter', 'Largest observed sequence length (prompt + generation)', 0],
    ['spec_decode_num_draft_tokens_total', 'counter', 'Speculative: Total draft tokens generated', 0],
    [
      'spec_decode_num_accepted_tokens_total',
      'counter',
      'Speculative: Total draft tokens accepted by the target model',
      0,
    ],
    ['spec_decode_num_drafts_total', 'counter', 'Speculative: Total speculative decoding verification steps', 0],
    ['prompt_tokens_seconds', 'gauge', 'Average prompt throughput in tokens/s', 0],
    ['predicted_tokens_seconds', 'gauge', 'Average generation throughput in tokens/s', 0],
    ['requests_processing', 'gauge', 'Number of requests processing', scheduler.runningCount],
    ['requests_deferred', 'gauge', 'Number of requests deferred', scheduler.waitingCount],
    ['n_busy_slots_per_decode', 'gauge', 'Average number of busy slots per llama_decode() call', busySlots],
  ];
  return lines
    .map(
      ([name, type, help, value]) =>
        `# HELP llamacpp:${name} ${help}\n# TYPE llamacpp:${name} ${type}\nllamacpp:${name} ${short(value)}\n`,
    )
    .join('');
}

/** Six significant digits, as C++ streams print a double. */
function short(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)));
}
