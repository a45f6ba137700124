import type {Scheduler} from '../traffic/scheduler.ts';
import type {TrafficMetrics} from '../traffic/traffic-metrics.ts';

/** SGLang reports after this many decode steps. */
const DECODE_LOG_INTERVAL = 40;

/** Values of the lines that are not counted. */
type Now = Pick<Scheduler, 'runningCount' | 'waitingCount' | 'kvUsageRatio'>;

/** The lines that a scheduler logs while it works, and their gauge. */
export class BatchLines {
  readonly #metrics: TrafficMetrics;
  readonly #capacityTokens: number;
  #computed = 0;
  #cached = 0;
  #requests = 0;
  #steps = 0;
  #generated = 0;
  #reportedAtMs = performance.now();
  #genThroughput = 0;

  constructor(metrics: TrafficMetrics, capacityTokens: number) {
    this.#metrics = metrics;
    this.#capacityTokens = capacityTokens;
  }

  /** Tokens per second of the last report; it lags by forty steps, and is 0 if nothing runs. */
  get genThroughput(): number {
    return this.#genThroughput;
  }

  /** Lines for what happened since the last call. */
  take(now: Now, nowMs: number): readonly string[] {
    const usage = now.kvUsageRatio.toFixed(2);
    return [...this.#prefill(now, usage, nowMs), ...this.#decode(now, usage, nowMs)];
  }

  #prefill(now: Now, usage: string, nowMs: number): readonly string[] {
    const {computedPromptTokens, cachedPromptTokens, histograms} = this.#metrics;
    const tokens = computedPromptTokens - this.#computed;
    const cached = cachedPromptTokens - this.#cached;
    const requests = histograms.timeToFirstToken.count - this.#requests;
    if (requests === 0) return [];
    this.#computed = computedPromptTokens;
    this.#cached = cachedPromptTokens;
    this.#requests = histograms.timeToFirstToken.count;
    const elapsedSeconds = Math.max(0.001, (nowMs - this.#reportedAtMs) / 1000);
    return [
      `Prefill batch, #new-seq: ${requests}, #new-token: ${tokens}, #cached-token: ${cached}, token usage: ${usage}, #running-req: ${now.runningCount}, #queue-req: ${now.waitingCount}, #pending-token: 0, cuda graph: False, input throughput (token/s): ${(tokens / elapsedSeconds).toFixed(2)}`,
    ];
  }

  #decode(now: Now, usage: string, nowMs: number): readonly string[] {
    const {generationTokens, histograms} = this.#metrics;
    if (now.runningCount === 0) this.#genThroughput = 0;
    if (histograms.iterationTokens.count - this.#steps < DECODE_LOG_INTERVAL) return [];
    const elapsedSeconds = Math.max(0.001, (nowMs - this.#reportedAtMs) / 1000);
    this.#genThroughput = (generationTokens - this.#generated) / elapsedSeconds;
    this.#generated = generationTokens;
    this.#steps = histograms.iterationTokens.count;
    this.#reportedAtMs = nowMs;
    return [
      `Decode batch, #running-req: ${now.runningCount}, #token: ${Math.round(now.kvUsageRatio * this.#capacityTokens)}, token usage: ${usage}, cuda graph: True, gen throughput (token/s): ${this.#genThroughput.toFixed(2)}, #queue-req: ${now.waitingCount}`,
    ];
  }
}
