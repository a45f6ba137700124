import type {GpuSeriesName, HistorySeriesName} from '../../api/history.ts';
import type {PanelNode} from '../../layout/layout-schema.ts';
import {latencySeries} from '../details/latency-window.ts';
import {gpuMemoryPlot} from '../gpus/gpu-memory-plot.ts';
import {valuePlot} from '../panels/cost.ts';
import type {HistoryPlot} from '../panels/history-plot.ts';
import {usagePlot} from '../panels/kv-cache.ts';
import {throughputPlots} from '../panels/throughput.ts';
import {chartOf} from './chart-of.ts';
import {charts} from './charts.ts';

/** What the sums of node and API are of. */
const costSeries = ['nodeUsdPerHour', 'apiUsdPerHour'] as const;

/** The series that panels plot. */
export type PlottedNames = {
  readonly series: readonly HistorySeriesName[];
  readonly gpuSeries: readonly GpuSeriesName[];
};

/** What has to be read so that all of these panels have their plots over a longer time. */
export function plottedIn(panels: readonly Pick<PanelNode, 'panel' | 'options'>[]): PlottedNames {
  const series = new Set<HistorySeriesName>();
  const gpuSeries = new Set<GpuSeriesName>();
  for (const panel of panels) {
    if (panel.panel === 'cost-table') for (const name of costSeries) series.add(name);
    if (panel.panel === 'latency') for (const name of latencySeries) series.add(name);
    for (const {of} of plotsOf(panel).flatMap((plot) => plot.series)) {
      if (typeof of === 'string') series.add(of);
      else gpuSeries.add(of.gpu);
    }
  }
  return {series: [...series], gpuSeries: [...gpuSeries]};
}

function plotsOf({panel, options}: Pick<PanelNode, 'panel' | 'options'>): readonly HistoryPlot[] {
  switch (panel) {
    case 'chart':
      return [charts[chartOf(options ?? {})].plot(null)];
    case 'throughput':
      return throughputPlots;
    case 'kv-cache':
      return [usagePlot];
    case 'cost':
      return [valuePlot(null)];
    case 'gpu-memory':
    case 'gpu-table':
      return [gpuMemoryPlot([])];
    default:
      return [];
  }
}
