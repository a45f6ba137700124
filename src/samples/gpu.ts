import type {ProcessOwner} from './process-owner.ts';
import type {Reading} from './reading.ts';
import type {Stamp} from './stamp.ts';

/** One MIG slice of a GPU. */
export type MigInstanceSample = {
  readonly gpuInstanceId: Reading<number>;
  readonly computeInstanceId: Reading<number>;
  readonly memoryTotalBytes: Reading<number>;
  readonly memoryUsedBytes: Reading<number>;
  readonly memoryFreeBytes: Reading<number>;
};

/** A process that uses GPU memory, as the driver reports it. */
export type GpuProcessSample = {
  readonly pid: number;
  /** Path or process title; absent when the driver prints `[Not Found]`. */
  readonly name: Reading<string>;
  readonly usedBytes: Reading<number>;
  readonly gpuUuid: Reading<string>;
  /** Read from /proc, where this host's processes are seen. */
  readonly owner?: Reading<ProcessOwner> | undefined;
};

/** The clocks that a GPU has at most. */
type ClockLimits = {readonly smMhz: Reading<number>; readonly memoryMhz: Reading<number>};

/** The PCI Express link of a GPU: its generation and lanes now, and at most with this host. */
type PcieLink = {
  readonly generation: Reading<number>;
  readonly maxGeneration: Reading<number>;
  readonly lanes: Reading<number>;
  readonly maxLanes: Reading<number>;
};

/** The NVLinks of a GPU, and how many of them work; no count where the driver says only that all are inactive. */
export type Nvlinks = {readonly count: number; readonly activeCount: number};

/** One GPU as nvidia-smi reported it. Memory is bytes (converted from MiB by the parser); free is read, never computed. */
export type GpuSample = {
  readonly index: number;
  readonly uuid: Reading<string>;
  readonly pciBusId: Reading<string>;
  readonly name: Reading<string>;
  readonly memoryTotalBytes: Reading<number>;
  readonly memoryUsedBytes: Reading<number>;
  readonly memoryFreeBytes: Reading<number>;
  readonly memoryReservedBytes: Reading<number>;
  readonly utilizationRatio: Reading<number>;
  readonly memoryUtilizationRatio: Reading<number>;
  readonly temperatureCelsius: Reading<number>;
  readonly memoryTemperatureCelsius: Reading<number>;
  readonly powerDrawWatts: Reading<number>;
  readonly powerLimitWatts: Reading<number>;
  readonly smClockMhz: Reading<number>;
  readonly memoryClockMhz?: Reading<number> | undefined;
  readonly performanceState: Reading<string>;
  readonly persistenceMode: Reading<string>;
  readonly migMode: Reading<string>;
  readonly eccUncorrectedVolatileCount: Reading<number>;
  readonly clockEventReasons: Reading<readonly string[]>;
  readonly fabricState: Reading<string>;
  readonly recoveryAction: Reading<string>;
  readonly remappedRowsPending: Reading<boolean>;
  readonly remappedRowsFailure: Reading<boolean>;
  /** The driver's fault text (`GPU is lost`, `GPU requires reset`, `Unknown Error`), null for a healthy GPU. */
  readonly fault: string | null;
  readonly migInstances: readonly MigInstanceSample[];
  /** What follows is in the slow query alone. */
  readonly clockLimits?: ClockLimits | undefined;
  readonly pcieLink?: PcieLink | undefined;
  readonly nvlinks?: Reading<Nvlinks> | undefined;
};

/** Clock event reasons of a GPU that is held back by heat or by its power supply; a power cap is normal under load. */
const throttleReasons: ReadonlySet<string> = new Set([
  'hardware slowdown',
  'software thermal slowdown',
  'hardware thermal slowdown',
  'power brake',
]);

/** True if one of the reasons is heat or the power supply: the GPU is slower than its power limit allows. */
export function isThrottled(clockEventReasons: readonly string[]): boolean {
  return clockEventReasons.some((reason) => throttleReasons.has(reason));
}

/** All GPUs of one tick: every GPU the driver counts, with an explicit gap for each missing one. */
export type GpuFrame = {
  readonly stamp: Stamp;
  readonly gpus: readonly GpuSample[];
  /** Number of GPUs according to the driver, if known. */
  readonly expectedCount: Reading<number>;
  /** Indexes expected in this frame but missing. */
  readonly missingIndexes: readonly number[];
};

/** Static data about the GPUs of a host. */
export type GpuInventory = {
  readonly stamp: Stamp;
  readonly driverVersion: Reading<string>;
  readonly cudaVersion: Reading<string>;
  readonly gpus: readonly GpuSample[];
  readonly processes: readonly GpuProcessSample[];
};

/** The processes on the GPUs; hidden where those of others cannot be seen, so that an empty list says nothing. */
export type GpuProcessList = {readonly processes: readonly GpuProcessSample[]; readonly isHidden?: boolean | undefined};
