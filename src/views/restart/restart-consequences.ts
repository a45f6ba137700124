import type {Snapshot} from '../../api/snapshot.ts';
import type {UsualStart} from '../../domain/lifecycle/earlier-starts.ts';
import {isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {usdText} from '../../shared/quantities/money.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';

type RowOptions = {readonly columns: number; readonly glyphs: GlyphSet};

/** The effect on current clients, and the cost in time and money. */
export function consequenceRows({engine, traffic, cost}: Snapshot, {columns, glyphs}: RowOptions): Row[] {
  const {runningRequests: running, waitingRequests: waiting} = traffic;
  const waitingCount = isPresent(waiting) ? waiting : 0;
  const requests = isAbsent(running)
    ? `The number of running requests is unknown (${running.absent}); they are dropped.`
    : running + waitingCount === 0
      ? 'No requests are running or waiting.'
      : `${countText(running)} running and ${countText(waitingCount)} waiting requests are dropped.`;
  const isHarmless = isPresent(running) && running + waitingCount === 0;
  return [
    ...(engine.pid === null ? [] : wrapText(requests, isHarmless ? 'normal' : 'warning', columns, 2, glyphs)),
    ...wrapText(downtimeText(engine, cost), 'normal', columns, 2, glyphs),
  ];
}

function downtimeText({usualStart}: Snapshot['engine'], {nodeUsdPerHour}: Snapshot['cost']): string {
  if (isAbsent(usualStart)) return `Downtime unknown: ${usualStart.absent}.`;
  return `Downtime: ${usualStartText(usualStart, nodeUsdPerHour)}.`;
}

/** `about 9m 00s (median of 3 starts), $3.00 of node time`. */
export function usualStartText({medianMs, starts}: UsualStart, nodeUsdPerHour: Reading<number>): string {
  const basis = starts === 1 ? 'as the last start' : `median of ${starts} starts`;
  const price = isPresent(nodeUsdPerHour) ? `, ${usdText((nodeUsdPerHour * medianMs) / MS_PER_HOUR)} of node time` : '';
  return `about ${durationText(medianMs)} (${basis})${price}`;
}

/** Tokens per request in the last minute, prompt plus output; null if unknown. */
export function observedRequestTokens({requestSizes: {prompt, generation}}: Snapshot): number | null {
  if (isAbsent(prompt.meanTokens) || isAbsent(generation.meanTokens)) return null;
  const tokens = Math.round(prompt.meanTokens + generation.meanTokens);
  return tokens > 0 ? tokens : null;
}

/** Clients configured for the old context are not notified: their longer requests will fail. */
export function oldWindowRows(beforeTokens: number, afterTokens: number, {columns, glyphs}: RowOptions): Row[] {
  if (afterTokens >= beforeTokens) return [];
  const text = `Clients configured for ${countText(beforeTokens)} tokens: their longer requests will be refused.`;
  return wrapText(text, 'warning', columns, 2, glyphs);
}
