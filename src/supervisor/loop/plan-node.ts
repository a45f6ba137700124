import type {LaunchSettings} from '../../domain/lifecycle/launch-settings.ts';
import {type CardMemory, observedCard} from '../../domain/memory/cards.ts';
import type {MemoryPlan} from '../../domain/memory/memory-plan.ts';
import {canPlan, planMemory} from '../../domain/memory/plan.ts';
import type {GpuSample} from '../../samples/gpu.ts';
import {absent, isAbsent, type Reading} from '../../samples/reading.ts';

/** The smallest of the cards an engine would use: a plan must hold on every one of them. */
export function smallestCard(gpus: readonly GpuSample[], gpuCount: number): Reading<CardMemory> {
  const cards = gpus.slice(0, gpuCount).flatMap((gpu) => {
    const card = cardOf(gpu);
    return isAbsent(card) ? [] : [card];
  });
  const [first, ...rest] = cards;
  if (first === undefined) return absent('no card of this node could be read');
  return rest.reduce((smallest, card) => (card.cudaVisibleBytes < smallest.cudaVisibleBytes ? card : smallest), first);
}

function cardOf(gpu: GpuSample): Reading<CardMemory> {
  if (isAbsent(gpu.memoryTotalBytes)) return gpu.memoryTotalBytes;
  const name = isAbsent(gpu.name) ? 'unknown card' : gpu.name;
  const reservedBytes = isAbsent(gpu.memoryReservedBytes) ? null : gpu.memoryReservedBytes;
  return observedCard(name, gpu.memoryTotalBytes, reservedBytes);
}

/** The memory plan of these settings on these cards; absent with the reason where nothing can be planned. */
export function planNode(settings: LaunchSettings, gpus: readonly GpuSample[]): Reading<MemoryPlan> {
  const card = smallestCard(gpus, settings.tensorParallelSize);
  if (isAbsent(card)) return card;
  const known = canPlan(settings);
  if (!known.ok) return absent(known.error.message);
  return planMemory({settings, card, gpuCount: gpus.length});
}
