import type {LatencyView} from '../../api/latency/latency-schemas.ts';
import {nothingMeasuredIn} from '../../domain/traffic/unmeasured.ts';
import {isAbsent} from '../../samples/reading.ts';
import {utcText, utcTimeText} from '../../shared/quantities/moments.ts';
import {MS_PER_DAY, MS_PER_MINUTE} from '../../shared/units.ts';
import {engineReason} from '../details/absent-latencies.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {RECENT} from '../history-screen/history-choice.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {hasPlot, hasPoints, historyPlot, latestRow} from '../panels/history-plot.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView} from '../rows.ts';
import type {ChosenWindow, ViewInput} from '../view-input.ts';
import {chartOf} from './chart-of.ts';
import {charts} from './charts.ts';

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
  const reason = hasPoints(input, plotted)
    ? null
    : reasonFor(input, latency === undefined ? null : snapshot.latency[latency]);
  const reasons = reason === null ? [] : wrapText(reason, 'dim', input.columns, 2, input.glyphs);
  const left = input.rows - reasons.length;
  const rows = hasPlot(input, left) ? historyPlot(input, plotted, left).rows : [latestRow(input, plotted)];
  return panelOf(input, {title, titleNote}, [...reasons, ...rows]);
}

/** Why the plot has no points: of the time that it is over, and not of the last minute. */
function reasonFor({window}: ViewInput, latency: LatencyView | null): string {
  if (window && window.problem !== null) return window.problem;
  const ofEngine = latency === null ? null : engineReason(latency);
  if (ofEngine !== null) return ofEngine;
  if (!window && latency !== null && isAbsent(latency.p50Ms)) return latency.p50Ms.absent;
  return nothingMeasuredIn(window?.text ?? RECENT.text);
}

/** Which time the plot is over, and of quantiles what its points are. */
function windowNotes({text, lengthMs, quantilesSinceMs}: ChosenWindow, isLatency: boolean, nowMs: number): string[] {
  const last = `last ${text}`;
  if (!isLatency) return [last];
  if (lengthMs <= RECENT.ms) return [`p50, p95 and p99 of each minute, ${last}`, last];
  const isWhole =
    quantilesSinceMs !== null && quantilesSinceMs <= nowMs - lengthMs + Math.max(TOLERANCE_MS, lengthMs / 50);
  if (isWhole) return [`p50, p95 and p99 of all requests, ${last}`, last];
  if (quantilesSinceMs === null) return [`p50, p95 and p99, means over time, ${last}`, `means, ${last}`, last];
  const since = nowMs - quantilesSinceMs < MS_PER_DAY ? utcTimeText(quantilesSinceMs) : utcText(quantilesSinceMs);
  return [`p50, p95 and p99, means before ${since}, ${last}`, `means before ${since}, ${last}`, last];
}
