import type {GpuFrame, GpuInventory, GpuSample} from '../../../samples/gpu.ts';
import {absent} from '../../../samples/reading.ts';
import {secondsText} from '../../../shared/quantities/durations.ts';
import {createAwakeTime} from '../../../sources/host/awake-time.ts';
import type {Clock} from '../../loop/clock.ts';
import type {Observations} from '../../snapshot/observations.ts';
import type {CardReading} from './judgement-world.ts';

/** Without persistence mode the first nvidia-smi initializes every GPU, which takes seconds each. */
const PATIENCE_MS = 30_000;
/** The inventory has more data than a frame, and arrives a moment later or never. */
const INVENTORY_PATIENCE_MS = 5_000;
const POLL_MS = 50;
/** The memory use in an older inventory is out of date. */
const INVENTORY_HOLDS_MS = 10_000;

type SeenCards = Pick<Observations, 'gpuFrame' | 'gpuInventory' | 'gpuProcesses' | 'gpuFindings' | 'gpuTrouble'>;

/**
 * The GPUs as last seen by the supervisor's source: nvidia-smi is not run again. Waits, with a limit, while there is no
 * reading yet or only an old one.
 */
export async function awaitCards(
  see: () => SeenCards,
  {monotonicMs, pause}: Pick<Clock, 'monotonicMs'> & {readonly pause: (durationMs: number) => Promise<void>},
  patienceMs: number = PATIENCE_MS,
): Promise<CardReading> {
  // Only time in which this process ran counts as waiting.
  const awakeMs = createAwakeTime(monotonicMs);
  const sinceMs = awakeMs();
  for (;;) {
    const waitedMs = awakeMs() - sinceMs;
    const seen = see();
    const inventory = seenInventory(seen, monotonicMs());
    const isComing = seen.gpuInventory === null && waitedMs < Math.min(INVENTORY_PATIENCE_MS, patienceMs);
    if (inventory !== null && !isComing) return {inventory, findings: seen.gpuFindings, unread: null};
    if (inventory === null && seen.gpuFindings.some(({severity}) => severity === 'critical')) {
      return {inventory: null, findings: seen.gpuFindings, unread: null};
    }
    if (waitedMs >= patienceMs) {
      const unread = seen.gpuTrouble?.detail ?? `nvidia-smi reported none within ${secondsText(patienceMs)}`;
      return {inventory: null, findings: seen.gpuFindings, unread};
    }
    await pause(POLL_MS);
  }
}

/** The GPUs with their newest memory use; null if there is no recent reading. */
function seenInventory(seen: SeenCards, monotonicMs: number): GpuInventory | null {
  const {gpuInventory, gpuProcesses} = seen;
  const frame = presentFrame(seen);
  if (frame === null) {
    const isOld = gpuInventory !== null && monotonicMs - gpuInventory.stamp.monotonicMs > INVENTORY_HOLDS_MS;
    return isOld ? null : gpuInventory;
  }
  return {
    stamp: frame.stamp,
    driverVersion: gpuInventory?.driverVersion ?? absent('not read yet'),
    cudaVersion: gpuInventory?.cudaVersion ?? absent('not read yet'),
    gpus: seenGpus(seen),
    processes: gpuProcesses?.processes ?? gpuInventory?.processes ?? [],
  };
}

/**
 * The GPUs of a plan, in snapshots as in judgements: those of the newest frame, with the fixed values of the inventory,
 * which is read once a minute. Of the inventory while frames do not come.
 */
export function seenGpus(seen: Pick<SeenCards, 'gpuFrame' | 'gpuInventory' | 'gpuTrouble'>): readonly GpuSample[] {
  const known = seen.gpuInventory?.gpus ?? [];
  return presentFrame(seen)?.gpus.map((gpu) => withSize(gpu, known)) ?? known;
}

function presentFrame({gpuFrame, gpuTrouble}: Pick<SeenCards, 'gpuFrame' | 'gpuTrouble'>): GpuFrame | null {
  return gpuTrouble === null ? gpuFrame : null;
}

/** Fixed values come from the inventory: older drivers report more there. */
function withSize(gpu: GpuSample, known: readonly GpuSample[]): GpuSample {
  const fixed = known.find(({index}) => index === gpu.index);
  if (fixed === undefined) return gpu;
  const {name, uuid, memoryTotalBytes, memoryReservedBytes} = fixed;
  return {...gpu, name, uuid, memoryTotalBytes, memoryReservedBytes};
}
