import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import type {GpuProcessSample, GpuSample} from '../../samples/gpu.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {gibText} from '../../shared/quantities/bytes.ts';
import {BYTES_PER_GIB} from '../../shared/units.ts';

/** Current use of a GPU. */
export type CardUse = {
  readonly index: number;
  readonly usedBytes: number;
  readonly freeBytes: number;
  /** `pid 4242 python3`. */
  readonly processes: readonly string[];
};

/** A GPU with less memory in use is idle: the driver and a display use some. */
const IDLE_BYTES = BYTES_PER_GIB;
const MOST_PROCESSES = 3;

/** The GPUs that are not idle. */
export function cardUses(gpus: readonly GpuSample[], processes: readonly GpuProcessSample[]): CardUse[] {
  return gpus.flatMap(({index, uuid, memoryUsedBytes, memoryTotalBytes, memoryFreeBytes}) => {
    if (isAbsent(memoryUsedBytes) || isAbsent(memoryTotalBytes) || memoryUsedBytes < IDLE_BYTES) return [];
    const own = processes.filter(({gpuUuid}) => isPresent(gpuUuid) && gpuUuid === uuid);
    return [
      {
        index,
        usedBytes: memoryUsedBytes,
        freeBytes: isPresent(memoryFreeBytes) ? memoryFreeBytes : memoryTotalBytes - memoryUsedBytes,
        processes: own.map(({pid, name}) => `pid ${pid}${isPresent(name) ? ` ${name}` : ''}`),
      },
    ];
  });
}

/** Current GPU use as seen by a start of this plan; empty if they are idle. */
export function cardUseFindings({perGpu, node}: MemoryPlan, uses: readonly CardUse[]): Finding[] {
  const used = uses.filter(({index}) => index < node.usedGpuCount);
  const [fullest] = used.toSorted((a, b) => a.freeBytes - b.freeBytes);
  if (fullest === undefined) return [];
  const isInTheWay = fullest.freeBytes < perGpu.budgetBytes;
  const all = [...new Set(used.flatMap(({processes}) => processes))];
  const names = all.slice(0, MOST_PROCESSES).join(', ');
  const others = all.length > MOST_PROCESSES ? ` and ${all.length - MOST_PROCESSES} more` : '';
  const share = `GPU ${fullest.index} has ${gibText(fullest.freeBytes)} free, this launch needs ${gibText(perGpu.budgetBytes)}`;
  return [
    {
      code: 'memory.cards-in-use',
      severity: isInTheWay ? 'warning' : 'info',
      message: `${used.length} of ${node.usedGpuCount} GPUs are in use, up to ${gibText(Math.max(...used.map(({usedBytes}) => usedBytes)))}; ${share}.`,
      evidence: names === '' ? null : `${names}${others}`,
      remedy: isInTheWay
        ? 'Stop the other programs on the GPUs before the start; see gantry gpus.'
        : 'No action is needed unless the use increases.',
      settingsChange: null,
    },
  ];
}
