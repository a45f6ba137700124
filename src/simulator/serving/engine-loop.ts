import type {GpuType} from '../node/gpu-catalog.ts';
import type {SimulatedNode} from '../node/node-directory.ts';
import type {CardUse} from '../process/card-use.ts';
import {createStuckWatch, spinOnSignal} from '../process/stuck-process.ts';
import {LoadGenerator, type LoadPattern} from '../traffic/load-generator.ts';
import type {ActiveRequest, FinishReason} from '../traffic/request.ts';
import {Scheduler, type SchedulerLimits} from '../traffic/scheduler.ts';
import {TrafficMetrics} from '../traffic/traffic-metrics.ts';
import {TRUTH_VARIABLE, TruthWriter} from '../traffic/write-truth.ts';
import {type CrashCause, faultAt} from './engine-fault.ts';
import {ServingEngine} from './serving-engine.ts';

const TICK_MS = 50;
const CARDS_EVERY_MS = 500;
/** Delay after readiness before simulated traffic starts. */
const LOAD_AFTER_MS = 500;

/** Dependencies and observers of an engine. */
export type LoopParts = {
  readonly node: SimulatedNode;
  readonly gpu: GpuType;
  readonly cards: CardUse;
  /** Besides this process: each step needs all of them. */
  readonly workerPids: readonly number[];
  readonly limits: Omit<SchedulerLimits, 'stepTimeFactor'>;
  /** Step time relative to vLLM on the same GPUs. */
  readonly slowness: number;
  readonly capacityTokens: number;
  /** A worker has failed, and the engine with it. Called once. */
  readonly onCrash: (crash: {readonly rank: number; readonly cause: CrashCause; readonly freeBytes: number}) => void;
  /** A request of the simulated traffic was answered. */
  readonly onLoadResponse: () => void;
  /** A request ended, whoever sent it. */
  readonly onRequestEnd?: (request: Readonly<ActiveRequest>, reason: FinishReason) => void;
};

/** A running engine: traffic, scheduler, GPUs, and the scenario's faults. */
export class EngineLoop {
  readonly metrics: TrafficMetrics;
  readonly scheduler: Scheduler;
  readonly engine: ServingEngine;
  readonly #parts: LoopParts;
  #ticking: NodeJS.Timeout | null = null;
  #servingSinceMs = Number.POSITIVE_INFINITY;
  #cardsAtMs = performance.now();
  #hasCrashed = false;
  #node: SimulatedNode;
  #load: LoadGenerator | null = null;
  readonly #isWorkerStuck: () => boolean;
  readonly #truth = new TruthWriter(process.env[TRUTH_VARIABLE]);

  constructor(parts: LoopParts) {
    this.#parts = parts;
    this.#node = parts.node;
    this.#isWorkerStuck = createStuckWatch(parts.workerPids);
    const {limits, gpu} = parts;
    this.metrics = new TrafficMetrics(limits.maxModelLen, parts.onRequestEnd, this.#truth.coreCount);
    this.scheduler = new Scheduler({...limits, stepTimeFactor: gpu.stepTimeFactor * parts.slowness}, this.metrics);
    this.engine = new ServingEngine({
      scheduler: this.scheduler,
      onLoadResponse: parts.onLoadResponse,
    });
  }

  /** Starts serving. `onTick` is called after every step. */
  start(onTick: () => void = () => undefined): void {
    const {limits, capacityTokens} = this.#parts;
    spinOnSignal();
    this.#load = new LoadGenerator({
      pattern: patternOf(this.#node),
      seed: this.#node.seed,
      startsAtMs: performance.now() + LOAD_AFTER_MS,
      maxModelLen: limits.maxModelLen,
      capacityTokens,
      maxNumSeqs: limits.maxNumSeqs,
    });
    this.engine.startLoad(this.#load);
    this.#suffer(0);
    this.#ticking = setInterval(() => {
      this.#tick();
      onTick();
    }, TICK_MS);
  }

  /** A page of metrics is about to be sent. */
  onPage(): void {
    this.#truth.page();
  }

  stop(): void {
    if (this.#ticking !== null) clearInterval(this.#ticking);
  }

  #tick(): void {
    const nowMs = performance.now();
    const reset = this.#truth.takeReset();
    if (reset !== null) this.metrics.cores.reset(reset);
    this.engine.tick(nowMs);
    this.#truth.served(this.metrics.cores.all);
    const sinceLastMs = nowMs - this.#cardsAtMs;
    if (sinceLastMs < CARDS_EVERY_MS) return;
    this.#cardsAtMs = nowMs;
    this.#node = this.#parts.cards.readNode();
    this.#load?.follow(patternOf(this.#node), nowMs);
    this.#suffer(sinceLastMs);
    const {busyMs, prefillMs} = this.scheduler.takeActivity();
    // A hung collective spins: GPU utilization is high.
    if (this.engine.isHung) this.#parts.cards.work(1, 0);
    else this.#parts.cards.work(Math.min(1, busyMs / sinceLastMs), busyMs === 0 ? 0 : prefillMs / busyMs);
  }

  #suffer(sinceLastMs: number): void {
    const {cards, onCrash} = this.#parts;
    if (this.#hasCrashed) return;
    const {freeBytes} = cards;
    const nowMs = Date.now();
    if (this.engine.hasAnsweredClient) this.#servingSinceMs = Math.min(this.#servingSinceMs, nowMs);
    const fault = faultAt({node: this.#node, sinceLastMs, servingSinceMs: this.#servingSinceMs, nowMs, freeBytes});
    const isStuck = this.#isWorkerStuck();
    const isFromStart = fault?.type === 'hang' && fault.isFromStart === true;
    if (isStuck || fault?.type === 'hang') this.engine.hang(isFromStart);
    else this.engine.resume();
    if (fault === null || fault.type === 'hang') return;
    if (fault.type === 'leak') cards.grow(fault.bytes);
    else {
      this.#hasCrashed = true;
      onCrash({rank: fault.rank, cause: fault.cause, freeBytes});
    }
  }
}

function patternOf({scenario}: SimulatedNode): LoadPattern {
  return scenario === 'burst' || scenario === 'idle' ? scenario : 'steady';
}
