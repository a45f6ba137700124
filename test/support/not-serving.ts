import {type Snapshot, snapshotSchema} from '../../src/api/snapshot.ts';
import type {ConsoleData} from '../../src/client/console-data.ts';
import {absent} from '../../src/samples/reading.ts';
import {buildConsoleData} from './build-snapshot.ts';

const none = absent('the engine is not serving');

/** The console of a node whose engine does not serve, and has not before: no reading and no series of traffic. */
export function notServing(whole: Snapshot): ConsoleData {
  const {traffic, kvCache, latency, requestSizes, sources} = whole;
  const snapshot = snapshotSchema.parse({
    ...whole,
    traffic: withoutReadings(traffic),
    kvCache: withoutReadings(kvCache),
    latency: withoutReadings(latency),
    requestSizes: {...withoutReadings(requestSizes), sinceStart: none},
    sources: {...sources, metrics: {state: 'off', ageMs: none, detail: none.absent}},
  });
  return {...buildConsoleData(), snapshot, history: {}, gpuRanges: {}};
}

/** Each number and each quantile is absent; a target stays, and not how many reach it. */
function withoutReadings(part: object): object {
  return Object.fromEntries(
    Object.entries(part).map(([key, value]: [string, unknown]) => {
      if (key === 'windowMs') return [key, 0];
      if (value === null || key === 'ms' || typeof value === 'string') return [key, value];
      if (typeof value !== 'object' || 'kind' in value || key === 'finishedRequestsTotal') return [key, none];
      return [key, withoutReadings(value)];
    }),
  );
}
