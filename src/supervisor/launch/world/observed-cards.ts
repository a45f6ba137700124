import type {GpuInventory, GpuSample} from '../../../samples/gpu.ts';
import {absent} from '../../../samples/reading.ts';
import {secondsText} from '../../../shared/quantities/durations.ts';
import type {Clock} from '../../loop/clock.ts';
import type {Observations} from '../../snapshot/observations.ts';
import type {CardReading} from './judgement-world.ts';

/** On a host without persistence mode the first nvidia-smi wakes every card, which takes seconds each. */
const PATIENCE_MS = 30_000;
/** The inventory says more than a frame, and comes a moment later or not at all. */
const INVENTORY_PATIENCE_MS = 5_000;
const POLL_MS = 50;
/** An inventory this old says how large the cards are, and no longer what is on them. */
const INVENTORY_HOLDS_MS = 10_000;

type SeenCards = Pick<Observations, 'gpuFrame' | 'gpuInventory' | 'gpuProcesses' | 'gpuFindings' | 'gpuTrouble'>;

/**
 * The cards as the supervisor's source sees them: no further nvidia-smi is run. Where they have not been read yet, or no
 * longer are, they are waited for, to a bound.
 */
export async function awaitCards(
  see: () => SeenCards,
  {monotonicMs, pause}: Pick<Clock, 'monotonicMs'> & {readonly pause: (durationMs: number) => Promise<void>},
  patienceMs: number = PATIENCE_MS,
): Promise<CardReading> {
  const sinceMs = monotonicMs();
  for (;;) {
    const seen = see();
    const waitedMs = monotonicMs() - sinceMs;
    const inventory = seenInventory(seen, monotonicMs());
    const isComing = seen.gpuInventory === null && waitedMs < Math.min(INVENTORY_PATIENCE_MS, patienceMs);
    if (inventory !== null && !isComing) return {inventory, findings: seen.gpuFindings, unread: null};
    if (inventory === null && seen.gpuFindings.some(({severity}) => severity === 'critical')) {
      return {inventory: null, findings: seen.gpuFindings, unread: null};
    }
    if (waitedMs >= patienceMs) {
      const unread = seen.gpuTrouble?.detail ?? `nvidia-smi has shown none within ${secondsText(patienceMs)}`;
      return {inventory: null, findings: seen.gpuFindings, unread};
    }
    await pause(POLL_MS);
  }
}

/** The cards with the newest use of their memory; null where what is known is not of now. */
function seenInventory(seen: SeenCards, monotonicMs: number): GpuInventory | null {
  const {gpuFrame, gpuInventory, gpuProcesses, gpuTrouble} = seen;
  const frame = gpuTrouble === null ? gpuFrame : null;
  if (frame === null) {
    const isOld = gpuInventory !== null && monotonicMs - gpuInventory.stamp.monotonicMs > INVENTORY_HOLDS_MS;
    return isOld ? null : gpuInventory;
  }
  const known = gpuInventory?.gpus ?? [];
  return {
    stamp: frame.stamp,
    driverVersion: gpuInventory?.driverVersion ?? absent('not read yet'),
    cudaVersion: gpuInventory?.cudaVersion ?? absent('not read yet'),
    gpus: frame.gpus.map((gpu) => withSize(gpu, known)),
    processes: gpuProcesses?.processes ?? gpuInventory?.processes ?? [],
  };
}

/** What is fixed of a card is as the inventory has it, which older drivers tell more of. */
function withSize(gpu: GpuSample, known: readonly GpuSample[]): GpuSample {
  const fixed = known.find(({index}) => index === gpu.index);
  if (fixed === undefined) return gpu;
  const {name, uuid, memoryTotalBytes, memoryReservedBytes} = fixed;
  return {...gpu, name, uuid, memoryTotalBytes, memoryReservedBytes};
}
