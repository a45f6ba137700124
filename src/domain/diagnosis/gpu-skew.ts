import type {GpuSample} from '../../samples/gpu.ts';
import {isAbsent, isPresent, mapReading, type Reading} from '../../samples/reading.ts';
import {median} from '../../shared/median.ts';
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
  return gpus.flatMap((gpu) => {
    const others = gpus.filter((other) => other !== gpu);
    const busy = medianOf(others, (other) => other.utilizationRatio);
    const isBusy = busy !== null && busy >= BUSY_RATIO;
    const compare = (
      of: GpuSkew['of'],
      read: (one: ComparedGpu) => Reading<number>,
      differs: (value: number, usual: number) => boolean,
    ): GpuSkew[] => {
      const value = read(gpu);
      const usual = medianOf(others, read);
      if (isAbsent(value) || usual === null || !differs(value, usual)) return [];
      return [{index: gpu.index, of, value, others: usual}];
    };
    const isSlow = (least: number) => (value: number, usual: number) => isBusy && value < least * usual;
    return [
      ...compare('clock', (one) => one.smClockMhz, isSlow(SLOW_CLOCK)),
      ...compare(
        'utilization',
        (one) => one.utilizationRatio,
        (value, usual) => isBusy && value <= usual - LESS_BUSY_RATIO,
      ),
      ...compare('power', (one) => one.powerDrawWatts, isSlow(LOW_POWER)),
      ...(isOneGroup && isOfOneSize(gpus)
        ? compare(
            'memory',
            ({memoryUsedBytes, othersBytes}) => mapReading(memoryUsedBytes, (bytes) => bytes - othersBytes),
            (value, usual) => Math.abs(value - usual) > OTHER_MEMORY_BYTES,
          )
        : []),
    ];
  });
}

/** Null where no value is known. */
function medianOf(gpus: readonly ComparedGpu[], read: (gpu: ComparedGpu) => Reading<number>): number | null {
  return median(gpus.map(read).filter(isPresent));
}

function isOfOneSize(gpus: readonly ComparedGpu[]): boolean {
  return new Set(gpus.map(({memoryTotalBytes}) => (isPresent(memoryTotalBytes) ? memoryTotalBytes : null))).size === 1;
}
