import {BYTES_PER_GIB} from '../../../shared/units.ts';
import type {MemoryPoint, MemoryTrack} from './memory-track.ts';

/** The first settled point of each GPU in this run. */
export type MemoryBaselines = ReadonlyMap<number, MemoryPoint>;

/** How much more memory of one GPU the engine used at the end than after its start. */
export type GrownGpu = {
  readonly index: number;
  readonly fromBytes: number;
  readonly toBytes: number;
  /** Time between the two, ms. */
  readonly spanMs: number;
};

/** Growth of the engine's memory over a whole run that has ended. */
export type EndedGrowth = {
  /** Epoch ms. */
  readonly endedAtMs: number;
  /** The largest growth first. */
  readonly gpus: readonly GrownGpu[];
};

/** Less is no growth: an engine that serves allocates a little more with each new shape. */
const LEAST_GROWTH_BYTES = BYTES_PER_GIB;

/** The baselines with the first point of each GPU that has none; one is final once another follows it. */
export function withBaselines(baselines: MemoryBaselines, track: MemoryTrack): MemoryBaselines {
  const next = new Map(baselines);
  for (const [index, [first, second]] of track) {
    if (first !== undefined && second !== undefined && !next.has(index)) next.set(index, first);
  }
  return next.size === baselines.size ? baselines : next;
}

type MemoryOfRun = {readonly baselines: MemoryBaselines; readonly track: MemoryTrack};

/** An engine that crashes frees its memory seconds before its end is noticed: the most of this time counts. */
const END_MS = 60_000;

/** GPUs on which the engine uses clearly more than at their baseline, the largest growth first. */
export function runGrowthOf({baselines, track}: MemoryOfRun): readonly GrownGpu[] {
  return [...track]
    .flatMap(([index, points]) => {
      const first = baselines.get(index);
      const last = mostAtEnd(points);
      if (first === undefined || last === undefined || grownBytes(first, last) < LEAST_GROWTH_BYTES) return [];
      return [{index, fromBytes: first.usedBytes, toBytes: last.usedBytes, spanMs: last.atMs - first.atMs}];
    })
    .toSorted((a, b) => b.toBytes - b.fromBytes - (a.toBytes - a.fromBytes));
}

function mostAtEnd(points: readonly MemoryPoint[]): MemoryPoint | undefined {
  const endMs = points.at(-1)?.atMs ?? 0;
  return points.filter(({atMs}) => endMs - atMs <= END_MS).toSorted((a, b) => b.usedBytes - a.usedBytes)[0];
}

/** Memory of other programs is not the engine's; where the driver lists none, all of it counts. */
function grownBytes(first: MemoryPoint, last: MemoryPoint): number {
  const others = first.othersBytes === null || last.othersBytes === null ? 0 : last.othersBytes - first.othersBytes;
  return last.usedBytes - first.usedBytes - Math.max(0, others);
}
