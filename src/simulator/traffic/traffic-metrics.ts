import {EngineCores} from './engine-cores.ts';
import {bucketBounds, Histogram, tokenCountBounds} from './histogram.ts';
import {type ActiveRequest, type FinishReason, finishReasons} from './request.ts';

/** Requests of the log line's hit rate (vLLM: CachingMetrics, 1000). */
const HIT_RATE_REQUESTS = 1000;

/** Everything that the engine counts. Counters only grow, but those of a core that is started again. */
export class TrafficMetrics {
  readonly cores;
  /** Of requests that have ended. */
  finishedCachedTokens = 0;
  preemptions = 0;
  prefixCacheQueries = 0;
  prefixCacheHits = 0;
  readonly finished = new Map<FinishReason, number>(finishReasons.map((reason) => [reason, 0]));
  readonly histograms;
  readonly #recentLookUps: (readonly [queries: number, hits: number])[] = [];

  readonly #onFinish: (request: ActiveRequest, reason: FinishReason) => void;

  /** `onFinish` is called with each request that ended, as it was then. */
  constructor(
    maxModelLen: number,
    onFinish: (request: ActiveRequest, reason: FinishReason) => void = () => undefined,
    coreCount = 1,
  ) {
    this.#onFinish = onFinish;
    this.cores = new EngineCores(coreCount);
    const tokens = tokenCountBounds(maxModelLen);
    this.histograms = {
      promptTokens: new Histogram(tokens),
      generationTokens: new Histogram(tokens),
      iterationTokens: new Histogram(bucketBounds.iterationTokens),
      maxGenerationTokens: new Histogram(tokens),
      paramsN: new Histogram(bucketBounds.sequences),
      paramsMaxTokens: new Histogram(tokens),
      timeToFirstToken: new Histogram(bucketBounds.timeToFirstToken),
      interTokenLatency: new Histogram(bucketBounds.tokenLatency),
      timePerOutputToken: new Histogram(bucketBounds.tokenLatency),
      endToEnd: new Histogram(bucketBounds.latency),
      queueTime: new Histogram(bucketBounds.latency),
      inferenceTime: new Histogram(bucketBounds.latency),
      prefillTime: new Histogram(bucketBounds.latency),
      decodeTime: new Histogram(bucketBounds.latency),
      prefillComputedTokens: new Histogram(tokens),
    };
  }

  get promptTokens(): number {
    return this.cores.sum('promptTokens');
  }

  get cachedPromptTokens(): number {
    return this.cores.sum('cachedPromptTokens');
  }

  get generationTokens(): number {
    return this.cores.sum('generationTokens');
  }

  /** Prompt tokens that were computed, not found in the cache. */
  get computedPromptTokens(): number {
    return this.promptTokens - this.cachedPromptTokens;
  }

  /** Hits divided by queries of the last thousand requests, 0..1; 0 before the first. */
  get recentHitRate(): number {
    const queries = this.#recentLookUps.reduce((sum, [count]) => sum + count, 0);
    const hits = this.#recentLookUps.reduce((sum, [, count]) => sum + count, 0);
    return queries === 0 ? 0 : hits / queries;
  }

  /** A new request queried the prefix cache. */
  countLookUp(queriedTokens: number, hitTokens: number): void {
    this.prefixCacheQueries += queriedTokens;
    this.prefixCacheHits += hitTokens;
    this.#recentLookUps.push([queriedTokens, hitTokens]);
    if (this.#recentLookUps.length > HIT_RATE_REQUESTS) this.#recentLookUps.shift();
  }

  /** One engine step computed this many tokens. */
  countStep(tokens: number): void {
    this.histograms.iterationTokens.observe(tokens);
  }

  /** A request generated a token at `atMs`; call before its own times are updated. */
  countToken(request: ActiveRequest, atMs: number): void {
    const core = this.cores.of(request);
    core.generationTokens += 1;
    if (request.firstTokenAtMs === null) {
      core.promptTokens += request.spec.promptTokens;
      core.cachedPromptTokens += request.cachedTokens;
      this.histograms.timeToFirstToken.observe((atMs - request.spec.arrivedAtMs) / 1000);
    } else {
      this.histograms.interTokenLatency.observe((atMs - (request.lastTokenAtMs ?? atMs)) / 1000);
    }
  }

  /** A request ended; one that never ran has no phases. */
  countFinish(request: ActiveRequest, reason: FinishReason, atMs: number): void {
    this.finished.set(reason, (this.finished.get(reason) ?? 0) + 1);
    this.#onFinish(request, reason);
    const {spec, scheduledAtMs, firstTokenAtMs, lastTokenAtMs, generatedTokens} = request;
    const {histograms} = this;
    this.finishedCachedTokens += request.cachedTokens;
    histograms.endToEnd.observe((atMs - spec.arrivedAtMs) / 1000);
    histograms.promptTokens.observe(spec.promptTokens);
    histograms.generationTokens.observe(generatedTokens);
    histograms.maxGenerationTokens.observe(generatedTokens);
    histograms.paramsN.observe(1);
    histograms.paramsMaxTokens.observe(spec.maxTokens);
    if (scheduledAtMs === null || firstTokenAtMs === null || lastTokenAtMs === null) return;
    const decodeSeconds = (lastTokenAtMs - firstTokenAtMs) / 1000;
    histograms.queueTime.observe((scheduledAtMs - spec.arrivedAtMs) / 1000);
    histograms.prefillTime.observe((firstTokenAtMs - scheduledAtMs) / 1000);
    histograms.decodeTime.observe(decodeSeconds);
    histograms.inferenceTime.observe((lastTokenAtMs - scheduledAtMs) / 1000);
    histograms.prefillComputedTokens.observe(spec.promptTokens - request.cachedTokens);
    histograms.timePerOutputToken.observe(generatedTokens > 1 ? decodeSeconds / (generatedTokens - 1) : 0);
  }
}
