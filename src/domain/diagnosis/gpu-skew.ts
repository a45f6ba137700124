import type {GpuSample} from '../../samples/gpu.ts';
import {isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import {ascending, medianOfOthers} from '../../shared/median.ts';
import {BYTES_PER_GIB} from '../../shared/units.ts';

/** What is compared between the GPUs of an engine. */
export type ComparedGpu = Pick<
  GpuSample,
  'index' | 'utilizationRatio' | 'powerDrawWatts' | 'smClockMhz' | 'memoryUsedBytes' | 'memoryTotalBytes'
> & {
  /** Of `memoryUsedBytes`, that of programs that are not part of the engine. */
  readonly othersBytes: number;
};

/** A value of one GPU that is far from what the others have. */
export type GpuSkew = {
  readonly index: number;
  readonly of: 'utilization' | 'power' | 'clock' | 'memory';
  readonly value: number;
  /** The median of the others. */
  readonly others: number;
};

/** Idle GPUs have any clock and any power: those are compared only while the others are busy. */
const BUSY_RATIO = 0.5;
/** Part of the time that a GPU is less busy than the others. */
const LESS_BUSY_RATIO = 0.25;
/** A clock below this part of the others' is no difference between two chips of one kind. */
const SLOW_CLOCK = 0.85;
/** Power differs more between chips: by their voltage and their place in the air flow. */
const LOW_POWER = 0.7;
const OTHER_MEMORY_BYTES = 2 * BYTES_PER_GIB;

/**
 * Where one GPU of an engine differs from the others, by GPU, in the order of the list. `isOneGroup`: all of them compute every
 * layer together (tensor parallelism), so that their parts of the memory are equal; stages, replicas and layers that are divided among
 * the GPUs have parts of different sizes.
 */
export function gpuSkew(gpus: readonly ComparedGpu[], isOneGroup: boolean): readonly GpuSkew[] {
  const busyOf = othersOf(gpus, utilization);
  const compared = (isOneGroup && isOfOneSize(gpus) ? [...pace, memory] : pace).map((measure) => ({
    ...measure,
    usualOf: othersOf(gpus, measure.read),
  }));
  return gpus.flatMap((gpu) => {
    const isBusy = (busyOf(gpu) ?? 0) >= BUSY_RATIO;
    return compared.flatMap(({of, read, differs, usualOf}): GpuSkew[] => {
      const value = read(gpu);
      const others = usualOf(gpu);
      if (isAbsent(value) || others === null || !differs(value, others, isBusy)) return [];
      return [{index: gpu.index, of, value, others}];
    });
  });
}

type Read = (gpu: ComparedGpu) => Reading<number>;
type Measure = {
  readonly of: GpuSkew['of'];
  readonly read: Read;
  /** `isBusy`: whether the others are. */
  readonly differs: (value: number, others: number, isBusy: boolean) => boolean;
};

const utilization: Read = (gpu) => gpu.utilizationRatio;

const pace: readonly Measure[] = [
  {
    of: 'clock',
    read: (gpu) => gpu.smClockMhz,
    differs: (value, others, isBusy) => isBusy && value < SLOW_CLOCK * others,
  },
  {
    of: 'utilization',
    read: utilization,
    differs: (value, others, isBusy) => isBusy && value <= others - LESS_BUSY_RATIO,
  },
  {
    of: 'power',
    read: (gpu) => gpu.powerDrawWatts,
    differs: (value, others, isBusy) => isBusy && value < LOW_POWER * others,
  },
];

const memory: Measure = {
  of: 'memory',
  read: ({memoryUsedBytes, othersBytes}) => mapReading(memoryUsedBytes, (bytes) => bytes - othersBytes),
  differs: (value, others) => Math.abs(value - others) > OTHER_MEMORY_BYTES,
};

/** What the others of a GPU have at the median; null where no value is known. The values are sorted once for all of them. */
function othersOf(gpus: readonly ComparedGpu[], read: Read): (gpu: ComparedGpu) => number | null {
  const sorted = ascending(gpus.map(read).filter(isPresent));
  return (gpu) => {
    const own = read(gpu);
    return medianOfOthers(sorted, isPresent(own) ? own : null);
  };
}

function isOfOneSize(gpus: readonly ComparedGpu[]): boolean {
  return new Set(gpus.map(({memoryTotalBytes}) => (isPresent(memoryTotalBytes) ? memoryTotalBytes : null))).size === 1;
}
