import type {GpuSeriesName, HistorySeriesName} from '../../api/history.ts';
import type {PanelNode} from '../../layout/layout-schema.ts';
import type {PanelKind} from '../../layout/panel-kinds.ts';
import type {PanelOptions} from '../../layout/panel-options.ts';
import {valuePlot} from '../cost/cost-panel.ts';
import {latencySeries} from '../details/latency-window.ts';
import {gpuMemoryPlot} from '../gpus/gpu-memory-plot.ts';
import type {HistoryPlot} from '../panels/history-plot.ts';
import {usagePlot} from '../panels/kv-cache.ts';
import {throughputPlots} from '../panels/throughput.ts';
import {figureOf, figurePlots} from '../wall/figures.ts';
import {chartOf} from './chart-of.ts';
import {charts} from './charts.ts';

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
    if (panel.panel === 'latency') for (const name of latencySeries) series.add(name);
    for (const {of} of plotsOf[panel.panel](panel.options).flatMap((plot) => plot.series)) {
      if (typeof of === 'string') series.add(of);
      else gpuSeries.add(of.gpu);
    }
  }
  return {series: [...series], gpuSeries: [...gpuSeries]};
}

const NONE = (): readonly HistoryPlot[] => [];

/** What each kind of panel plots, whatever is known of the node. A kind without a row does not compile. */
const plotsOf: Readonly<Record<PanelKind, (options: PanelOptions) => readonly HistoryPlot[]>> = {
  chart: (options) => [charts[chartOf(options)].plot(null)],
  figure: (options) => [figurePlots[figureOf(options)]].filter((plot) => plot !== null),
  throughput: () => throughputPlots,
  'kv-cache': () => [usagePlot],
  cost: () => [valuePlot(null)],
  'cost-table': () => [valuePlot(null)],
  'gpu-memory': () => [gpuMemoryPlot([])],
  'gpu-table': () => [gpuMemoryPlot([])],
  // These have series besides those of a plot, or in its place.
  latency: NONE,
  'cost-days': NONE,
  'price-books': NONE,
  'node-size': NONE,
  server: NONE,
  'vram-budget': NONE,
  log: NONE,
  findings: NONE,
  'request-sizes': NONE,
  settings: NONE,
  starts: NONE,
  'state-strip': NONE,
  'start-phases': NONE,
  command: NONE,
  processes: NONE,
  'start-progress': NONE,
  problem: NONE,
  'next-start': NONE,
};
