import type {Reading} from './reading.ts';
import type {Stamp} from './stamp.ts';

/** One MIG slice of a card. */
export type MigInstanceSample = {
  readonly gpuInstanceId: Reading<number>;
  readonly computeInstanceId: Reading<number>;
  readonly memoryTotalBytes: Reading<number>;
  readonly memoryUsedBytes: Reading<number>;
  readonly memoryFreeBytes: Reading<number>;
};

/** A process that holds memory on a card, as the driver reports it. */
export type GpuProcessSample = {
  readonly pid: number;
  /** Path or process title; absent when the driver prints `[Not Found]`. */
  readonly name: Reading<string>;
  readonly usedBytes: Reading<number>;
  readonly gpuUuid: Reading<string>;
};

/** One card as nvidia-smi saw it. Memory is bytes (converted from MiB by the parser); free is read, never computed. */
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
  readonly performanceState: Reading<string>;
  readonly persistenceMode: Reading<string>;
  readonly migMode: Reading<string>;
  readonly eccUncorrectedVolatileCount: Reading<number>;
  readonly clockEventReasons: Reading<readonly string[]>;
  readonly fabricState: Reading<string>;
  readonly recoveryAction: Reading<string>;
  readonly remappedRowsPending: Reading<boolean>;
  readonly remappedRowsFailure: Reading<boolean>;
  /** The driver's own fault words (`GPU is lost`, `GPU requires reset`, `Unknown Error`), null for a healthy card. */
  readonly fault: string | null;
  readonly migInstances: readonly MigInstanceSample[];
};

/** All cards of one tick: every card the driver counts, or a named gap for each one missing. */
export type GpuFrame = {
  readonly stamp: Stamp;
  readonly gpus: readonly GpuSample[];
  /** Cards the driver counted, when it said so. */
  readonly expectedCount: Reading<number>;
  /** Indexes that were expected in this frame and did not come. */
  readonly missingIndexes: readonly number[];
};

/** What is static about the cards of a host. */
export type GpuInventory = {
  readonly stamp: Stamp;
  readonly driverVersion: Reading<string>;
  readonly cudaVersion: Reading<string>;
  readonly gpus: readonly GpuSample[];
  readonly processes: readonly GpuProcessSample[];
};
