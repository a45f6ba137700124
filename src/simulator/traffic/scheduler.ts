import {PrefixCache} from './prefix-cache.ts';
import {type ActiveRequest, type FinishReason, finishReasonOf, newRequest, type RequestSpec} from './request.ts';
import type {TrafficMetrics} from './traffic-metrics.ts';

/** Limits of the engine. */
export type SchedulerLimits = {
  readonly maxModelLen: number;
  readonly maxNumSeqs: number;
  readonly maxNumBatchedTokens: number;
  readonly blockSize: number;
  /** Blocks of the complete cache; one of them is the reserved null block. */
  readonly blocks: number;
  /** 1 on H200; other GPUs have other step times. */
  readonly stepTimeFactor: number;
};

/** What happened to a request since the last call. */
export type SchedulerEvent =
  | {readonly type: 'tokens'; readonly id: string; readonly count: number; readonly cachedTokens: number}
  | {readonly type: 'finished'; readonly id: string; readonly reason: FinishReason; readonly generatedTokens: number};

type Step = {
  readonly decoding: readonly ActiveRequest[];
  readonly prefilling: readonly {readonly request: ActiveRequest; readonly tokens: number}[];
  readonly startsAtMs: number;
  readonly endsAtMs: number;
};

/**
 * Step time on 8x H200 at TP8: a fixed part, a part for each sequence that decodes, a part for each prompt token.
 * Fitted to published figures (K2.5 INT4, 8192/1024: 91, 70, 47, 29 and 17 tok/s per user at 4, 8, 16, 32 and 64).
 */
const STEP_BASE_MS = 8;
const STEP_MS_PER_SEQUENCE = 0.3;
const STEP_MS_PER_PROMPT_TOKEN = 0.064;
/** A process paused longer than this does not catch up: the time is lost, as on a real host. */
const LONGEST_CATCH_UP_MS = 2000;

/**
 * Continuous batching with chunked prefill, like vLLM's scheduler: in every step, each running request decodes one
 * token, and the rest of the token budget prefills prompts, first come, first served. Without a block for the next
 * token the youngest running request is preempted and recomputed later. Time is passed in as a value.
 */
export class Scheduler {
  readonly #limits: SchedulerLimits;
  readonly #metrics: TrafficMetrics;
  readonly #cache = new PrefixCache();
  readonly #waiting: ActiveRequest[] = [];
  #running: ActiveRequest[] = [];
  #usedBlocks = 0;
  #nowMs = 0;
  #step: Step | null = null;
  #events = new Map<string, SchedulerEvent>();
  #finished: SchedulerEvent[] = [];
  #busyMs = 0;
  #prefillMs = 0;

  constructor(limits: SchedulerLimits, metrics: TrafficMetrics) {
    this.#limits = limits;
    this.#metrics = metrics;
  }

  get runningCount(): number {
    return this.#running.length;
  }

