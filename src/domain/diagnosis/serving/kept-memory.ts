import {z} from 'zod';
import type {Stamp} from '../../../samples/stamp.ts';
import type {MemoryPoint} from './memory-track.ts';
import {type ServingConditions, unseenServing} from './serving-conditions.ts';

const pointSchema = z.object({atMs: z.number(), usedBytes: z.number(), othersBytes: z.number().nullable()}).readonly();

const differencesSchema = z.array(z.number().nullable());

/**
 * The points of one GPU's track, each but the first as the difference to the one before. It is stored every minute, for up
 * to 64 GPUs: most differences are 0 or a few digits, where bytes and times have a dozen.
 */
const keptPointsSchema = z.object({
  index: z.number(),
  atMs: differencesSchema,
  usedBytes: differencesSchema,
  /** Null where unknown. */
  othersBytes: differencesSchema,
});
type KeptPoints = z.infer<typeof keptPointsSchema>;

/** What a run's memory conditions remember, as it is stored: the next supervisor continues from it. Times are epoch ms. */
export const keptMemorySchema = z.object({
  atMs: z.number(),
  isRaised: z.boolean(),
  sinceMs: z.number().nullable(),
  confirmedMs: z.number(),
  /** Of a form that this version cannot read, no track: a new one takes one window. */
  track: z.array(keptPointsSchema).catch([]),
  baselines: z.array(z.tuple([z.number(), pointSchema])),
  growing: z.array(
    z
      .object({
        index: z.number(),
        bytesPerHour: z.number(),
        usedBytes: z.number(),
        grower: z.enum(['engine', 'other-programs', 'unknown']),
        spanMs: z.number(),
      })
      .readonly(),
  ),
});
export type KeptMemory = z.infer<typeof keptMemorySchema>;

type Memory = ServingConditions['memory'];

/** The memory conditions to be stored at `now`. */
export function keepMemory({condition, track, baselines, growing}: Memory, now: Stamp): KeptMemory {
  const wallMs = (monotonicMs: number): number => Math.round(monotonicMs - now.monotonicMs + now.sampledAtMs);
  return {
    atMs: now.sampledAtMs,
    isRaised: condition.isRaised,
    sinceMs: condition.sinceMs === null ? null : wallMs(condition.sinceMs),
    confirmedMs: condition.confirmedMs,
    track: [...track].map(([index, points]) => keepPoints(index, points, wallMs)),
    baselines: [...baselines].map(([index, point]) => [index, {...point, atMs: wallMs(point.atMs)}]),
    growing: [...growing],
  };
}

/**
 * The conditions that were stored, by the monotonic clock of `now`. What is older than the window says nothing of the
 * present any more; the baselines hold for the whole run. Points from the future are of a clock that was set back.
 */
export function recallMemory(kept: KeptMemory, now: Stamp, windowMs: number): Memory {
  const monotonicMs = (wallMs: number): number => wallMs - now.sampledAtMs + now.monotonicMs;
  const baselines = new Map(
    kept.baselines
      .filter(([, {atMs}]) => atMs <= now.sampledAtMs)
      .map(([index, point]) => [index, {...point, atMs: monotonicMs(point.atMs)}]),
  );
  const ageMs = now.sampledAtMs - kept.atMs;
  if (ageMs < 0 || ageMs > windowMs) return {...unseenServing.memory, baselines};
  const {isRaised, sinceMs, confirmedMs, track, growing} = kept;
  return {
    ...unseenServing.memory,
    condition: {isRaised, sinceMs: sinceMs === null ? null : monotonicMs(sinceMs), confirmedMs, last: null},
    track: new Map(track.map((points) => [points.index, recallPoints(points, monotonicMs)])),
    baselines,
    growing,
  };
}

function keepPoints(index: number, points: readonly MemoryPoint[], wallMs: (ms: number) => number): KeptPoints {
  return {
    index,
    atMs: differences(points.map(({atMs}) => wallMs(atMs))),
    usedBytes: differences(points.map(({usedBytes}) => usedBytes)),
    othersBytes: differences(points.map(({othersBytes}) => othersBytes)),
  };
}

function recallPoints(kept: KeptPoints, monotonicMs: (ms: number) => number): readonly MemoryPoint[] {
  const [times, used, others] = [sums(kept.atMs), sums(kept.usedBytes), sums(kept.othersBytes)];
  return times.flatMap((atMs, at) => {
    const usedBytes = used[at] ?? null;
    if (atMs === null || usedBytes === null) return [];
    return [{atMs: monotonicMs(atMs), usedBytes, othersBytes: others[at] ?? null}];
  });
}

/** Each known value as its difference to the last known one before it, the first to 0. */
function differences(values: readonly (number | null)[]): (number | null)[] {
  let last = 0;
  return values.map((value) => {
    if (value === null) return null;
    const difference = value - last;
    last = value;
    return difference;
  });
}

/** The values of `differences`. */
function sums(kept: readonly (number | null)[]): (number | null)[] {
  let last = 0;
  return kept.map((difference) => {
    if (difference === null) return null;
    last += difference;
    return last;
  });
}
