import {type CardMemory, observedCard, unifiedCard} from '../../domain/memory/cards.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {usableGpus} from '../../domain/memory/usable-gpus.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {planCalibrated} from '../../engines/planning/plan-calibrated.ts';
import {usedGpuCount} from '../../engines/planning/spread-settings.ts';
import type {GpuSample} from '../../samples/gpu.ts';
import {absent, isAbsent, type Reading} from '../../samples/reading.ts';
import type {PlanSources} from './plan-knowledge.ts';

/** The smallest GPU that an engine would use: a plan must fit on each of them. */
export function smallestCard(gpus: readonly GpuSample[], gpuCount: number): Reading<CardMemory> {
  const cards = gpus.slice(0, gpuCount).flatMap((gpu) => {
    const card = cardOf(gpu);
    return isAbsent(card) ? [] : [card];
  });
  const [first, ...rest] = cards;
  if (first === undefined) return absent('no GPU of this node could be read');
  return rest.reduce((smallest, card) => (card.cudaVisibleBytes < smallest.cudaVisibleBytes ? card : smallest), first);
}

function cardOf(gpu: GpuSample): Reading<CardMemory> {
  const name = isAbsent(gpu.name) ? 'unknown GPU' : gpu.name;
  if (isAbsent(gpu.memoryTotalBytes)) return unifiedCard(name) ?? gpu.memoryTotalBytes;
  const reservedBytes = isAbsent(gpu.memoryReservedBytes) ? null : gpu.memoryReservedBytes;
  return observedCard(name, gpu.memoryTotalBytes, reservedBytes);
}

/**
 * The memory plan of these settings on the usable ones of these GPUs; absent with a reason if planning is not possible.
 * `isOfRun`: of the run that has them, not of a next start.
 */
export function planNode(
  settings: LaunchSettings,
  gpus: readonly GpuSample[],
  knowledge: PlanSources,
  isOfRun = false,
): Reading<MemoryPlan> {
  const usable = usableGpus(gpus);
  const card = smallestCard(usable, usedGpuCount(settings));
  if (isAbsent(card)) return card;
  const node = {card, gpuCount: usable.length, hostCount: 1};
  const basis = {
    node,
    onDisk: knowledge.onDisk(settings.model),
    engineVersion: null,
    installedVersion: knowledge.installedVersion(settings.engine),
    runningVersion: knowledge.runningVersion(settings.engine),
    isOfRun,
  };
  const plan = planCalibrated(settings, basis, knowledge.outcomes);
  return plan.ok ? plan.value : absent(plan.error.message);
}
