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

/**
 * What the counters of clients' traffic say about the time since `start`: `used` if a request finished or a token was
 * counted. So small requests that begin and end between two samples are found. `restarted` if a counter is lower than
 * at the start.
 */
export function activitySince(start: EngineMetricsSample, sample: EngineMetricsSample): 'none' | 'used' | 'restarted' {
  const changes = [
    changeOf(start, sample, finishedCount),
    changeOf(start, sample, (one) => one.promptTokensTotal),
    changeOf(start, sample, (one) => one.generationTokensTotal),
  ].filter(isPresent);
  if (changes.some((change) => change < 0)) return 'restarted';
  return changes.some((change) => change > 0) ? 'used' : 'none';
}

function changeOf(
  before: EngineMetricsSample,
  after: EngineMetricsSample,
  counter: (sample: EngineMetricsSample) => Reading<number>,
): Reading<number> {
  const first = counter(before);
  const last = counter(after);
  return isAbsent(first) || isAbsent(last) ? absent('not reported by both samples') : last - first;
}
