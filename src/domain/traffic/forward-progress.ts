import {z} from 'zod';
import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import {isAbsent, isPresent, type Reading} from '../../samples/reading.ts';

/**
 * The counter that moves while the engine is alive: its own best one, else tokens that are counted as they come.
 * Counters that move only when a request ends say nothing of a long one.
 */
export function progressCounter({progressTotal, liveGenerationTokensTotal}: EngineMetricsSample): Reading<number> {
  return isPresent(progressTotal) ? progressTotal : liveGenerationTokensTotal;
}

/** How long nothing has moved although requests run. */
export type Stall = {readonly stalledMs: number; readonly runningRequests: number};

/**
 * For how long of these samples, oldest first, requests have been running and nothing moved; null where something moved
 * with the newest, nothing runs, or nothing is known. At most as long as the samples reach back.
 */
export function stalledFor(samples: readonly EngineMetricsSample[]): Stall | null {
  const newest = samples.at(-1);
  if (newest === undefined || isAbsent(newest.runningRequests) || newest.runningRequests === 0) return null;
  const counter = progressCounter(newest);
  if (isAbsent(counter)) return null;
  const {runningRequests, stamp} = newest;
  const isStill = (sample: EngineMetricsSample): boolean =>
    progressCounter(sample) === counter && isPresent(sample.runningRequests) && sample.runningRequests > 0;
  const lastMoving = samples.findLastIndex((sample) => !isStill(sample));
  const first = samples[lastMoving + 1];
  return first === undefined ? null : {stalledMs: stamp.monotonicMs - first.stamp.monotonicMs, runningRequests};
}

/** Whether an engine that has a process does work: the counters of its steps decide, never /health. */
export const progressSchema = z.discriminatedUnion('state', [
  z.object({state: z.literal('working')}),
  /** No request is running. */
  z.object({state: z.literal('idle')}),
  /** Requests are running and no step was made for so long. */
  z.object({state: z.literal('stalled'), stalledMs: z.number(), runningRequests: z.number()}),
  z.object({state: z.literal('unknown'), reason: z.string()}),
]);
export type Progress = z.infer<typeof progressSchema>;

/** What the samples, oldest first, say of whether the engine does work. */
export function progressOf(samples: readonly EngineMetricsSample[]): Progress {
  const newest = samples.at(-1);
  if (newest === undefined) return {state: 'unknown', reason: 'no metrics were read yet'};
  const counter = progressCounter(newest);
  if (isAbsent(counter)) return {state: 'unknown', reason: counter.absent};
  if (isAbsent(newest.runningRequests)) return {state: 'unknown', reason: newest.runningRequests.absent};
  if (newest.runningRequests === 0) return {state: 'idle'};
  if (samples.length < 2) return {state: 'unknown', reason: 'progress needs two samples'};
  const stall = stalledFor(samples);
  return stall === null || stall.stalledMs < SHORT_PAUSE_MS ? {state: 'working'} : {state: 'stalled', ...stall};
}

/** Two scrapes that saw the same number say nothing yet: a step of a long prefill takes seconds. */
const SHORT_PAUSE_MS = 5_000;
