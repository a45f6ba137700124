import {z} from 'zod';
import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';
import {combineReadings, isPresent, mapReading, type Reading} from '../../../samples/reading.ts';

/** Counters that a single request increases by a number that is known once it has ended. */
const counterNames = [
  'promptTokensTotal',
  'cachedPromptTokensTotal',
  'generationTokensTotal',
  'livePromptTokensTotal',
  'liveCachedPromptTokensTotal',
  'liveGenerationTokensTotal',
  'prefixCacheQueryTokensTotal',
  'prefixCacheHitTokensTotal',
] as const satisfies readonly (keyof EngineMetricsSample)[];

const FINISHED = 'finished:';

/** A counter of a sample, or `finished:<reason>` for the requests that finished for this reason. */
export const counterNameSchema = z.union([z.enum(counterNames), z.templateLiteral([FINISHED, z.string()])]);
export type CounterName = z.infer<typeof counterNameSchema>;

export type Counters = ReadonlyMap<CounterName, number>;

/** The counter of the requests that finished for this reason. */
export function finishedCounter(reason: string): CounterName {
  return `${FINISHED}${reason}`;
}

/** Whether it counts finished requests. */
export function isFinishedCounter(name: CounterName): boolean {
  return name.startsWith(FINISHED);
}

/** The counters that this sample has. */
export function countersOf(sample: EngineMetricsSample): Counters {
  const counters = new Map<CounterName, number>();
  for (const name of counterNames) {
    const reading = sample[name];
    if (isPresent(reading)) counters.set(name, reading);
  }
  const finished = sample.finishedRequestsTotal;
  for (const [reason, count] of isPresent(finished) ? Object.entries(finished) : []) {
    counters.set(finishedCounter(reason), count);
  }
  return counters;
}

/** The sample with these counters instead of its own; those that it has not stay absent. */
export function withCounters(sample: EngineMetricsSample, counters: Counters): EngineMetricsSample {
  const of = (name: (typeof counterNames)[number]): Reading<number> =>
    mapReading(sample[name], (value) => counters.get(name) ?? value);
  // Cached tokens are a part of all: where it is unknown how many of a request were cached, never more than all.
  const partOf = (name: (typeof counterNames)[number], whole: (typeof counterNames)[number]): Reading<number> =>
    combineReadings(of(name), isPresent(sample[whole]) ? of(whole) : Number.POSITIVE_INFINITY, Math.min);
  return {
    ...sample,
    promptTokensTotal: of('promptTokensTotal'),
    cachedPromptTokensTotal: partOf('cachedPromptTokensTotal', 'promptTokensTotal'),
    generationTokensTotal: of('generationTokensTotal'),
    livePromptTokensTotal: of('livePromptTokensTotal'),
    liveCachedPromptTokensTotal: partOf('liveCachedPromptTokensTotal', 'livePromptTokensTotal'),
    liveGenerationTokensTotal: of('liveGenerationTokensTotal'),
    prefixCacheQueryTokensTotal: of('prefixCacheQueryTokensTotal'),
    prefixCacheHitTokensTotal: partOf('prefixCacheHitTokensTotal', 'prefixCacheQueryTokensTotal'),
    finishedRequestsTotal: mapReading(sample.finishedRequestsTotal, (byReason) =>
      Object.fromEntries(
        Object.entries(byReason).map(([reason, count]) => [reason, counters.get(finishedCounter(reason)) ?? count]),
      ),
    ),
  };
}
