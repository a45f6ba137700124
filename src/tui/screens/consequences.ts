import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {usdText} from '../../shared/quantities/money.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';

/** The effect of stopping the engine on current clients. */
export function requestsSentence({traffic}: Snapshot): string {
  const {runningRequests: running, waitingRequests: waiting} = traffic;
  if (isAbsent(running)) return `The number of running requests is unknown (${running.absent}); they will be dropped.`;
  const waitingText = isPresent(waiting) && waiting > 0 ? `, ${waiting} waiting` : '';
  if (running === 0 && waitingText === '') return 'No requests are running.';
  return `${running} ${running === 1 ? 'request' : 'requests'} running${waitingText}; they are dropped if it stops now.`;
}

/** Duration of the last start, the best estimate for the next one, and its cost at the node's price. */
export function comebackSentence({engine, cost}: Snapshot): string | null {
  if (engine.startedAtMs === null || engine.readyAtMs === null) return null;
  const startMs = engine.readyAtMs - engine.startedAtMs;
  if (startMs <= 0) return null;
  const {nodeUsdPerHour} = cost;
  const price = isPresent(nodeUsdPerHour)
    ? ` (about ${usdText((nodeUsdPerHour * startMs) / MS_PER_HOUR)} of node time)`
    : '';
  return `The last start took ${durationText(startMs)}${price}.`;
}
