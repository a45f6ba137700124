import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';
import {absent, isAboveZero, isAbsent, isPresent, type Reading} from '../../../samples/reading.ts';
import {counterGrowth} from '../../traffic/counters.ts';
import {finishedCount} from '../../traffic/traffic-window.ts';
import type {Signal} from '../conditions/condition.ts';

/** Requests that Gantry itself has sent to the engine during this run. */
export type OwnRequests = {
  /** For generated tokens: readiness probes and canaries. */
  readonly probes: number;
  readonly healthChecks: number;
};

/** The counters when the engine was last used, or when they were first read. */
export type IdleStart = {readonly sample: EngineMetricsSample; readonly own: OwnRequests};

/** A probe is 16 tokens of output and about 30 of prompt; a chat template may add some. */
const TOKENS_PER_PROBE = 100;
/** SGLang generates a token for each health check. */
const TOKENS_PER_HEALTH_CHECK = 2;

/**
 * Whether nobody uses the engine, by two consecutive samples: `present` for idle, `gone` for in use, unknown where the
 * engine reports neither requests nor tokens.
 */
export function idlenessOf(before: EngineMetricsSample, after: EngineMetricsSample): Signal {
  const growths = [
    counterGrowth(before.promptTokensTotal, after.promptTokensTotal),
    counterGrowth(before.generationTokensTotal, after.generationTokensTotal),
    counterGrowth(before.liveGenerationTokensTotal, after.liveGenerationTokensTotal),
  ];
  const runs = isAboveZero(before.runningRequests) && isAboveZero(after.runningRequests);
  const works = growths.some((growth) => isPresent(growth) && growth > TOKENS_PER_PROBE);
  if (runs || works || isAboveZero(after.waitingRequests)) return 'gone';
  return isAbsent(after.runningRequests) ? 'unknown' : 'present';
}

/**
 * What the counters say about the time since `start`: `used` if more requests finished, or more tokens were counted, than
 * those of Gantry itself. So small requests that begin and end between two samples are found. `restarted` if a counter
 * is lower than at the start.
 */
export function activitySince(
  start: IdleStart,
  sample: EngineMetricsSample,
  own: OwnRequests,
): 'none' | 'used' | 'restarted' {
  const probes = own.probes - start.own.probes;
  const tokens = probes * TOKENS_PER_PROBE + (own.healthChecks - start.own.healthChecks) * TOKENS_PER_HEALTH_CHECK;
  const changes = [
    {change: changeOf(start.sample, sample, finishedCount), own: probes},
    {change: changeOf(start.sample, sample, (one) => one.promptTokensTotal), own: tokens},
    {change: changeOf(start.sample, sample, (one) => one.generationTokensTotal), own: tokens},
  ].flatMap(({change, own: ownChange}) => (isAbsent(change) ? [] : [{change, ownChange}]));
  if (changes.some(({change}) => change < 0)) return 'restarted';
  return changes.some(({change, ownChange}) => change > ownChange) ? 'used' : 'none';
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
