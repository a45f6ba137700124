import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {absent, type Reading} from '../../samples/reading.ts';
import type {Observations} from '../snapshot/observations.ts';
import {planNode} from './plan-cards.ts';
import type {PlanSources} from './plan-knowledge.ts';

/** The plan in snapshots: of the running engine, or of the next start. */
export type CurrentPlan = {
  readonly get: () => Reading<MemoryPlan>;
  /** Sets the plan of a judged start. */
  readonly keep: (plan: Reading<MemoryPlan>) => void;
  /** Plans these settings with the GPUs, model files and measurements known now. */
  readonly renew: (settings: LaunchSettings) => void;
};

/** No plan yet. */
export function createCurrentPlan(
  see: () => Pick<Observations, 'gpuInventory' | 'gpuFrame'>,
  knowledge: PlanSources,
): CurrentPlan {
  let plan: Reading<MemoryPlan> = absent('no plan yet');
  return {
    get: () => plan,
    keep(judged) {
      plan = judged;
    },
    renew(settings) {
      const {gpuInventory, gpuFrame} = see();
      plan = planNode(settings, gpuInventory?.gpus ?? gpuFrame?.gpus ?? [], knowledge);
    },
  };
}
