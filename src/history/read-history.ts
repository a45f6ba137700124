import type {GpuHistory, GpuSeriesName, History, HistoryQuery, HistorySeriesName} from '../api/history.ts';
import type {LatencyTargets} from '../domain/traffic/latencies.ts';
import type {HistogramTables} from './histograms/histogram-tables.ts';
import {readNodeHistory} from './histograms/kept-requests.ts';
import type {SeriesTables} from './series/series-tables.ts';
import type {Steps} from './steps.ts';

/** What a history is read from. */
export type HistoryTables = {
  readonly node: SeriesTables<HistorySeriesName>;
  readonly gpus: SeriesTables<GpuSeriesName>;
  readonly histograms: HistogramTables;
};

/** Points of these series of the node and of its GPUs, and what the requests had, against targets. */
export function* historySteps(
  {node, gpus, histograms}: HistoryTables,
  query: HistoryQuery,
  nowMs: number,
  targets: LatencyTargets,
): Steps<History> {
  const {gpuSeries, gpu, windowMs, untilMs = nowMs} = query;
  const sinceMs = untilMs - windowMs;
  const sources = {
    readSeries: (...of: SeriesTime<HistorySeriesName>) => seriesSteps(node, ...of),
    startMs: histograms.startMs,
    readIntervals: histograms.read,
  };
  const ofNode = yield* readNodeHistory(sources, query, {sinceMs, untilMs, newestAtMs: nowMs}, targets);
  return {...ofNode, gpus: yield* gpuSteps(gpus, gpu, gpuSeries, sinceMs, untilMs)};
}

type SeriesTime<Name> = [names: readonly Name[], sinceMs: number, untilMs: number];

/** Points of series of the node. */
export function* seriesSteps(
  node: HistoryTables['node'],
  ...[names, sinceMs, untilMs]: SeriesTime<HistorySeriesName>
): Steps<History['series']> {
  const series: History['series'] = {};
  for (const name of names) {
    series[name] = yield* node.read(name, sinceMs, untilMs);
    yield;
  }
  return series;
}

/** The same of each GPU that has points in this time, or of the one with this index. */
export function* gpuSteps(
  gpus: HistoryTables['gpus'],
  gpu: number | undefined,
  ...[names, sinceMs, untilMs]: SeriesTime<GpuSeriesName>
): Steps<GpuHistory[]> {
  if (names.length === 0) return [];
  const indexes = gpu === undefined ? yield* gpus.gpus(sinceMs, untilMs) : [gpu];
  const found: GpuHistory[] = [];
  for (const index of indexes) {
    const series: GpuHistory['series'] = {};
    for (const name of names) {
      series[name] = yield* gpus.read(name, sinceMs, untilMs, index);
      yield;
    }
    found.push({index, series});
  }
  return found;
}
