import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';
import {isAbsent, isPresent} from '../../../samples/reading.ts';
import {histogramOver} from '../../traffic/histogram-quantile.ts';
import type {Signal} from '../conditions/condition.ts';
import type {FindingThresholds} from '../conditions/finding-thresholds.ts';

/** Requests of the window that got their first token, and how many of them waited too long. */
export type FirstTokens = {
  readonly requests: number;
  /** Requests above `boundMs`: counted by the engine, not interpolated. */
  readonly slowRequests: number;
  /** The engine's bucket bound at or above the target. */
  readonly boundMs: number;
  /** Time over which they were counted. */
  readonly windowMs: number;
};

/** What the window says, and the counts; null where there are none. */
export type JudgedFirstTokens = {readonly signal: Signal; readonly counted: FirstTokens | null};

/** Fewer requests are no distribution. */
const FEWEST_REQUESTS = 10;

/**
 * Whether more requests than allowed waited longer than the target for their first token, by the samples of the last
 * minute, oldest first. With no request in the window and none in the engine, nobody waits: gone.
 */
export function firstTokensOf(
  samples: readonly EngineMetricsSample[],
  {firstToken: {targetMs, quantile}, resolve}: Pick<FindingThresholds, 'firstToken' | 'resolve'>,
): JudgedFirstTokens {
  const newest = samples.at(-1);
  const unknown = {signal: 'unknown', counted: null} as const;
  const growth = histogramOver(samples, (sample) => sample.timeToFirstTokenSeconds);
  if (newest === undefined || targetMs === null || isAbsent(growth)) return unknown;
  const {buckets, count} = growth.observed;
  if (count === 0) return isEmpty(newest) ? {signal: 'gone', counted: null} : unknown;
  const allowedRatio = 1 - quantile;
  const finite = buckets.filter(({le}) => Number.isFinite(le));
  const bound = finite.find(({le}) => le * 1000 >= targetMs);
  if (bound === undefined) {
    // Above the largest bound, only what is below it is known to be fast enough.
    const slowest = count - (finite.at(-1)?.count ?? 0);
    return slowest <= count * allowedRatio * resolve.belowRatio ? {signal: 'gone', counted: null} : unknown;
  }
  const slowRequests = Math.max(0, count - bound.count);
  const counted = {requests: count, slowRequests, boundMs: bound.le * 1000, windowMs: growth.spanMs};
  const slowRatio = slowRequests / count;
  if (slowRatio <= allowedRatio * resolve.belowRatio) return {signal: 'gone', counted};
  return {signal: slowRatio > allowedRatio && count >= FEWEST_REQUESTS ? 'present' : 'between', counted};
}

function isEmpty({runningRequests, waitingRequests}: EngineMetricsSample): boolean {
  return runningRequests === 0 && (isAbsent(waitingRequests) || waitingRequests === 0) && isPresent(runningRequests);
}
