import type {ChartName} from '../../layout/chart-names.ts';
import {utcText, utcTimeText} from '../../shared/quantities/moments.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../shared/units.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {hasPlot, historyPlot, latestRow} from '../panels/history-plot.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView} from '../rows.ts';
import type {ChosenWindow, ViewInput} from '../view-input.ts';
import {chartOf} from './chart-of.ts';
import {charts} from './charts.ts';

const latencyCharts: ReadonlySet<ChartName> = new Set(['first-token', 'inter-token', 'end-to-end', 'queue']);
/** Up to this length, points are those of each second. */
const LIVE_MS = 15 * MS_PER_MINUTE;
/** By so much, clocks of console and node, and the last answer, may differ. */
const TOLERANCE_MS = MS_PER_MINUTE;

/** A chart in the whole panel, or its newest values where there is no room for it. */
export function chartView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const name = chartOf(input.options);
  const {title, note, plot} = charts[name];
  const fresh = freshnessNote(input, name.startsWith('gpu-') ? 'gpus' : 'metrics');
  const notes = input.window ? windowNotes(input.window, name, input.nowMs) : [note, ''];
  const titleNote = fresh === '' ? fittingNote(input, title, notes) : fresh;
  if (snapshot === null) return panelOf(input, {title, titleNote}, [noDataYet]);
  const plotted = plot(snapshot);
  const rows = hasPlot(input, input.rows) ? historyPlot(input, plotted, input.rows).rows : [latestRow(input, plotted)];
  return panelOf(input, {title, titleNote}, rows);
}

/** Which time the plot is over, and of quantiles what its points are. */
function windowNotes({text, lengthMs, quantilesSinceMs}: ChosenWindow, name: ChartName, nowMs: number): string[] {
  const last = `last ${text}`;
  if (!latencyCharts.has(name)) return [last];
  if (lengthMs <= LIVE_MS) return [`p50, p95 and p99 of each minute, ${last}`, last];
  const isWhole =
    quantilesSinceMs !== null && quantilesSinceMs <= nowMs - lengthMs + Math.max(TOLERANCE_MS, lengthMs / 50);
  if (isWhole) return [`p50, p95 and p99 of all requests, ${last}`, last];
  if (quantilesSinceMs === null) return [`p50, p95 and p99, means over time, ${last}`, `means, ${last}`, last];
  const since = nowMs - quantilesSinceMs < 24 * MS_PER_HOUR ? utcTimeText(quantilesSinceMs) : utcText(quantilesSinceMs);
  return [`p50, p95 and p99, means before ${since}, ${last}`, `means before ${since}, ${last}`, last];
}
