import {z} from 'zod';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import {isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import type {Stamp} from '../../samples/stamp.ts';

/**
 * The counter that increases while the engine works: its best one, otherwise tokens counted during generation.
 * Counters that increase only when a request ends do not show progress of a long one.
 */
export function progressCounter({progressTotal, liveGenerationTokensTotal}: EngineMetricsSample): Reading<number> {
  return isPresent(progressTotal) ? progressTotal : liveGenerationTokensTotal;
}

/** Of a longer gap between two samples only this much was watched: this process, or the whole host, did not run. */
const LONGEST_WATCHED_MS = 10_000;

/** How much of the time between two samples, oldest first, counts as watched. */
export function watchedMs(earlier: Stamp, later: Stamp): number {
  return Math.min(LONGEST_WATCHED_MS, Math.max(0, later.monotonicMs - earlier.monotonicMs));
}

/** How long there was no progress although requests are running. */
export type Stall = {readonly stalledMs: number; readonly runningRequests: number};

/**
 * How long in these samples, oldest first, requests were running without progress; null if the newest sample shows
 * progress, nothing is running, or the values are unknown. Limited by the age of the oldest sample; counts only time in
 * which samples were taken.
 */
export function stalledFor(samples: readonly EngineMetricsSample[]): Stall | null {
  const newest = samples.at(-1);
  if (newest === undefined || isAbsent(newest.runningRequests) || newest.runningRequests === 0) return null;
  const counter = progressCounter(newest);
  if (isAbsent(counter)) return null;
  const {runningRequests} = newest;
  const isStill = (sample: EngineMetricsSample): boolean =>
    progressCounter(sample) === counter && isPresent(sample.runningRequests) && sample.runningRequests > 0;
  const lastMoving = samples.findLastIndex((sample) => !isStill(sample));
  const still = samples.slice(lastMoving + 1);
  if (still.length === 0) return null;
  const gapsMs = still.slice(1).map(({stamp}, position) => watchedMs(still[position]?.stamp ?? stamp, stamp));
  return {stalledMs: gapsMs.reduce((sum, gapMs) => sum + gapMs, 0), runningRequests};
}

/** Whether a running engine makes progress: its step counters decide, never /health. */
export const progressSchema = z.discriminatedUnion('state', [
  z.object({state: z.literal('working')}),
  /** No request is running. */
  z.object({state: z.literal('idle')}),
  /** Requests are running without a step for this long. */
  z.object({state: z.literal('stalled'), stalledMs: z.number(), runningRequests: z.number()}),
  z.object({state: z.literal('unknown'), reason: z.string()}),
]);
export type Progress = z.infer<typeof progressSchema>;

/** Whether the engine makes progress, from the samples, oldest first. */
export function progressOf(samples: readonly EngineMetricsSample[]): Progress {
  const newest = samples.at(-1);
  if (newest === undefined) return {state: 'unknown', reason: 'no metrics read yet'};
  const counter = progressCounter(newest);
  if (isAbsent(counter)) return {state: 'unknown', reason: counter.absent};
  if (isAbsent(newest.runningRequests)) return {state: 'unknown', reason: newest.runningRequests.absent};
  if (newest.runningRequests === 0) return {state: 'idle'};
  if (samples.length < 2) return {state: 'unknown', reason: 'progress needs two samples'};
  const stall = stalledFor(samples);
  return stall === null || stall.stalledMs < SHORT_PAUSE_MS ? {state: 'working'} : {state: 'stalled', ...stall};
}

/** Two scrapes with the same number are not yet a stall: a step of a long prefill takes seconds. */
const SHORT_PAUSE_MS = 5_000;
