import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import {absent, isAbsent, isPresent, type Reading} from '../../samples/reading.ts';

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

/**
 * What the counters of work say of whether the engine is alive, in words that stand beside those of /health: `idle`,
 * `working`, `no step for 34 s, 3 requests running`.
 */
export function progressWords(samples: readonly EngineMetricsSample[]): Reading<string> {
  const newest = samples.at(-1);
  if (newest === undefined) return absent('no metrics were read yet');
  const counter = progressCounter(newest);
  if (isAbsent(counter)) return counter;
  if (isAbsent(newest.runningRequests)) return newest.runningRequests;
  if (newest.runningRequests === 0) return 'idle';
  if (samples.length < 2) return absent('progress needs two samples');
  const stall = stalledFor(samples);
  if (stall === null || stall.stalledMs === 0) return 'working';
  const requests = stall.runningRequests === 1 ? '1 request' : `${stall.runningRequests} requests`;
  return stall.stalledMs < SHORT_PAUSE_MS
    ? 'working'
    : `no step for ${Math.round(stall.stalledMs / 1000)} s, ${requests} running`;
}

/** Two scrapes that saw the same number say nothing yet: a step of a long prefill takes seconds. */
const SHORT_PAUSE_MS = 5_000;
