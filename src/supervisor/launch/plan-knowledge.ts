import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {ModelProblem} from '../../domain/memory/model/model-problem.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {type PlanOutcome, planOutcome, UNKNOWN_VERSION} from '../../domain/memory/plan/plan-outcome.ts';
import {findEngine} from '../../engines/registry.ts';
import {isPresent, type Reading} from '../../samples/reading.ts';
import type {Result} from '../../shared/result.ts';

const OUTCOMES_LEARNED_FROM = 200;
/** GPUs are read every second; a ready engine's full memory use is visible a few readings later. */
const SETTLED_AFTER_MS = 5_000;

/** Storage of outcomes. */
export type OutcomeStore = {
  readonly readOutcomes: (limit: number) => readonly PlanOutcome[];
  readonly recordOutcome: (outcome: PlanOutcome) => unknown;
};

/** Inputs of a plan. */
export type PlanSources = Pick<PlanKnowledge, 'onDisk' | 'outcomes' | 'installedVersion' | 'runningVersion'>;

/** Planning data besides settings and GPUs: the model's files, installed engines, and outcomes of earlier starts. */
export class PlanKnowledge {
  readonly #store: OutcomeStore;
  readonly #lookUp: (model: string) => Promise<Result<ModelOnDisk | null, ModelProblem>>;
  readonly #models = new Map<string, ModelOnDisk | null>();
  readonly #problems = new Map<string, ModelProblem>();
  readonly #versions = new Map<string, string | null>();
  #run: {readonly engine: string; readonly version: string} | null = null;
  #outcomes: readonly PlanOutcome[];
  #unmeasured: PlanOutcome | null = null;

  constructor(store: OutcomeStore, lookUp: (model: string) => Promise<Result<ModelOnDisk | null, ModelProblem>>) {
    this.#store = store;
    this.#lookUp = lookUp;
    this.#outcomes = store.readOutcomes(OUTCOMES_LEARNED_FROM);
  }

  /** Reads a model's files on this host at each call; an error if they cannot be read. */
  async lookUpModel(model: string): Promise<Result<ModelOnDisk | null, ModelProblem>> {
    const found = await this.#lookUp(model);
    this.#models.set(model, found.ok ? found.value : null);
    if (found.ok) this.#problems.delete(model);
    else this.#problems.set(model, found.error);
    return found;
  }

  /** The model's files, once they were read. */
  onDisk(model: string): ModelOnDisk | null {
    return this.#models.get(model) ?? null;
  }

  /** Why the model's files could not be read the last time; null if they could, or were not looked for. */
  problemOf(model: string): ModelProblem | null {
    return this.#problems.get(model) ?? null;
  }

  /** True once `lookUpModel` has answered for this model. */
  hasLooked(model: string): boolean {
    return this.#models.has(model);
  }

  /** The version of this engine on this host as last read; null if it was not read, is not installed or unknown. */
  installedVersion(engine: string): string | null {
    return this.#versions.get(engine) ?? null;
  }

  /** True if the version that was read is another one than before. */
  noteVersion(engine: string, version: string | null): boolean {
    const isNew = version !== this.installedVersion(engine);
    this.#versions.set(engine, version);
    return isNew;
  }

  /** The version of this engine in the present run, as far as it was noted; null without a run of this engine. */
  runningVersion(engine: string): string | null {
    return this.#run?.engine === engine ? this.#run.version : null;
  }

  /** True if the run has said another version than was known of it. That of a run is forgotten with its end. */
  noteRun({run, settings, version}: Pick<LifecycleState, 'run' | 'settings' | 'version'>): boolean {
    const before = this.#run;
    this.#run = run === null || settings === null || version === null ? null : {engine: settings.engine, version};
    return this.#run !== null && (before?.engine !== this.#run.engine || before.version !== this.#run.version);
  }

  /** Outcomes of earlier starts, the newest first. */
  get outcomes(): readonly PlanOutcome[] {
    return this.#outcomes;
  }

  /**
   * Stores the outcome of a start, ready or failed, if its log has memory values. `otherProgramsBytes`: what other
   * programs held on a GPU when it began.
   */
  record(
    state: LifecycleState,
    plan: MemoryPlan,
    {atMs, otherProgramsBytes}: {readonly atMs: number; readonly otherProgramsBytes: number},
  ): void {
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
      otherProgramsBytes,
      isOfFailedStart: state.state === 'failed',
    });
    if (outcome === null) return;
    this.#keep(outcome);
    this.#unmeasured = state.state === 'ready' ? outcome : null;
  }

  /** Adds nvidia-smi's value for a serving engine, once it is stable; `used`: bytes on each GPU of the engine. */
  measure({run, state, readyAtMs}: LifecycleState, used: readonly Reading<number>[], nowMs: number): void {
    const waiting = this.#unmeasured;
    if (waiting === null) return;
    if (run?.runId !== waiting.runId || state !== 'ready' || readyAtMs === null) {
      this.#unmeasured = null;
      return;
    }
    if (nowMs - readyAtMs < SETTLED_AFTER_MS || used.length === 0 || !used.every(isPresent)) return;
    this.#keep({...waiting, usedBytes: Math.max(...used)});
    this.#unmeasured = null;
  }

  #keep(outcome: PlanOutcome): void {
    this.#store.recordOutcome(outcome);
    this.#outcomes = this.#store.readOutcomes(OUTCOMES_LEARNED_FROM);
  }
}
