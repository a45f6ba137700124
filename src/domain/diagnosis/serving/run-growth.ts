import type {MemoryPlan} from '../../memory/plan/memory-plan.ts';
import type {MemoryPoint, MemoryTrack} from './memory-track.ts';

/** The first settled point of each GPU in this run. */
export type MemoryBaselines = ReadonlyMap<number, MemoryPoint>;

/** How much more memory of one GPU the engine used at the end than after its start, without other programs. */
export type GrownGpu = {
  readonly index: number;
  /** Unknown where the driver does not list processes: then both amounts are everything in use. */
  readonly grower: 'engine' | 'unknown';
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

/** The baselines with the first point of each GPU that has none; one is final once another follows it. */
export function withBaselines(baselines: MemoryBaselines, track: MemoryTrack): MemoryBaselines {
  const next = new Map(baselines);
  for (const [index, [first, second]] of track) {
    if (first !== undefined && second !== undefined && !next.has(index)) next.set(index, first);
  }
  return next.size === baselines.size ? baselines : next;
}

/** What a plan has for each GPU, bytes. */
type PlannedUse = Pick<MemoryPlan['perGpu'], 'totalBytes' | 'outsideBytes' | 'reserveBytes'>;

const noPlannedUse: PlannedUse = {totalBytes: 0, outsideBytes: 0, reserveBytes: 0};

type MemoryOfRun = {readonly baselines: MemoryBaselines; readonly track: MemoryTrack};

/** An engine that crashes frees its memory seconds before its end is noticed: the most of this time counts. */
const END_MS = 60_000;

/** GPUs on which the engine uses more than at their baseline, the largest growth first. */
export function runGrowthOf({baselines, track}: MemoryOfRun): readonly GrownGpu[] {
  return [...track]
    .flatMap(([index, points]) => {
      const first = baselines.get(index);
      return first === undefined ? [] : growthOf(index, first, pointsAtEnd(points));
    })
    .filter((gpu) => grownBytes(gpu) > 0)
    .toSorted((a, b) => grownBytes(b) - grownBytes(a));
}

function pointsAtEnd(points: readonly MemoryPoint[]): readonly MemoryPoint[] {
  const endMs = points.at(-1)?.atMs ?? 0;
  return points.filter(({atMs}) => endMs - atMs <= END_MS);
}

/** From the first point to the one with most at the end. Memory of other programs counts in all points or in none. */
function growthOf(index: number, first: MemoryPoint, atEnd: readonly MemoryPoint[]): readonly GrownGpu[] {
  const isKnown = [first, ...atEnd].every(({othersBytes}) => othersBytes !== null);
  const bytesAt = ({usedBytes, othersBytes}: MemoryPoint): number =>
    Math.max(0, usedBytes - (isKnown ? (othersBytes ?? 0) : 0));
  const [last] = atEnd.toSorted((a, b) => bytesAt(b) - bytesAt(a));
  if (last === undefined) return [];
  const grower = isKnown ? 'engine' : 'unknown';
  return [{index, grower, fromBytes: bytesAt(first), toBytes: bytesAt(last), spanMs: last.atMs - first.atMs}];
}

function grownBytes({fromBytes, toBytes}: GrownGpu): number {
  return toBytes - fromBytes;
}

/**
 * Those that grew by `leastBytes` or more, beyond what the plan reserves for use as needed, as far as it was unused at the
 * start. Without a plan nothing is reserved.
 */
export function largeGrowth(
  gpus: readonly GrownGpu[],
  leastBytes: number,
  plan: {readonly perGpu: PlannedUse} | null,
): readonly GrownGpu[] {
  const {totalBytes, outsideBytes, reserveBytes} = plan?.perGpu ?? noPlannedUse;
  const mostBytes = totalBytes + outsideBytes + reserveBytes;
  return gpus.filter((gpu) => {
    const unusedBytes = Math.min(reserveBytes, Math.max(0, mostBytes - gpu.fromBytes));
    return grownBytes(gpu) - unusedBytes >= leastBytes;
  });
}
