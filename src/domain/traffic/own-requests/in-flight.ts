import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';
import {isAbsent, isPresent, mapReading} from '../../../samples/reading.ts';
import type {OwnRequest} from './request-claim.ts';

/**
 * The sample without those of Gantry's requests in flight that are known to be among its running and waiting ones. An
 * engine writes these numbers once per step, so that in a long step or a hang they do not contain what it was sent since:
 * a request of Gantry is in them once they rose above the clients of the sample before, and then until it ends.
 * `clients` is that number of clients, null if unknown: then nothing is known to be Gantry's.
 */
export function withoutInFlight(
  sample: EngineMetricsSample,
  requests: readonly OwnRequest[],
  clients: number | null,
): {readonly sample: EngineMetricsSample; readonly pending: ReadonlySet<symbol>; readonly clients: number | null} {
  const {runningRequests, waitingRequests} = sample;
  if (isAbsent(runningRequests)) return {sample, pending: new Set(), clients: null};
  const all = runningRequests + (isPresent(waitingRequests) ? waitingRequests : 0);
  // The page was written before all of it was read.
  const writtenAfterMs = sample.stamp.monotonicMs - sample.scrapeMs;
  const inFlight = requests.filter(({endedAtMs}) => endedAtMs === null || endedAtMs >= writtenAfterMs);
  const known = inFlight.filter(({isPending}) => isPending);
  const risen = clients === null ? 0 : Math.max(0, all - known.length - clients);
  const pending = [...known, ...inFlight.filter(({isPending}) => !isPending).slice(0, risen)];
  // An engine serves its oldest requests first: if any waits, the newest one, which is Gantry's, does.
  const waiting = isPresent(waitingRequests) ? Math.min(pending.length, waitingRequests) : 0;
  return {
    sample: {
      ...sample,
      waitingRequests: mapReading(waitingRequests, (count) => count - waiting),
      runningRequests: Math.max(0, runningRequests - (pending.length - waiting)),
    },
    pending: new Set(pending.map(({key}) => key)),
    clients: Math.max(0, all - pending.length),
  };
}
