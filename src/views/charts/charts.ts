import type {GpuSeriesName} from '../../api/history.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {ChartName} from '../../layout/chart-names.ts';
import {isPresent} from '../../samples/reading.ts';
import {valuePlot} from '../cost/cost-panel.ts';
import type {LatencyName} from '../details/absent-latencies.ts';
import {gpuMemoryPlot} from '../gpus/gpu-memory-plot.ts';
import type {HistoryPlot, PlottedSeries} from '../panels/history-plot.ts';
import {targetLimits} from '../panels/latency.ts';

/** A chart: its title, what its lines are of, and the plot. */
export type Chart = {
  readonly title: string;
  readonly note: string;
  /** The latency that it is of, if it is of one. */
  readonly latency?: LatencyName;
  readonly plot: (snapshot: Snapshot | null) => HistoryPlot;
};

const WINDOW = 'p50, p95 and p99 of the last minute';

/** The charts by their name in a layout. */
export const charts: Readonly<Record<ChartName, Chart>> = {
  'gpu-memory': {
    title: 'Memory of all GPUs',
    note: 'in use, as nvidia-smi reports it',
    plot: (snapshot) => gpuMemoryPlot(snapshot?.gpus ?? []),
  },
  'gpu-utilization': {
    title: 'Utilization',
    note: 'busiest and least busy GPU',
    plot: () => ({series: ends('utilizationRatio', 'busiest', 'least busy'), unit: 'ratio', top: 1}),
  },
  'gpu-power': {
    title: 'Power',
    note: 'the GPUs with most and least',
    plot: (snapshot) => ({
      series: ends('powerDrawWatts', 'most', 'least'),
      unit: 'watts',
      limits: powerLimits(snapshot),
    }),
  },
  'gpu-temperature': {
    title: 'Temperature',
    note: 'hottest and coolest GPU',
    plot: () => ({series: ends('temperatureCelsius', 'hottest', 'coolest'), unit: 'celsius', hasZero: false}),
  },
  'first-token': {
    title: 'First token',
    ...quantiles('timeToFirstToken'),
  },
  'inter-token': {
    title: 'Between tokens',
    ...quantiles('interToken'),
  },
  'end-to-end': {title: 'End to end', ...quantiles('endToEnd')},
  queue: {title: 'Queue', ...quantiles('queue')},
  cost: {
    title: 'API value of an hour',
    note: 'over 5 minutes; above the line of the node, it pays off',
    plot: (snapshot) => valuePlot(snapshot?.cost ?? null),
  },
  tokens: {
    title: 'Tokens',
    note: 'read and generated',
    plot: () => ({
      series: [
        {of: 'promptTokensPerSecond', name: 'in', tone: 'secondSeries', shape: 'line'},
        {of: 'generationTokensPerSecond', name: 'out', tone: 'firstSeries', shape: 'line'},
      ],
      unit: 'tokensPerSecond',
    }),
  },
};

/** An area for the median, lines for slow requests and the slowest, and the target. */
function quantiles(latency: Exclude<LatencyName, 'prefill' | 'decode'>): Omit<Chart, 'title'> {
  const plot: Chart['plot'] = (snapshot) => ({
    series: [
      {of: `${latency}P50Ms`, name: 'p50', tone: 'firstSeries'},
      {of: `${latency}P95Ms`, name: 'p95', tone: 'thirdSeries'},
      {of: `${latency}P99Ms`, name: 'p99', tone: 'secondSeries'},
    ],
    unit: 'milliseconds',
    limits: targetLimits(snapshot, latency),
  });
  return {note: WINDOW, latency, plot};
}

/** A line for the most and one for the least: the distance between both is how much the GPUs differ. */
function ends(gpu: GpuSeriesName, most: string, least: string): readonly PlottedSeries[] {
  return [
    {of: {gpu, end: 'most'}, name: most, tone: 'firstSeries', shape: 'line'},
    {of: {gpu, end: 'least'}, name: least, tone: 'secondSeries', shape: 'line'},
  ];
}

/** The limit of every GPU; none if they differ. */
function powerLimits(snapshot: Snapshot | null): NonNullable<HistoryPlot['limits']> {
  const limits = new Set(snapshot?.gpus.map(({powerLimitWatts}) => powerLimitWatts).filter(isPresent));
  const [value] = limits;
  return value === undefined || limits.size > 1 ? [] : [{name: 'limit', value, tone: 'limit'}];
}
