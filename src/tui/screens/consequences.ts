import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {usdText} from '../../shared/quantities/money.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';

/** What ending the engine does to those it serves. */
export function requestsSentence({traffic}: Snapshot): string {
  const {runningRequests: running, waitingRequests: waiting} = traffic;
  if (isAbsent(running)) return `How many requests are running is not known (${running.absent}); they will be cut off.`;
  const waitingText = isPresent(waiting) && waiting > 0 ? `, ${waiting} waiting` : '';
  if (running === 0 && waitingText === '') return 'No request is running.';
  return `${running} ${running === 1 ? 'request' : 'requests'} running${waitingText}: cut off when it ends now.`;
}

/** How long the last start took, which is the best guess for the next one, and its price at the node's hourly cost. */
export function comebackSentence({engine, cost}: Snapshot): string | null {
  if (engine.startedAtMs === null || engine.readyAtMs === null) return null;
  const startMs = engine.readyAtMs - engine.startedAtMs;
  if (startMs <= 0) return null;
  const {nodeUsdPerHour} = cost;
  const price = isPresent(nodeUsdPerHour)
    ? ` (about ${usdText((nodeUsdPerHour * startMs) / MS_PER_HOUR)} of node time)`
    : '';
  return `Starting it again took ${durationText(startMs)} last time${price}.`;
}
