import type {TrafficMetrics} from '../../traffic/traffic-metrics.ts';

/** Values of the line that are not counted. */
export type StatsNow = {readonly running: number; readonly waiting: number; readonly kvUsageRatio: number};

/** The line that vLLM logs every ten seconds; null while nothing happens, because vLLM logs nothing then. */
export class StatsLine {
  readonly #metrics: TrafficMetrics;
  #promptTokens = 0;
  #generationTokens = 0;
  #preemptions = 0;
  #wasIdle = true;

  constructor(metrics: TrafficMetrics) {
    this.#metrics = metrics;
  }

  /** The line of the interval that ends now. Cached prompt tokens are not counted, as in vLLM. */
  take(now: StatsNow, intervalSeconds: number): string | null {
    const {computedPromptTokens, generationTokens, preemptions} = this.#metrics;
    const prompt = (computedPromptTokens - this.#promptTokens) / intervalSeconds;
    const generation = (generationTokens - this.#generationTokens) / intervalSeconds;
    const preempted = preemptions - this.#preemptions;
    this.#promptTokens = computedPromptTokens;
    this.#generationTokens = generationTokens;
    this.#preemptions = preemptions;
    const isIdle = prompt === 0 && generation === 0 && now.running + now.waiting === 0;
    const isSilent = isIdle && this.#wasIdle;
    this.#wasIdle = isIdle;
    if (isSilent) return null;
    return [
      `Engine 000: Avg prompt throughput: ${prompt.toFixed(1)} tokens/s`,
      `Avg generation throughput: ${generation.toFixed(1)} tokens/s`,
      `Running: ${now.running} reqs`,
      `Waiting: ${now.waiting} reqs`,
      ...(preempted > 0 ? [`Preemptions: ${preempted}`] : []),
      `GPU KV cache usage: ${(100 * now.kvUsageRatio).toFixed(1)}%`,
      `Prefix cache hit rate: ${(100 * this.#metrics.recentHitRate).toFixed(1)}%`,
    ].join(', ');
  }
}
