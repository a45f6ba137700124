import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import type {EarlierStart} from '../../domain/lifecycle/starts/earlier-starts.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {HistoryStore} from '../../history/open-history.ts';
import {isPresent} from '../../samples/reading.ts';
import type {Clock} from '../loop/clock.ts';
import type {Observations} from '../snapshot/observations.ts';
import {type CurrentPlan, isDisproved} from './current-plan.ts';
import type {PlanKnowledge} from './plan-knowledge.ts';

/** Enough to have ten of the same engine and model among those of others. */
const STARTS_READ = 100;

/** This node's latest starts, of any engine and model. */
export function readEarlierStarts(history: HistoryStore): readonly EarlierStart[] {
  return history.readStarts(STARTS_READ);
}

/** Stores the phase durations of a finished start, for the next estimate. An adopted run's times are not meaningful. */
export function recordStart(history: HistoryStore, state: LifecycleState): void {
  const {run, settings, readyAtMs} = state;
  if (run === null || settings === null || readyAtMs === null || state.internal.isAdopted) return;
  const entered = Object.entries(state.phaseEnteredAtMs).sort(([, a], [, b]) => a - b);
  history.recordStart({
    runId: run.runId,
    engineName: settings.engine,
    phaseDurationsMs: Object.fromEntries(
      entered.map(([phase, atMs], index) => [phase, (entered[index + 1]?.[1] ?? readyAtMs) - atMs]),
    ),
    totalMs: readyAtMs - run.startedAtMs,
    settings,
  });
}

type Parts = {
  readonly history: HistoryStore;
  readonly clock: Pick<Clock, 'nowMs'>;
  readonly knowledge: PlanKnowledge;
  readonly plan: CurrentPlan;
  readonly observer: {readonly get: () => Pick<Observations, 'otherProgramsBytes'>};
};

/** What finished starts of this node teach: how long their phases take, and how much memory they need. */
export class LearnedStarts {
  readonly #parts: Parts;
  #earlier: readonly EarlierStart[];
  /** The run that is ready, and the plan with which it was started. */
  #ready: {readonly runId: string; readonly planned: MemoryPlan} | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#earlier = readEarlierStarts(parts.history);
  }

  /** The latest starts, of any engine and model. */
  get earlier(): readonly EarlierStart[] {
    return this.#earlier;
  }

  /**
   * Stores the outcome of a start that has just finished, also of a failed one that logged its memory. The server may
   * answer before the lines with its memory are read: the outcome is then completed by them.
   */
  onStateChange(state: LifecycleState, before: LifecycleState): void {
    const {history, plan} = this.#parts;
    if (this.#ready !== null && hasLoggedMore(state, before, this.#ready.runId)) {
      this.#learn(state, before, this.#ready.planned);
      return;
    }
    const isStart = before.state === 'starting' || (before.state === 'degraded' && before.readyAtMs === null);
    if (!isStart || (state.state !== 'ready' && state.state !== 'failed')) return;
    const planned = plan.get();
    this.#ready =
      state.state === 'ready' && state.run !== null && isPresent(planned) ? {runId: state.run.runId, planned} : null;
    if (isPresent(planned)) this.#learn(state, before, planned);
    // One that answered wrongly for some time says nothing about how long a start takes.
    if (state.state !== 'ready' || before.state !== 'starting') return;
    recordStart(history, state);
    this.#earlier = readEarlierStarts(history);
  }

  #learn(state: LifecycleState, before: LifecycleState, planned: MemoryPlan): void {
    const {plan, knowledge, clock, observer} = this.#parts;
    knowledge.record({...state, run: state.run ?? before.run}, planned, {
      atMs: clock.nowMs(),
      otherProgramsBytes: observer.get().otherProgramsBytes ?? 0,
    });
    if (state.state === 'ready' && isDisproved(planned)) plan.renew(planned.settings);
  }
}

/** True if the log of this ready run has said more of its start. Memory that runs out later is about a request. */
function hasLoggedMore(state: LifecycleState, before: LifecycleState, runId: string): boolean {
  if (state.state !== 'ready' || before.state !== 'ready' || state.run?.runId !== runId) return false;
  return state.facts !== before.facts && state.facts['heldBytesPerGpu'] === undefined;
}
