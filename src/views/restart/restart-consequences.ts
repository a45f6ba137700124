import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, isPresent, mapReading} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {durationText, secondsText} from '../../shared/quantities/durations.ts';
import {usdText} from '../../shared/quantities/money.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';

type RowOptions = {
  readonly columns: number;
  readonly glyphs: GlyphSet;
  /** How long running requests may take to finish; without it, they are dropped. */
  readonly drainMs?: number;
};

const MAX_ROWS = 3;

/** The effect of stopping the engine on current clients, and the cost of the next start in time and money. */
export function consequenceRows(snapshot: Snapshot, {columns, glyphs, drainMs = 0}: RowOptions): Row[] {
  const {engine} = snapshot;
  const traffic = atLeast(snapshot);
  const tone = isHarmless(traffic) ? 'normal' : 'warning';
  return [
    ...(engine.pid === null ? [] : wrapText(requestsText(traffic, drainMs), tone, columns, MAX_ROWS, glyphs)),
    ...wrapText(startText(snapshot), 'normal', columns, MAX_ROWS, glyphs),
  ];
}

type Load = Pick<Snapshot['traffic'], 'runningRequests' | 'waitingRequests'>;

/** Never fewer than may be lost: of the requests of a stalled engine, none is known to be Gantry's own. */
function atLeast({traffic, engine: {progress}}: Snapshot): Load {
  if (progress.state !== 'stalled') return traffic;
  const {runningRequests, waitingRequests} = progress;
  return {
    runningRequests: mapReading(traffic.runningRequests, (count) => Math.max(count, runningRequests)),
    waitingRequests: mapReading(traffic.waitingRequests, (count) => Math.max(count, waitingRequests)),
  };
}

/** True if nobody is served now. */
function isHarmless({runningRequests: running, waitingRequests: waiting}: Load): boolean {
  return isPresent(running) && running + (isPresent(waiting) ? waiting : 0) === 0;
}

function requestsText(traffic: Load, drainMs: number): string {
  const {runningRequests: running, waitingRequests: waiting} = traffic;
  const fate = drainMs > 0 ? `they have up to ${secondsText(drainMs)} to finish` : 'they are dropped if it stops now';
  if (isAbsent(running)) return `The number of running requests is unknown (${running.absent}); ${fate}.`;
  if (isHarmless(traffic)) return 'No requests are running or waiting.';
  const waitingText = isPresent(waiting) && waiting > 0 ? `, ${countText(waiting)} waiting` : '';
  return `${countText(running)} ${running === 1 ? 'request' : 'requests'} running${waitingText}; ${fate}.`;
}

/** How long a start takes on this node, and its cost at the node's price. */
function startText({engine: {usualStart}, cost: {nodeUsdPerHour}}: Snapshot): string {
  if (isAbsent(usualStart)) return `How long a start takes is unknown: ${usualStart.absent}.`;
  const {medianMs, starts} = usualStart;
  const basis = starts === 1 ? 'as the last start' : `median of ${starts} starts`;
  const price = isPresent(nodeUsdPerHour) ? `, ${usdText((nodeUsdPerHour * medianMs) / MS_PER_HOUR)} of node time` : '';
  return `A start takes about ${durationText(medianMs)} (${basis})${price}.`;
}
