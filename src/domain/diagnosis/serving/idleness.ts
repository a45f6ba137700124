import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';
import {isAbsent, isPresent, type Reading} from '../../../samples/reading.ts';
import {counterGrowth} from '../../traffic/counters.ts';
import type {Signal} from '../conditions/condition.ts';

/** Gantry's own probe asks for a few tokens; a request of a user is longer, or runs for more than one sample. */
const PROBE_TOKENS = 100;

/**
 * Whether the engine works for nobody, by two consecutive samples: `present` for idle, `gone` for at work, unknown
 * where the engine reports neither requests nor tokens.
 */
export function idlenessOf(before: EngineMetricsSample, after: EngineMetricsSample): Signal {
  const growths = [
    counterGrowth(before.promptTokensTotal, after.promptTokensTotal),
    counterGrowth(before.generationTokensTotal, after.generationTokensTotal),
    counterGrowth(before.liveGenerationTokensTotal, after.liveGenerationTokensTotal),
  ];
  const runs = isAboveZero(before.runningRequests) && isAboveZero(after.runningRequests);
  const works = growths.some((growth) => isPresent(growth) && growth > PROBE_TOKENS);
  if (runs || works || isAboveZero(after.waitingRequests)) return 'gone';
  return isAbsent(after.runningRequests) ? 'unknown' : 'present';
}

function isAboveZero(reading: Reading<number>): boolean {
  return isPresent(reading) && reading > 0;
}
