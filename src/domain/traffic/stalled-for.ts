import type {EngineMetricsSample} from '../../samples/engine-metrics.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';

/** How long no token has come although requests run. */
export type Stall = {readonly stalledMs: number; readonly runningRequests: number};

/**
 * For how long of these samples, oldest first, requests have been running and no token came; null where one came with
 * the newest, nothing runs, or nothing is known. At most as long as the samples reach back.
 */
export function stalledFor(samples: readonly EngineMetricsSample[]): Stall | null {
  const newest = samples.at(-1);
  if (newest === undefined || isAbsent(newest.runningRequests) || newest.runningRequests === 0) return null;
  if (isAbsent(newest.generationTokensTotal)) return null;
  const {generationTokensTotal, runningRequests, stamp} = newest;
  const isStill = (sample: EngineMetricsSample): boolean =>
    sample.generationTokensTotal === generationTokensTotal &&
    isPresent(sample.runningRequests) &&
    sample.runningRequests > 0;
  const lastMoving = samples.findLastIndex((sample) => !isStill(sample));
  const first = samples[lastMoving + 1];
  return first === undefined ? null : {stalledMs: stamp.monotonicMs - first.stamp.monotonicMs, runningRequests};
}
