import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {ModelProblem} from '../../domain/memory/model/model-problem.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {type PlanOutcome, planOutcome, UNKNOWN_VERSION} from '../../domain/memory/plan/plan-outcome.ts';
import {findEngine} from '../../engines/registry.ts';
import type {GpuSample} from '../../samples/gpu.ts';
import {isPresent} from '../../samples/reading.ts';
import type {Result} from '../../shared/result.ts';

const OUTCOMES_LEARNED_FROM = 200;
/** The cards are read every second; what a ready engine holds shows in full a few readings later. */
const SETTLED_AFTER_MS = 5_000;

/** Where outcomes are kept. */
export type OutcomeStore = {
  readonly readOutcomes: (limit: number) => readonly PlanOutcome[];
  readonly recordOutcome: (outcome: PlanOutcome) => unknown;
};

/** What a plan asks for. */
export type PlanSources = Pick<PlanKnowledge, 'onDisk' | 'outcomes'>;

/** What is known before the history was opened. */
export const nothingKnown: PlanSources = {onDisk: () => null, outcomes: []};

/** What this node knows beyond settings and cards: the model's files, and what earlier starts taught. */
export class PlanKnowledge {
  readonly #store: OutcomeStore;
  readonly #lookUp: (model: string) => Promise<Result<ModelOnDisk | null, ModelProblem>>;
  readonly #models = new Map<string, ModelOnDisk | null>();
  #outcomes: readonly PlanOutcome[];
  #unmeasured: {readonly outcome: PlanOutcome; readonly gpuCount: number} | null = null;

  constructor(store: OutcomeStore, lookUp: (model: string) => Promise<Result<ModelOnDisk | null, ModelProblem>>) {
    this.#store = store;
    this.#lookUp = lookUp;
    this.#outcomes = store.readOutcomes(OUTCOMES_LEARNED_FROM);
  }

  /** Reads what this host has of a model, anew at each call; the problem where its files cannot be read. */
  async lookUpModel(model: string): Promise<Result<ModelOnDisk | null, ModelProblem>> {
    const found = await this.#lookUp(model);
    this.#models.set(model, found.ok ? found.value : null);
    return found;
  }

  /** The model's files, once they were read. */
  onDisk(model: string): ModelOnDisk | null {
    return this.#models.get(model) ?? null;
  }

  /** True once `lookUpModel` has answered for this model. */
  hasLooked(model: string): boolean {
    return this.#models.has(model);
  }

  /** What earlier starts taught, the newest first. */
  get outcomes(): readonly PlanOutcome[] {
    return this.#outcomes;
  }

  /** Keeps what a start taught, ready or failed; nothing where its log said nothing of memory. */
  record(state: LifecycleState, plan: MemoryPlan, atMs: number): void {
    if (state.run === null || state.settings === null || state.internal.isAdopted) return;
    const engine = findEngine(plan.engine.name);
    if (engine === undefined) return;
    const outcome = planOutcome({
      engine: engine.memory,
      runId: state.run.runId,
      atMs,
      plan,
      engineVersion: state.version ?? UNKNOWN_VERSION,
      facts: state.facts,
      usedBytes: null,
    });
    if (outcome === null) return;
    this.#keep(outcome);
    this.#unmeasured = state.state === 'ready' ? {outcome, gpuCount: plan.node.usedGpuCount} : null;
  }

  /** Adds what nvidia-smi shows of a serving engine, once it has settled. */
  measure({run, state, readyAtMs}: LifecycleState, gpus: readonly GpuSample[], nowMs: number): void {
    const waiting = this.#unmeasured;
    if (waiting === null) return;
    if (run?.runId !== waiting.outcome.runId || state !== 'ready' || readyAtMs === null) {
      this.#unmeasured = null;
      return;
    }
    const used = gpus.slice(0, waiting.gpuCount).map(({memoryUsedBytes}) => memoryUsedBytes);
    if (nowMs - readyAtMs < SETTLED_AFTER_MS || used.length === 0 || !used.every(isPresent)) return;
    this.#keep({...waiting.outcome, usedBytes: Math.max(...used)});
    this.#unmeasured = null;
  }

  #keep(outcome: PlanOutcome): void {
    this.#store.recordOutcome(outcome);
    this.#outcomes = this.#store.readOutcomes(OUTCOMES_LEARNED_FROM);
  }
}
