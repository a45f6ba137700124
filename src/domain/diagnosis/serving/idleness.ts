import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';
import {absent, isAboveZero, isAbsent, isPresent, type Reading} from '../../../samples/reading.ts';
import {finishedCount} from '../../traffic/traffic-window.ts';
import type {Signal} from '../conditions/condition.ts';

/**
 * Whether nobody uses the engine, by two consecutive samples of clients' traffic: `present` for idle, `gone` for in use,
 * unknown where the engine reports neither requests nor tokens.
 */
export function idlenessOf(before: EngineMetricsSample, after: EngineMetricsSample): Signal {
  const changes = [
    changeOf(before, after, (one) => one.promptTokensTotal),
    changeOf(before, after, (one) => one.generationTokensTotal),
    changeOf(before, after, (one) => one.liveGenerationTokensTotal),
  ];
  const runs = isAboveZero(before.runningRequests) && isAboveZero(after.runningRequests);
  if (runs || changes.some(isAboveZero) || isAboveZero(after.waitingRequests)) return 'gone';
  return isAbsent(after.runningRequests) ? 'unknown' : 'present';
}

/** Counters of clients' traffic that grow with every use. */
export type UseCounters = {
  readonly finished: Reading<number>;
  readonly promptTokens: Reading<number>;
  readonly generationTokens: Reading<number>;
};

/** Those of one sample. */
export function countersOfUse(sample: EngineMetricsSample): UseCounters {
  const {promptTokensTotal: promptTokens, generationTokensTotal: generationTokens} = sample;
  return {finished: finishedCount(sample), promptTokens, generationTokens};
}

/**
 * What the counters of clients' traffic say about the time since `start`: `used` if a request finished or a token was
 * counted. So small requests that begin and end between two samples are found. `restarted` if a counter is lower than
 * at the start.
 */
export function activitySince(start: UseCounters, sample: EngineMetricsSample): 'none' | 'used' | 'restarted' {
  const now = countersOfUse(sample);
  const changes = [
    growthBetween(start.finished, now.finished),
    growthBetween(start.promptTokens, now.promptTokens),
    growthBetween(start.generationTokens, now.generationTokens),
  ].filter(isPresent);
  if (changes.some((change) => change < 0)) return 'restarted';
  return changes.some((change) => change > 0) ? 'used' : 'none';
}

function changeOf(
  before: EngineMetricsSample,
  after: EngineMetricsSample,
  counter: (sample: EngineMetricsSample) => Reading<number>,
): Reading<number> {
  return growthBetween(counter(before), counter(after));
}

function growthBetween(first: Reading<number>, last: Reading<number>): Reading<number> {
  return isAbsent(first) || isAbsent(last) ? absent('not reported by both samples') : last - first;
}
