import {
  type GpuHistory,
  gpuSeriesNames,
  type History,
  type HistoryPoints,
  type HistoryQuery,
  historySeriesNames,
} from '../../api/history.ts';
import {gpuHistoryValues, historyValues} from '../../api/history-values.ts';
import type {Recording} from '../../api/recording/open-recording.ts';
import type {Snapshot} from '../../api/snapshot.ts';
import type {GpuRanges} from '../series/gpu-ranges.ts';
import {plottedGpuSeries, withLoadedGpus} from '../series/gpu-ranges.ts';
import {plottedSeries} from '../series/series-points.ts';

/** More points than any plot has columns: a longer recording is read at so many moments of it. */
const MOST_POINTS = 7_200;

/** The series of a recording, and parts of them. */
export type RecordedSeries = {
  /** What a console has in memory at this time. */
  readonly until: (
    atMs: number,
    windowMs: number,
  ) => {readonly history: History['series']; readonly gpuRanges: GpuRanges};
  /** As the supervisor answers the query; without an end, all that was recorded: the cursor may go back. */
  readonly answer: (query: HistoryQuery) => History;
};

/** Reads all series of the recording. */
export function readRecordedSeries({timesMs, momentAt}: Pick<Recording, 'timesMs' | 'momentAt'>): RecordedSeries {
  const series: History['series'] = {};
  const gpus = new Map<number, GpuHistory>();
  const step = Math.ceil(timesMs.length / MOST_POINTS);
  for (let position = 0; position < timesMs.length; position += step) {
    const moment = momentAt(position);
    if (moment !== null) addPoints(series, gpus, moment.snapshot);
  }
  const ranges = withLoadedGpus({}, [...gpus.values()]);
  return {
    until(atMs, windowMs) {
      const part = (points: HistoryPoints): HistoryPoints => between(points, atMs - windowMs, atMs);
      const gpuRanges: {-readonly [Name in keyof GpuRanges]: GpuRanges[Name]} = {};
      for (const name of plottedGpuSeries) {
        const range = ranges[name];
        if (range !== undefined) gpuRanges[name] = {least: part(range.least), most: part(range.most)};
      }
      return {history: chosen(series, plottedSeries, part), gpuRanges};
    },
    answer({series: names, gpuSeries, windowMs, untilMs}) {
      const part = (points: HistoryPoints): HistoryPoints =>
        untilMs === undefined ? points : between(points, untilMs - windowMs, untilMs);
      return {
        series: chosen(series, names, part),
        gpus: [...gpus.values()].map((gpu) => ({index: gpu.index, series: chosen(gpu.series, gpuSeries, part)})),
      };
    },
  };
}

function addPoints(series: History['series'], gpus: Map<number, GpuHistory>, snapshot: Snapshot): void {
  const {takenAtMs: atMs} = snapshot;
  const values = historyValues(snapshot);
  for (const name of historySeriesNames) addPoint(series, name, {atMs, value: values[name]});
  for (const {index, values: ofGpu} of gpuHistoryValues(snapshot)) {
    const gpu = gpus.get(index) ?? {index, series: {}};
    gpus.set(index, gpu);
    for (const name of gpuSeriesNames) addPoint(gpu.series, name, {atMs, value: ofGpu[name]});
  }
}

function addPoint<Name extends string>(
  series: Partial<Record<Name, HistoryPoints>>,
  name: Name,
  point: HistoryPoints[number],
): void {
  const points = series[name] ?? [];
  series[name] = points;
  points.push(point);
}

function chosen<Name extends string>(
  series: Readonly<Partial<Record<Name, HistoryPoints>>>,
  names: readonly Name[],
  part: (points: HistoryPoints) => HistoryPoints,
): Partial<Record<Name, HistoryPoints>> {
  const parts: Partial<Record<Name, HistoryPoints>> = {};
  for (const name of names) parts[name] = part(series[name] ?? []);
  return parts;
}

function between(points: HistoryPoints, fromMs: number, untilMs: number): HistoryPoints {
  return points.filter(({atMs}) => atMs >= fromMs && atMs <= untilMs);
}
