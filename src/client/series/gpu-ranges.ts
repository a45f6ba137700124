import type {GpuHistory, GpuSeriesName, HistoryPoints} from '../../api/history.ts';
import {gpuHistoryValues, type MeasuredMoment} from '../../api/history-values.ts';
import {followedBy, secondOf, withPoint} from './series-points.ts';

/** The least and the most that any GPU had at each time: what a plot of many GPUs can show, and what differs between them. */
export type GpuRange = {readonly least: HistoryPoints; readonly most: HistoryPoints};
export type GpuRanges = Readonly<Partial<Record<GpuSeriesName, GpuRange>>>;

/** The series of GPUs that panels plot. */
export const plottedGpuSeries: readonly GpuSeriesName[] = ['utilizationRatio', 'powerDrawWatts', 'temperatureCelsius'];

/** The ranges with this snapshot added, and without points older than the window. One point per second. */
export function withGpus(ranges: GpuRanges, snapshot: MeasuredMoment, windowMs: number): GpuRanges {
  const {takenAtMs} = snapshot;
  const cards = gpuHistoryValues(snapshot);
  const extended: Partial<Record<GpuSeriesName, GpuRange>> = {};
  for (const name of plottedGpuSeries) {
    const {least, most} = ranges[name] ?? NOTHING;
    const [low, high] = endsOf(cards.map(({values}) => values[name]));
    extended[name] = {
      least: withPoint(least, {atMs: takenAtMs, value: low}, windowMs),
      most: withPoint(most, {atMs: takenAtMs, value: high}, windowMs),
    };
  }
  return extended;
}

/** The ranges of what was loaded, followed by the points that arrived during loading. */
export function withLoadedGpus(present: GpuRanges, gpus: readonly GpuHistory[]): GpuRanges {
  const merged: Partial<Record<GpuSeriesName, GpuRange>> = {};
  for (const name of plottedGpuSeries) {
    const past = rangeOf(gpus.map(({series}) => series[name] ?? []));
    const {least, most} = present[name] ?? NOTHING;
    merged[name] = {least: followedBy(past.least, least), most: followedBy(past.most, most)};
  }
  return merged;
}

const NOTHING: GpuRange = {least: [], most: []};

/** The points of all GPUs by second, oldest first. */
function rangeOf(gpus: readonly HistoryPoints[]): GpuRange {
  const values = new Map<number, {readonly atMs: number; readonly known: (number | null)[]}>();
  for (const {atMs, value} of gpus.flat()) {
    const second = secondOf(atMs);
    const found = values.get(second);
    if (found === undefined) values.set(second, {atMs, known: [value]});
    else found.known.push(value);
  }
  const least: HistoryPoints = [];
  const most: HistoryPoints = [];
  for (const {atMs, known} of [...values.values()].toSorted((a, b) => a.atMs - b.atMs)) {
    const [low, high] = endsOf(known);
    least.push({atMs, value: low});
    most.push({atMs, value: high});
  }
  return {least, most};
}

/** Null where no value is known. */
function endsOf(values: readonly (number | null)[]): readonly [number | null, number | null] {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? [null, null] : [Math.min(...known), Math.max(...known)];
}
