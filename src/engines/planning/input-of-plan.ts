import {observedCard} from '../../domain/memory/cards.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {PlanRefusal} from '../../domain/memory/model/planned-model.ts';
import type {PlanInput} from '../../domain/memory/plan/memory-budget.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {Result} from '../../shared/result.ts';
import {planInputOf} from './plan-settings.ts';

/**
 * What a plan that exists was computed from, to plan other settings and nodes in the same way: with the overhead that it
 * has. An error if the engine, the model or its format is unknown.
 *
 * @param onDisk - the model's files, if any
 */
export function inputOfPlan(plan: MemoryPlan, onDisk: ModelOnDisk | null): Result<PlanInput, PlanRefusal> {
  const {gpuName, gpuCount, perGpu} = plan.node;
  const card = {...observedCard(gpuName, perGpu.nvmlBytes, null), cudaVisibleBytes: perGpu.cudaVisibleBytes};
  return planInputOf(plan.settings, {
    node: {card, gpuCount, hostCount: 1},
    onDisk,
    engineVersion: plan.engine.version,
    learned: {overheadBytes: plan.perGpu.overheadBytes, basis: plan.basis},
  });
}
