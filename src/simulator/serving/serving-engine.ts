import type {LoadGenerator} from '../traffic/load-generator.ts';
import type {FinishReason, RequestSpec} from '../traffic/request.ts';
import type {Scheduler} from '../traffic/scheduler.ts';

/** Observer of a request. */
export type RequestListener = {
  readonly onTokens: (count: number, cachedTokens: number) => void;
  readonly onFinish: (reason: FinishReason, generatedTokens: number) => void;
};

/** What an engine writes into its metrics with every step. */
export type StepCounts = Pick<Scheduler, 'runningCount' | 'waitingCount' | 'kvUsageRatio'>;

/** The scheduler with its users: HTTP clients and simulated traffic. */
export class ServingEngine {
  readonly #scheduler: Scheduler;
  readonly #onLoadResponse: () => void;
  #load: LoadGenerator | null = null;
  readonly #listeners = new Map<string, RequestListener>();
  /** As the last step before a hang left them. */
  #atHang: StepCounts | null = null;
  #hasAnsweredClient = false;
  #isDraining = false;

  constructor(parts: {scheduler: Scheduler; onLoadResponse: () => void}) {
    this.#scheduler = parts.scheduler;
    this.#onLoadResponse = parts.onLoadResponse;
  }

  get isHung(): boolean {
    return this.#atHang !== null;
  }

  /** True once a client over HTTP has got its complete answer. */
  get hasAnsweredClient(): boolean {
    return this.#hasAnsweredClient;
  }

  /** Requests that are running or waiting. */
  get requestCount(): number {
    return this.#scheduler.runningCount + this.#scheduler.waitingCount;
  }

  /** The requests by the engine's metrics: they stand still in a hang, whatever arrives or is aborted. */
  get stepCounts(): StepCounts {
    return this.#atHang ?? this.#scheduler;
  }

  /** Adds a client's request; the listener is called until it has finished. */
  submit(spec: RequestSpec, listener: RequestListener): void {
    this.#listeners.set(spec.id, listener);
    this.#scheduler.submit(spec);
  }

  /** The client disconnected; its listener is removed. */
  abort(id: string): void {
    this.#listeners.delete(id);
    this.#scheduler.abort(id);
  }

  /**
   * Hangs in the step of the requests that run, and if none runs, not yet, except `isFromStart`: requests arrive but
   * nothing is generated; the process still answers.
   */
  hang(isFromStart = false): void {
    if (this.#scheduler.runningCount === 0 && !isFromStart) return;
    const {runningCount, waitingCount, kvUsageRatio} = this.#scheduler;
    this.#atHang ??= {runningCount, waitingCount, kvUsageRatio};
  }

  /** Continues after a hang. */
  resume(): void {
    this.#atHang = null;
  }

  /** Starts the simulated traffic. */
  startLoad(load: LoadGenerator): void {
    this.#load = load;
  }

  /** Stops the simulated traffic. */
  drain(): void {
    this.#isDraining = true;
  }

  /** Ends every client request: the engine is shutting down. */
  failAll(): void {
    for (const listener of this.#listeners.values()) listener.onFinish('error', 0);
    this.#listeners.clear();
  }

  /** Advances the engine to now (monotonic ms). */
  tick(nowMs: number): void {
    const arrivals = this.#isDraining ? [] : (this.#load?.takeArrivals(nowMs) ?? []);
    for (const spec of arrivals) this.#scheduler.submit(spec);
    if (this.isHung) return;
    for (const event of this.#scheduler.advance(nowMs)) {
      const listener = this.#listeners.get(event.id);
      if (event.type === 'tokens') {
        listener?.onTokens(event.count, event.cachedTokens);
        continue;
      }
      this.#listeners.delete(event.id);
      this.#hasAnsweredClient ||= listener !== undefined;
      if (listener !== undefined) listener.onFinish(event.reason, event.generatedTokens);
      else if (event.reason !== 'abort') this.#onLoadResponse();
      this.#load?.finished(event.id, nowMs, event.generatedTokens);
    }
  }
}
