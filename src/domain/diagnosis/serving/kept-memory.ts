import {z} from 'zod';
import type {Stamp} from '../../../samples/stamp.ts';
import {type ServingConditions, unseenServing} from './serving-conditions.ts';

const pointSchema = z.object({atMs: z.number(), usedBytes: z.number(), othersBytes: z.number().nullable()}).readonly();

/** What a run's memory conditions remember, as it is stored: the next supervisor continues from it. Times are epoch ms. */
export const keptMemorySchema = z.object({
  atMs: z.number(),
  isRaised: z.boolean(),
  sinceMs: z.number().nullable(),
  confirmedMs: z.number(),
  track: z.array(z.tuple([z.number(), z.array(pointSchema)])),
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
  const wallMs = (monotonicMs: number): number => monotonicMs - now.monotonicMs + now.sampledAtMs;
  return {
    atMs: now.sampledAtMs,
    isRaised: condition.isRaised,
    sinceMs: condition.sinceMs === null ? null : wallMs(condition.sinceMs),
    confirmedMs: condition.confirmedMs,
    track: [...track].map(([index, points]) => [index, points.map((point) => ({...point, atMs: wallMs(point.atMs)}))]),
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
    track: new Map(
      track.map(([index, points]) => [index, points.map((point) => ({...point, atMs: monotonicMs(point.atMs)}))]),
    ),
    baselines,
    growing,
  };
}
