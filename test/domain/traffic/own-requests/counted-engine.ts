import {
  clientSample,
  noOwnRequests,
  type OwnRequests,
  withRequestEnded,
  withRequestSent,
} from '../../../../src/domain/traffic/own-requests/own-requests.ts';
import type {RequestUsage} from '../../../../src/domain/traffic/own-requests/request-claim.ts';
import type {EngineMetricsSample, HistogramSample} from '../../../../src/samples/engine-metrics.ts';
import {buildMetricsSample} from '../../../support/build-metrics-sample.ts';

export const allowance: RequestUsage = {
  requests: 1,
  promptTokens: 100,
  cachedPromptTokens: null,
  generatedTokens: 16,
  finishReason: null,
};

export const probeUsage: RequestUsage = {
  requests: 1,
  promptTokens: 31,
  cachedPromptTokens: 16,
  generatedTokens: 16,
  finishReason: 'length',
};

type Work = {readonly promptTokens: number; readonly cachedTokens: number; readonly generatedTokens: number};

/** The counters of an engine: what its clients and Gantry use is added to the same numbers. */
export class CountedEngine {
  #counts = {prompt: 0, cached: 0, generated: 0, stop: 0, length: 0, abort: 0};
  #seconds: number[] = [];
  running = 0;
  waiting = 0;

  finish(
    {promptTokens, cachedTokens, generatedTokens}: Work,
    seconds: number,
    reason: 'stop' | 'length' | 'abort' = 'stop',
  ): void {
    this.generate({promptTokens, cachedTokens, generatedTokens});
    this.#counts = {...this.#counts, [reason]: this.#counts[reason] + 1};
    this.#seconds = [...this.#seconds, seconds];
  }

  /** Tokens of a request that has not finished. */
  generate({promptTokens, cachedTokens, generatedTokens}: Work): void {
    const {prompt, cached, generated} = this.#counts;
    this.#counts = {
      ...this.#counts,
      prompt: prompt + promptTokens,
      cached: cached + cachedTokens,
      generated: generated + generatedTokens,
    };
  }

  restart(): void {
    this.#counts = {prompt: 0, cached: 0, generated: 0, stop: 0, length: 0, abort: 0};
    this.#seconds = [];
    this.running = 0;
    this.waiting = 0;
  }

  page(second: number): EngineMetricsSample {
    const {prompt, cached, generated, stop, length, abort} = this.#counts;
    return buildMetricsSample(second, {
      promptTokensTotal: prompt,
      cachedPromptTokensTotal: cached,
      generationTokensTotal: generated,
      livePromptTokensTotal: prompt,
      liveCachedPromptTokensTotal: cached,
      liveGenerationTokensTotal: generated,
      finishedRequestsTotal: {stop, length, abort},
      runningRequests: this.running,
      waitingRequests: this.waiting,
      endToEndLatencySeconds: this.#histogram(),
    });
  }

  #histogram(): HistogramSample {
    const bounds = [0.5, 1, 2, Number.POSITIVE_INFINITY];
    return {
      buckets: bounds.map((le) => ({le, count: this.#seconds.filter((one) => one <= le).length})),
      sum: this.#seconds.reduce((sum, one) => sum + one, 0),
      count: this.#seconds.length,
    };
  }
}

/** Gantry beside that engine: what it sends, and the samples that it keeps. */
export class Accounts {
  own: OwnRequests = noOwnRequests;
  #second = 0;
  readonly engine = new CountedEngine();

  send(): symbol {
    const key = Symbol('probe');
    this.own = withRequestSent(this.own, key, allowance);
    return key;
  }

  end(key: symbol, usage: RequestUsage | null): void {
    this.own = withRequestEnded(this.own, key, {usage, atMs: this.#second * 1_000 + 500});
  }

  /** The sample of the next second, of clients' traffic alone. */
  read(): EngineMetricsSample {
    this.#second += 1;
    const {own, sample} = clientSample(this.own, this.engine.page(this.#second));
    this.own = own;
    return sample;
  }
}
