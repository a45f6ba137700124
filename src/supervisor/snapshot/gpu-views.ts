import type {DriverMessageView, GpuView} from '../../api/snapshot.ts';
import type {FindingThresholds} from '../../domain/diagnosis/conditions/finding-thresholds.ts';
import {type DriverMessage, messagesOf} from '../../domain/diagnosis/kernel/driver-messages.ts';
import type {EngineState} from '../../domain/lifecycle/phases.ts';
import {unexplainedBytesOf} from '../../domain/memory/plan/beyond-plan.ts';
import type {MemoryPlan} from '../../domain/memory/plan/memory-plan.ts';
import {NOT_SERVING} from '../../domain/traffic/unmeasured.ts';
import type {GpuProcessSample, GpuSample} from '../../samples/gpu.ts';
import {absent, isAbsent, mapReading, type Reading} from '../../samples/reading.ts';
import {engineGpuIndexes} from './engine-gpus.ts';
import {foreignBytes} from './foreign-processes.ts';
import type {Observations} from './observations.ts';

/** The driver's list has ids of the host, or nothing, in a container with process ids of its own. */
const PROCESSES_HIDDEN =
  'not visible in a container with its own process ids: run Gantry on the host, or the container with --pid=host';

/** Lifecycle data for the GPU views. */
export type GpuContext = {
  readonly engineState: EngineState;
  /** Processes of the managed engine's session. */
  readonly ownPids: ReadonlySet<number>;
  readonly plan: Reading<MemoryPlan>;
  readonly thresholds: Pick<FindingThresholds, 'memoryBeyondPlan'>;
};

/** One view per GPU, in index order; a GPU that the driver counts but does not report is included as a fault. */
export function gpuViews(seen: Observations, context: GpuContext): GpuView[] {
  const samples = seen.gpuFrame?.gpus ?? seen.gpuInventory?.gpus ?? [];
  const used = isAbsent(context.plan) ? new Set<number>() : engineGpuIndexes(seen, context.plan);
  const viewOf = (sample: GpuSample): GpuView => gpuView(sample, seen, context, used);
  const views = samples.map(viewOf);
  for (const index of seen.gpuFrame?.missingIndexes ?? []) {
    const known = seen.gpuInventory?.gpus.find((gpu) => gpu.index === index);
    views.push(viewOf(missingGpu(index, known)));
  }
  return views.sort((a, b) => a.index - b.index);
}

function gpuView(sample: GpuSample, seen: Observations, context: GpuContext, used: ReadonlySet<number>): GpuView {
  const slow = inventoryOf(sample, seen);
  const processes = processesOf(sample, seen, context);
  return {
    ...sample,
    name: isAbsent(sample.name) ? (slow?.name ?? sample.name) : sample.name,
    memoryReservedBytes: isAbsent(sample.memoryReservedBytes)
      ? (slow?.memoryReservedBytes ?? sample.memoryReservedBytes)
      : sample.memoryReservedBytes,
    clockEventReasons: mapReading(sample.clockEventReasons, (reasons) => [...reasons]),
    migInstances: (sample.migInstances.length > 0 ? sample.migInstances : (slow?.migInstances ?? [])).map(
      (instance) => ({...instance}),
    ),
    clockLimits: slow?.clockLimits,
    pcieLink: slow?.pcieLink,
    nvlinks: slow?.nvlinks,
    driverMessages: mapReading(seen.driverLog, (log) => messagesOf(log, sample).map(messageView)),
    processes,
    budget:
      used.has(sample.index) || isAbsent(context.plan)
        ? budgetOf(sample, context, foreignBytes({processes}))
        : absent('not used by the engine'),
  };
}

function messageView({atMs, fault, text, count}: DriverMessage): DriverMessageView {
  return {atMs, xid: fault?.xid ?? null, meaning: fault?.meaning ?? null, kind: fault?.kind ?? null, text, count};
}

/** The slow query's data for the same GPU: by uuid, or by index if the driver gave none. */
function inventoryOf(sample: GpuSample, seen: Observations): GpuSample | undefined {
  const {uuid} = sample;
  const gpus = seen.gpuInventory?.gpus ?? [];
  if (isAbsent(uuid)) return gpus.find((gpu) => gpu.index === sample.index);
  return gpus.find((gpu) => gpu.uuid === uuid);
}

function processesOf(sample: GpuSample, seen: Observations, context: GpuContext): GpuView['processes'] {
  if (seen.gpuProcesses === null) return absent('GPU processes not read yet');
  if (seen.gpuProcesses.isHidden === true) return absent(PROCESSES_HIDDEN);
  return seen.gpuProcesses.processes
    .filter((process) => process.gpuUuid === sample.uuid)
    .map((process: GpuProcessSample) => ({
      pid: process.pid,
      name: process.name,
      usedBytes: process.usedBytes,
      isOwn: context.ownPids.has(process.pid),
      owner: process.owner,
    }));
}

/** Memory used by other processes does not count against the plan. */
function budgetOf(
  sample: GpuSample,
  {plan, engineState, thresholds}: GpuContext,
  othersBytes: number,
): GpuView['budget'] {
  if (isAbsent(plan)) return plan;
  const {weightsBytes, kvCachePoolBytes, overheadBytes, totalBytes, budgetBytes, outsideBytes, reserveBytes} =
    plan.perGpu;
  const isServing = engineState === 'ready' || engineState === 'degraded';
  return {
    weightsBytes,
    kvCachePoolBytes,
    overheadBytes,
    totalBytes,
    budgetBytes,
    outsideBytes,
    reserveBytes,
    toleratedBytes: thresholds.memoryBeyondPlan.bytes,
    othersBytes,
    // Before the engine is ready the difference would only show the loading progress.
    unexplainedBytes: isServing
      ? mapReading(sample.memoryUsedBytes, (usedBytes) => unexplainedBytesOf(usedBytes, othersBytes, plan.perGpu))
      : absent(NOT_SERVING),
  };
}

function missingGpu(index: number, known: GpuSample | undefined): GpuSample {
  const gone = absent('not reported by nvidia-smi');
  return {
    index,
    uuid: known?.uuid ?? gone,
    pciBusId: known?.pciBusId ?? gone,
    name: known?.name ?? gone,
    memoryTotalBytes: known?.memoryTotalBytes ?? gone,
    memoryUsedBytes: gone,
    memoryFreeBytes: gone,
    memoryReservedBytes: gone,
    utilizationRatio: gone,
    memoryUtilizationRatio: gone,
    temperatureCelsius: gone,
    memoryTemperatureCelsius: gone,
    powerDrawWatts: gone,
    powerLimitWatts: gone,
    smClockMhz: gone,
    memoryClockMhz: gone,
    performanceState: gone,
    persistenceMode: gone,
    migMode: gone,
    eccUncorrectedVolatileCount: gone,
    clockEventReasons: gone,
    fabricState: gone,
    recoveryAction: gone,
    remappedRowsPending: gone,
    remappedRowsFailure: gone,
    fault: 'not reported by nvidia-smi',
    migInstances: [],
  };
}
