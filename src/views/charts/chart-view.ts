import {isAbsent} from '../../samples/reading.ts';
import {utcText, utcTimeText} from '../../shared/quantities/moments.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../shared/units.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {hasPlot, hasPoints, historyPlot, latestRow} from '../panels/history-plot.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView} from '../rows.ts';
import type {ChosenWindow, ViewInput} from '../view-input.ts';
import {chartOf} from './chart-of.ts';
import {charts} from './charts.ts';

/** Up to this length, points are those of each second. */
const LIVE_MS = 15 * MS_PER_MINUTE;
/** By so much, clocks of console and node, and the last answer, may differ. */
const TOLERANCE_MS = MS_PER_MINUTE;

/** A chart in the whole panel, or its newest values where there is no room for it. */
export function chartView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const name = chartOf(input.options);
  const {title, note, plot, latency} = charts[name];
  const fresh = freshnessNote(input, name.startsWith('gpu-') ? 'gpus' : 'metrics');
  const notes = input.window ? windowNotes(input.window, latency !== undefined, input.nowMs) : [note, ''];
  const titleNote = fittingNote(input, title, notes, fresh);
  if (snapshot === null) return panelOf(input, {title, titleNote}, [noDataYet]);
  const plotted = plot(snapshot);
  const reason = latency !== undefined && !hasPoints(input, plotted) ? snapshot.latency[latency].p50Ms : null;
  const reasons =
    reason !== null && isAbsent(reason) ? wrapText(reason.absent, 'dim', input.columns, 2, input.glyphs) : [];
  const left = input.rows - reasons.length;
  const rows = hasPlot(input, left) ? historyPlot(input, plotted, left).rows : [latestRow(input, plotted)];
  return panelOf(input, {title, titleNote}, [...reasons, ...rows]);
}

/** Which time the plot is over, and of quantiles what its points are. */
function windowNotes({text, lengthMs, quantilesSinceMs}: ChosenWindow, isLatency: boolean, nowMs: number): string[] {
  const last = `last ${text}`;
  if (!isLatency) return [last];
  if (lengthMs <= LIVE_MS) return [`p50, p95 and p99 of each minute, ${last}`, last];
  const isWhole =
    quantilesSinceMs !== null && quantilesSinceMs <= nowMs - lengthMs + Math.max(TOLERANCE_MS, lengthMs / 50);
  if (isWhole) return [`p50, p95 and p99 of all requests, ${last}`, last];
  if (quantilesSinceMs === null) return [`p50, p95 and p99, means over time, ${last}`, `means, ${last}`, last];
  const since = nowMs - quantilesSinceMs < 24 * MS_PER_HOUR ? utcTimeText(quantilesSinceMs) : utcText(quantilesSinceMs);
  return [`p50, p95 and p99, means before ${since}, ${last}`, `means before ${since}, ${last}`, last];
}
