import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {usableGpus} from '../../domain/memory/usable-gpus.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {absent, isAbsent, type Reading} from '../../samples/reading.ts';
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
  const renew = (settings: LaunchSettings): void => {
    plan = planNode(settings, seenGpus(see()), knowledge);
  };
  return {
    get: () => plan,
    keep(judged) {
      plan = judged;
    },
    renew,
    follow(settings, isRunning) {
      const usable = usableGpus(seenGpus(see())).length;
      if (usable === 0) return;
      const isOutdated = isAbsent(plan) || (isRunning ? isShortOf(plan, usable) : plan.node.gpuCount !== usable);
      if (isOutdated) renew(settings);
    },
  };
}

function isShortOf({node}: MemoryPlan, usable: number): boolean {
  return node.gpuCount < Math.min(usable, node.usedGpuCount);
}
