import type {Snapshot} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {durationText} from '../../shared/quantities/durations.ts';
import {usdText} from '../../shared/quantities/money.ts';
import {MS_PER_HOUR} from '../../shared/units.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';

type RowOptions = {readonly columns: number; readonly glyphs: GlyphSet};

/** What it costs those who are served now, and in time and money. */
export function consequenceRows({engine, traffic, cost}: Snapshot, {columns, glyphs}: RowOptions): Row[] {
  const {runningRequests: running, waitingRequests: waiting} = traffic;
  const waitingCount = isPresent(waiting) ? waiting : 0;
  const requests = isAbsent(running)
    ? `How many requests are running is not known (${running.absent}); they are dropped.`
    : running + waitingCount === 0
      ? 'No request is running or waiting.'
      : `${countText(running)} running and ${countText(waitingCount)} waiting requests are dropped.`;
  const isHarmless = isPresent(running) && running + waitingCount === 0;
  return [
    ...(engine.pid === null ? [] : wrapText(requests, isHarmless ? 'normal' : 'warning', columns, 2, glyphs)),
    ...wrapText(downtimeText(engine, cost), 'normal', columns, 2, glyphs),
  ];
}

function downtimeText({readyAtMs, startedAtMs}: Snapshot['engine'], {nodeUsdPerHour}: Snapshot['cost']): string {
  if (readyAtMs === null || startedAtMs === null || readyAtMs <= startedAtMs) {
    return 'Downtime is not known: this engine has not finished a start yet.';
  }
  const startMs = readyAtMs - startedAtMs;
  const price = isPresent(nodeUsdPerHour)
    ? `, about ${usdText((nodeUsdPerHour * startMs) / MS_PER_HOUR)} of node time`
    : '';
  return `Downtime: the last start took ${durationText(startMs)}${price}.`;
}

/** Tokens of a request as they were in the last minute, prompt and answer; null where that is not known. */
export function observedRequestTokens({requestSizes: {prompt, generation}}: Snapshot): number | null {
  if (isAbsent(prompt.meanTokens) || isAbsent(generation.meanTokens)) return null;
  const tokens = Math.round(prompt.meanTokens + generation.meanTokens);
  return tokens > 0 ? tokens : null;
}

/** Whoever set a client up for the old window is not told by the engine: its longer requests fail from now on. */
export function oldWindowRows(beforeTokens: number, afterTokens: number, {columns, glyphs}: RowOptions): Row[] {
  if (afterTokens >= beforeTokens) return [];
  const text = `Clients that count on ${countText(beforeTokens)} tokens have their longer requests refused.`;
  return wrapText(text, 'warning', columns, 2, glyphs);
}
