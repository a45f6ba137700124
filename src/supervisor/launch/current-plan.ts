import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {PlanOutcome} from '../../domain/memory/plan/plan-outcome.ts';
import {usableGpus} from '../../domain/memory/usable-gpus.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {absent, isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import type {Observations} from '../snapshot/observations.ts';
import {planNode} from './plan-cards.ts';
import type {PlanSources} from './plan-knowledge.ts';
import {seenGpus} from './world/observed-cards.ts';

/** The plan in snapshots: of the running engine, or of the next start. */
export type CurrentPlan = {
  readonly get: () => Reading<MemoryPlan>;
  /** Sets the plan of a judged start. */
  readonly keep: (plan: Reading<MemoryPlan>) => void;
  /** Plans these settings with the GPUs, model files and measurements known now. */
  readonly renew: (settings: LaunchSettings) => void;
  /**
   * Plans a run of an earlier supervisor as that one did: by the starts before it. What it measured itself counts only
   * where the run disproved its plan. `startedAtMs`: epoch.
   */
  readonly adopt: (settings: LaunchSettings, startedAtMs: number) => void;
  /**
   * Makes the plan of an adopted run again if the files of its model are there now: it may have been made without
   * them. That of a run which has lost GPUs since stays.
   */
  readonly readopt: () => void;
  /**
   * Makes the plan of a run again if it is for another version than the run has logged. That of a run which has lost
   * GPUs since stays.
   */
  readonly onVersion: () => void;
  /**
   * Makes the plan again if the GPUs that can be used have changed. That of a running engine stays, except if there is
   * none, or if it has too few GPUs and more can be used now: the engine itself has them.
   */
  readonly follow: (settings: LaunchSettings, isRunning: boolean) => void;
};

/** No plan yet. */
export function createCurrentPlan(
  see: () => Pick<Observations, 'gpuInventory' | 'gpuFrame' | 'gpuTrouble'>,
  knowledge: PlanSources,
): CurrentPlan {
  let plan: Reading<MemoryPlan> = absent('no plan yet');
  let adopted: {readonly settings: LaunchSettings; readonly startedAtMs: number} | null = null;
  const planOf = (settings: LaunchSettings, outcomes: readonly PlanOutcome[]): Reading<MemoryPlan> =>
    planNode(
      settings,
      seenGpus(see()),
      {
        onDisk: (model) => knowledge.onDisk(model),
        installedVersion: (engine) => knowledge.installedVersion(engine),
        runningVersion: (engine) => knowledge.runningVersion(engine),
        outcomes,
      },
      // While there is a run, this plan is of the run.
      true,
    );
  const renew = (settings: LaunchSettings): void => {
    adopted = null;
    plan = planOf(settings, knowledge.outcomes);
  };
  const readopt = (): void => {
    if (adopted === null) return;
    const {settings, startedAtMs} = adopted;
    const asStarted = planOf(
      settings,
      knowledge.outcomes.filter(({atMs}) => atMs < startedAtMs),
    );
    plan = isPresent(asStarted) && isDisproved(asStarted) ? planOf(settings, knowledge.outcomes) : asStarted;
  };
  const hasFewerGpus = (): boolean => isPresent(plan) && usableGpus(seenGpus(see())).length < plan.node.gpuCount;
  return {
    get: () => plan,
    keep(judged) {
      adopted = null;
      plan = judged;
    },
    renew,
    adopt(settings, startedAtMs) {
      adopted = {settings, startedAtMs};
      readopt();
    },
    readopt() {
      if (adopted === null) return;
      const hasFiles = knowledge.onDisk(adopted.settings.model) !== null;
      if (isAbsent(plan) || (hasFiles && !hasFewerGpus())) readopt();
    },
    onVersion() {
      if (isAbsent(plan) || hasFewerGpus()) return;
      const logged = knowledge.runningVersion(plan.settings.engine);
      if (logged === null || logged === plan.engine.version) return;
      if (adopted === null) renew(plan.settings);
      else readopt();
    },
    follow(settings, isRunning) {
      const usable = usableGpus(seenGpus(see())).length;
      if (usable === 0) return;
      const isOutdated = isAbsent(plan) || (isRunning ? isShortOf(plan, usable) : plan.node.gpuCount !== usable);
      if (!isOutdated) return;
      if (adopted === null) renew(settings);
      else readopt();
    },
  };
}

/** A plan for a start that became ready, but made with what others had measured or doubtful about it, or that did not fit. */
export function isDisproved({verdict, confidence, findings}: MemoryPlan): boolean {
  const isDoubtful = findings.some(({code}) => code === 'plan.overhead-implausible');
  return verdict === 'does-not-fit' || confidence === 'calibrated' || isDoubtful;
}

function isShortOf({node}: MemoryPlan, usable: number): boolean {
  return node.gpuCount < Math.min(usable, node.usedGpuCount);
}
