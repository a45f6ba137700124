import type {Finding} from '../../domain/diagnosis/finding.ts';
import {driverFindings} from '../../domain/diagnosis/kernel/driver-messages.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {gpusOf} from '../../domain/memory/usable-gpus.ts';
import type {GpuProcessSample, GpuSample} from '../../samples/gpu.ts';
import {isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import type {Observations} from './observations.ts';
import type {SupervisedMoment} from './serving-moment.ts';

/** The kernel counts from its start: its times are as exact as the uptime they are compared with. */
const KERNEL_TIME_ERROR_MS = 1_000;

type GpuProcesses = readonly GpuProcessSample[];
type Seen = Pick<Observations, 'gpuFrame' | 'gpuInventory' | 'engineGpus'>;

/**
 * Indexes of the GPUs on which the present run is, after one more second; null without a run or while they are unknown.
 *
 * The driver's list of processes decides if it has the engine on as many GPUs as planned. On fewer, the engine is
 * starting, has lost one, or does not use all of them. Then, and in a container, where the list is empty, they are the
 * GPUs that were usable at the start. CUDA numbers the GPUs once, when a process starts: a GPU that is lost later was
 * one of the engine's, and the engine does not move to another.
 */
export function engineGpusAfter(
  seen: Seen & Pick<Observations, 'gpuProcesses' | 'sessionPids' | 'serving'>,
  {lifecycle, plan}: Pick<SupervisedMoment, 'lifecycle' | 'plan'>,
): ReadonlySet<number> | null {
  if (lifecycle.run === null) return null;
  if (isAbsent(plan)) return seen.engineGpus;
  const {usedGpuCount} = plan.node;
  const listed = new Set(cardsOf(seen).flatMap((gpu) => (listedOn(gpu, seen).own.length > 0 ? [gpu.index] : [])));
  if (listed.size === usedGpuCount) return listed;
  if (seen.engineGpus !== null) return seen.engineGpus;
  // An adopted run: an earlier supervisor has recorded the memory of its GPUs.
  const recorded = new Set(seen.serving.memory.baselines.keys());
  if (recorded.size === usedGpuCount) return recorded;
  const planned = new Set(gpusOf(plan, cardsOf(seen)).map(({index}) => index));
  return planned.size === 0 ? null : planned;
}

type Listing = Pick<Observations, 'gpuProcesses' | 'sessionPids'>;

/** The processes that the driver lists on this GPU: those of the engine, and those of other programs. */
export function listedOn(
  {uuid}: GpuSample,
  {gpuProcesses, sessionPids}: Listing,
): Record<'own' | 'others', GpuProcesses> {
  const listed = isPresent(uuid) ? (gpuProcesses?.processes ?? []).filter(({gpuUuid}) => gpuUuid === uuid) : [];
  return {
    own: listed.filter(({pid}) => sessionPids.has(pid)),
    others: listed.filter(({pid}) => !sessionPids.has(pid)),
  };
}

/** Bytes that these processes hold, as far as they are known. */
export function knownBytes(processes: GpuProcesses): number {
  return processes.reduce((sum, {usedBytes}) => sum + (isPresent(usedBytes) ? usedBytes : 0), 0);
}

/**
 * Bytes that other programs held on a GPU of the engine before it was launched and while it starts, the most on any of
 * them, after one more second: an engine that measures the free memory when it loads takes them for its own need. A
 * program that comes or ends meanwhile is left out: whether the engine has seen it is unknown. Later changes are none of
 * that start. Null if it was adopted.
 */
export function otherProgramsAfter(
  seen: Seen & Listing & Pick<Observations, 'earlierProcesses' | 'otherProgramsBytes'>,
  {lifecycle, plan}: Pick<SupervisedMoment, 'lifecycle' | 'plan'>,
): number | null {
  const {earlierProcesses, otherProgramsBytes} = seen;
  if (lifecycle.state !== 'starting' || earlierProcesses === null) return otherProgramsBytes;
  const onCards = engineCards(seen, plan).map((gpu) => {
    const pids = new Set(listedOn(gpu, seen).others.map(({pid}) => pid));
    return knownBytes(earlierProcesses.filter(({pid, gpuUuid}) => pids.has(pid) && gpuUuid === gpu.uuid));
  });
  return Math.max(0, ...onCards);
}

/** Bytes in use on each GPU of the engine, without what the driver lists for other programs. */
export function engineUse(seen: Seen & Listing, plan: Reading<Pick<MemoryPlan, 'node'>>): readonly Reading<number>[] {
  return engineCards(seen, plan).map((gpu) => {
    const {memoryUsedBytes} = gpu;
    return isAbsent(memoryUsedBytes) ? memoryUsedBytes : memoryUsedBytes - knownBytes(listedOn(gpu, seen).others);
  });
}

/** Indexes of the GPUs of the running engine; without one, of the next start with this plan. */
export function engineGpuIndexes(seen: Seen, plan: Pick<MemoryPlan, 'node'>): ReadonlySet<number> {
  return seen.engineGpus ?? new Set(gpusOf(plan, cardsOf(seen)).map(({index}) => index));
}

/** The same GPUs as last read; all GPUs without a plan. A GPU that the driver does not report is not among them. */
export function engineCards(seen: Seen, plan: Reading<Pick<MemoryPlan, 'node'>>): readonly GpuSample[] {
  if (isAbsent(plan)) return cardsOf(seen);
  const indexes = engineGpuIndexes(seen, plan);
  return cardsOf(seen).filter(({index}) => indexes.has(index));
}

function cardsOf({gpuFrame, gpuInventory}: Pick<Observations, 'gpuFrame' | 'gpuInventory'>): readonly GpuSample[] {
  return gpuFrame?.gpus ?? gpuInventory?.gpus ?? [];
}

/**
 * What the driver wrote about GPUs, those of the last list that there is: while nvidia-smi hangs from the start there is none,
 * and every message counts. None before it has answered, or is known not to. Messages from before the engine's start, epoch ms, are
 * left out: it started after them, so they do not explain what happens later.
 */
export function driverLogFindings(
  seen: Pick<Observations, 'gpuFrame' | 'gpuInventory' | 'knownCards' | 'gpuTrouble' | 'driverLog'>,
  nowMs: number,
  startedAtMs: number | null,
): readonly Finding[] {
  const isUnknown = seen.gpuFrame === null && seen.gpuInventory === null && seen.gpuTrouble === null;
  if (isAbsent(seen.driverLog) || isUnknown) return [];
  const sinceMs = startedAtMs === null ? Number.NEGATIVE_INFINITY : startedAtMs - KERNEL_TIME_ERROR_MS;
  const messages = seen.driverLog.filter(({atMs}) => atMs >= sinceMs);
  return driverFindings(messages, cardsOf(seen), nowMs, seen.knownCards);
}