  /** Those that have a place in the batch, oldest first; not to be changed. */
  get running(): readonly Readonly<ActiveRequest>[] {
    return this.#running;
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  /** 0..1 of the blocks that requests can have; blocks only in the prefix cache count as free. */
  get kvUsageRatio(): number {
    return this.#usedBlocks / this.#usableBlocks;
  }

  /** Adds a request. It must fit in the context length; the server refuses others. */
  submit(spec: RequestSpec): void {
    this.#waiting.push(newRequest(spec));
  }

  /** Ends a request whose client disconnected. */
  abort(id: string): void {
    const request = [...this.#running, ...this.#waiting].find((candidate) => candidate.spec.id === id);
    if (request !== undefined) this.#finish(request, 'abort');
  }

  /** Advances the engine to `untilMs` and returns the results. */
  advance(untilMs: number): readonly SchedulerEvent[] {
    this.#skipLostTime(untilMs);
    for (;;) {
      this.#step ??= this.#plan(untilMs);
      if (this.#step === null || this.#step.endsAtMs > untilMs) break;
      this.#complete(this.#step);
      this.#step = null;
    }
    if (this.#step === null) this.#nowMs = Math.max(this.#nowMs, untilMs);
    const events = [...this.#events.values(), ...this.#finished];
    this.#events = new Map();
    this.#finished = [];
    return events;
  }

  /** Milliseconds of computing since the last call, and how many of them were for prompts. */
  takeActivity(): {readonly busyMs: number; readonly prefillMs: number} {
    const activity = {busyMs: this.#busyMs, prefillMs: this.#prefillMs};
    this.#busyMs = 0;
    this.#prefillMs = 0;
    return activity;
  }

  get #usableBlocks(): number {
    return Math.max(1, this.#limits.blocks - 1);
  }

  get #freeBlocks(): number {
    return this.#usableBlocks - this.#usedBlocks;
  }

  #skipLostTime(untilMs: number): void {
    const lostMs = untilMs - LONGEST_CATCH_UP_MS - this.#nowMs;
    if (lostMs <= 0) return;
    this.#nowMs += lostMs;
    if (this.#step !== null) {
      this.#step = {...this.#step, startsAtMs: this.#step.startsAtMs + lostMs, endsAtMs: this.#step.endsAtMs + lostMs};
    }
  }

  #plan(untilMs: number): Step | null {
    if (this.#running.length === 0) {
      const first = this.#waiting[0];
      if (first === undefined || first.spec.arrivedAtMs > untilMs) return null;
      this.#nowMs = Math.max(this.#nowMs, first.spec.arrivedAtMs);
    }
    const hasPreempted = this.#reserveDecodeBlocks();
    const decoding = this.#running.filter((request) => request.prefillTokens === 0);
    let budget = this.#limits.maxNumBatchedTokens - decoding.length;
    const prefilling: {request: ActiveRequest; tokens: number}[] = [];
    for (const request of this.#running) {
      if (request.prefillTokens === 0 || budget <= 0) continue;
      const tokens = Math.min(request.prefillTokens, budget);
      prefilling.push({request, tokens});
      budget -= tokens;
    }
    while (!hasPreempted && budget > 0) {
      const request = this.#admit();
      if (request === null) break;
      const tokens = Math.min(request.prefillTokens, budget);
      prefilling.push({request, tokens});
      budget -= tokens;
    }
    if (decoding.length === 0 && prefilling.length === 0) return null;
    return this.#timed(decoding, prefilling);
  }

  #timed(decoding: Step['decoding'], prefilling: Step['prefilling']): Step {
    const promptTokens = prefilling.reduce((sum, {tokens}) => sum + tokens, 0);
    const prefillMs = promptTokens * STEP_MS_PER_PROMPT_TOKEN * this.#limits.stepTimeFactor;
    const sequences = decoding.length + prefilling.length;
    const stepMs = (STEP_BASE_MS + sequences * STEP_MS_PER_SEQUENCE) * this.#limits.stepTimeFactor + prefillMs;
    this.#busyMs += stepMs;
    this.#prefillMs += prefillMs;
    return {decoding, prefilling, startsAtMs: this.#nowMs, endsAtMs: this.#nowMs + stepMs};
  }

  /** Frees space for one more token of each decoding request; true if one had to be preempted. */
  #reserveDecodeBlocks(): boolean {
    let hasPreempted = false;
    for (const request of [...this.#running]) {
      if (!this.#running.includes(request) || request.prefillTokens > 0) continue;
      const blocks = this.#blocksFor(request.computedTokens + 1);
      while (blocks - request.blocks > this.#freeBlocks && this.#running.includes(request)) {
        hasPreempted = true;
        this.#preemptYoungest();
      }
      if (this.#running.includes(request)) this.#hold(request, blocks);
    }
    return hasPreempted;
  }

  #preemptYoungest(): void {
    const victim = this.#running.at(-1);
    if (victim === undefined) return;
    this.#running = this.#running.slice(0, -1);
    this.#release(victim);
    victim.prefillTokens = victim.spec.promptTokens + victim.generatedTokens;
    this.#waiting.unshift(victim);
    this.#metrics.preemptions += 1;
  }

  #admit(): ActiveRequest | null {
    const request = this.#waiting[0];
    if (request === undefined || this.#running.length >= this.#limits.maxNumSeqs) return null;
    if (request.spec.arrivedAtMs > this.#nowMs) return null;
    const blocks = this.#blocksFor(request.prefillTokens);
    if (blocks > this.#freeBlocks) return null;
    this.#waiting.shift();
    const {cacheHints, cacheKey} = request.spec;
    const cached = this.#cache.lookUp(cacheHints, request.prefillTokens, this.#limits.blockSize);
    this.#cache.forget(cacheKey);
    this.#hold(request, blocks);
    if (request.scheduledAtMs === null) {
      request.scheduledAtMs = this.#nowMs;
      request.cachedTokens = cached;
      this.#metrics.countLookUp(request.spec.promptTokens, cached);
    }
    request.computedTokens = cached;
    request.prefillTokens -= cached;
    this.#running.push(request);
    return request;
  }

  #complete(step: Step): void {
    this.#nowMs = step.endsAtMs;
    const stillRunning = new Set(this.#running);
    let tokens = 0;
    for (const {request, tokens: computed} of step.prefilling) {
      if (!stillRunning.has(request)) continue;
      tokens += computed;
      request.computedTokens += computed;
      request.prefillTokens -= computed;
      if (request.prefillTokens === 0) this.#generate(request);
    }
    for (const request of step.decoding) {
      if (!stillRunning.has(request)) continue;
      tokens += 1;
      request.computedTokens += 1;
      this.#generate(request);
    }
    this.#metrics.countStep(tokens);
  }

  #generate(request: ActiveRequest): void {
    this.#metrics.countToken(request, this.#nowMs);
    request.generatedTokens += 1;
    request.firstTokenAtMs ??= this.#nowMs;
    request.lastTokenAtMs = this.#nowMs;
    const {id} = request.spec;
    const before = this.#events.get(id);
    const count = before?.type === 'tokens' ? before.count + 1 : 1;
    this.#events.set(id, {type: 'tokens', id, count, cachedTokens: request.cachedTokens});
    const reason = finishReasonOf(request, this.#limits.maxModelLen);
    if (reason !== null) this.#finish(request, reason);
  }

  #finish(request: ActiveRequest, reason: FinishReason): void {
    const waitingAt = this.#waiting.indexOf(request);
    if (waitingAt >= 0) this.#waiting.splice(waitingAt, 1);
    this.#running = this.#running.filter((candidate) => candidate !== request);
    this.#leaveInCache(request);
    this.#release(request);
    const atMs = reason === 'abort' ? Math.max(this.#nowMs, request.spec.arrivedAtMs) : this.#nowMs;
    this.#metrics.countFinish(request, reason, atMs);
    const {generatedTokens} = request;
    this.#finished.push({type: 'finished', id: request.spec.id, reason, generatedTokens});
  }

  /** Computed tokens stay cached until others need the space, including the prompt's prefix. */
  #leaveInCache({spec, computedTokens}: ActiveRequest): void {
    if (computedTokens === 0) return;
    for (const {key, tokens} of spec.cacheHints) if (key !== spec.cacheKey) this.#cache.refresh(key, tokens);
    this.#cache.remember(spec.cacheKey, computedTokens);
  }

  #blocksFor(tokens: number): number {
    return Math.ceil(tokens / this.#limits.blockSize);
  }

  #hold(request: ActiveRequest, blocks: number): void {
    this.#usedBlocks += blocks - request.blocks;
    request.blocks = blocks;
    this.#cache.shrinkTo(this.#freeBlocks * this.#limits.blockSize);
  }

  #release(request: ActiveRequest): void {
    this.#usedBlocks -= request.blocks;
    request.blocks = 0;
    request.computedTokens = 0;
  }
}
