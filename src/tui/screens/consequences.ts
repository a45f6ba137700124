import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {usualStartText} from '../../views/restart/restart-consequences.ts';

/** The effect of stopping the engine on current clients. */
export function requestsSentence({traffic}: Snapshot): string {
  const {runningRequests: running, waitingRequests: waiting} = traffic;
  if (isAbsent(running)) return `The number of running requests is unknown (${running.absent}); they will be dropped.`;
  const waitingText = isPresent(waiting) && waiting > 0 ? `, ${waiting} waiting` : '';
  if (running === 0 && waitingText === '') return 'No requests are running.';
  return `${running} ${running === 1 ? 'request' : 'requests'} running${waitingText}; they are dropped if it stops now.`;
}

/** How long a start takes on this node, and its cost at the node's price; null before the first. */
export function comebackSentence({engine, cost}: Snapshot): string | null {
  const {usualStart} = engine;
  return isAbsent(usualStart) ? null : `A start takes ${usualStartText(usualStart, cost.nodeUsdPerHour)}.`;
}
