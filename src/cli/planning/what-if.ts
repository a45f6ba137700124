import type {Snapshot} from '../../api/snapshot.ts';
import {type CardMemory, cardByName} from '../../domain/memory/cards.ts';
import type {ModelOnDisk} from '../../domain/memory/model/checkpoint.ts';
import type {PlanRefusal} from '../../domain/memory/model/planned-model.ts';
import {type PlannedNode, parseNodeSpec} from '../../domain/memory/node-spec.ts';
import {overheadOfPool} from '../../domain/memory/plan/measured-overhead.ts';
import type {LearnedOverhead} from '../../domain/memory/plan/memory-budget.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {planSettings} from '../../engines/planning/plan-settings.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import type {WhatIf} from '../../views/restart/what-if.ts';

/** Plans other settings against what a snapshot says of the node; `onDisk` gives a model's files where they were read. */
export function createWhatIf(onDisk: (model: string) => ModelOnDisk | null): WhatIf {
  return (snapshot, settings, nodeSpec) => {
    const node = nodeSpec === null ? nodeOf(snapshot) : parseNodeSpec(nodeSpec);
    if (!node.ok) return node;
    const {version} = snapshot.engine;
    return planSettings(settings, {
      node: node.value,
      onDisk: onDisk(settings.model),
      engineVersion: isPresent(version) ? version : null,
      learned: nodeSpec === null ? learnedHere(snapshot, settings) : null,
    });
  };
}

function nodeOf({plan, node}: Snapshot): Result<PlannedNode, PlanRefusal> {
  if (isAbsent(plan)) {
    return err({
      code: 'memory.no-node',
      message: `There is no memory plan for this node: ${plan.absent}`,
      remedy: 'See gantry gpus: the plan needs the cards.',
    });
  }
  const {gpuName, gpuCount, perGpu} = plan.node;
  const card: CardMemory = {name: gpuName, family: cardByName(gpuName)?.family ?? null, ...perGpu};
  return ok({card, gpuCount: isPresent(node.gpuCount) ? node.gpuCount : gpuCount, hostCount: 1});
}

/** What the running engine was seen to take, or what earlier starts taught, as long as it is about the same spread. */
function learnedHere({plan, engine}: Snapshot, settings: LaunchSettings): LearnedOverhead | null {
  if (isAbsent(plan) || !isSameSpread(plan, settings)) return null;
  const {overheadBytes} = plan.perGpu;
  const logged = overheadOfPool(plan, engine.facts);
  if (logged !== null) return {overheadBytes: logged.bytes, basis: 'what the running engine logged'};
  return plan.confidence === 'calibrated' ? {overheadBytes, basis: plan.basis} : null;
}

function isSameSpread({settings: planned}: MemoryPlan, settings: LaunchSettings): boolean {
  return (
    planned.engine === settings.engine &&
    planned.model === settings.model &&
    planned.tensorParallelSize === settings.tensorParallelSize &&
    planned.pipelineParallelSize === settings.pipelineParallelSize &&
    planned.dataParallelSize === settings.dataParallelSize &&
    planned.maxRunningRequests === settings.maxRunningRequests
  );
}
