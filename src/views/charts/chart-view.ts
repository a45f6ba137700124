import {type ChartName, chartNames} from '../../layout/chart-names.ts';
import {freshnessNote} from '../panels/freshness.ts';
import {hasPlot, historyPlot, latestRow} from '../panels/history-plot.ts';
import {fittingNote, noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {charts} from './charts.ts';

/** A chart in the whole panel, or its newest values where there is no room for it. */
export function chartView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  const name = chartOf(input);
  const {title, note, plot} = charts[name];
  const fresh = freshnessNote(input, name.startsWith('gpu-') ? 'gpus' : 'metrics');
  const last = input.window ? `last ${input.window.text}` : '';
  const notes = last === '' ? [note, ''] : [`p50, p95 and p99 of each minute, ${last}`, last];
  const titleNote = fresh === '' ? fittingNote(input, title, notes) : fresh;
  if (snapshot === null) return panelOf(input, {title, titleNote}, [noDataYet]);
  const plotted = plot(snapshot);
  const rows = hasPlot(input, input.rows) ? historyPlot(input, plotted, input.rows).rows : [latestRow(input, plotted)];
  return panelOf(input, {title, titleNote}, rows);
}

function chartOf({options}: ViewInput): ChartName {
  return chartNames.find((name) => name === options['of']) ?? 'gpu-memory';
}
