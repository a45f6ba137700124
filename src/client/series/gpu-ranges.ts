import type {GpuHistory, GpuSeriesName, HistoryPoints} from '../../api/history.ts';
import {gpuHistoryValues, type MeasuredMoment} from '../../api/history-values.ts';
import {createKeptPoints, secondOf} from './kept-points.ts';
import {madeWhenRead} from './made-when-read.ts';

/** The least and the most that any GPU had at each time: what a plot of many GPUs can show, and what differs between them. */
export type GpuRange = {readonly least: HistoryPoints; readonly most: HistoryPoints};
export type GpuRanges = Readonly<Partial<Record<GpuSeriesName, GpuRange>>>;

/** The series of GPUs that panels plot. */
export const plottedGpuSeries: readonly GpuSeriesName[] = ['utilizationRatio', 'powerDrawWatts', 'temperatureCelsius'];

/** Recent points of the ranges. */
export type KeptRanges = {
  /** Adds those of this snapshot, one point per second; what is older than the window goes. */
  readonly add: (snapshot: MeasuredMoment) => void;
  /** Puts what was loaded before what arrived during loading. */
  readonly load: (gpus: readonly GpuHistory[]) => void;
  /** The ranges as they are now; what is added later does not change them. */
  readonly current: () => GpuRanges;
};

/** Ranges without points, which keep a window of time. */
export function createKeptRanges(windowMs: number): KeptRanges {
  const kept = new Map(
    plottedGpuSeries.map((name) => [name, {least: createKeptPoints(windowMs), most: createKeptPoints(windowMs)}]),
  );
  return {
    add(snapshot) {
      const {takenAtMs: atMs} = snapshot;
      const ends = gpuEnds(snapshot);
      for (const [name, {least, most}] of kept) {
        least.add({atMs, value: ends[name]?.least ?? null});
        most.add({atMs, value: ends[name]?.most ?? null});
      }
    },
    load(gpus) {
      const loaded = rangesOf(gpus);
      for (const [name, {least, most}] of kept) {
        least.load(loaded[name]?.least ?? []);
        most.load(loaded[name]?.most ?? []);
      }
    },
    current() {
      const makers = new Map<GpuSeriesName, () => GpuRange>();
      for (const [name, points] of kept) {
        const [least, most] = [points.least.current(), points.most.current()];
        makers.set(name, () => ({least: least(), most: most()}));
      }
      return madeWhenRead(makers);
    },
  };
}

/** The least and the most that any GPU has in a snapshot, by series; null where no value is known. */
export function gpuEnds(snapshot: MeasuredMoment): Partial<Record<GpuSeriesName, Ends>> {
  const cards = gpuHistoryValues(snapshot);
  const ends: Partial<Record<GpuSeriesName, Ends>> = {};
  for (const name of plottedGpuSeries) {
    const [least, most] = endsOf(cards.map(({values}) => values[name]));
    ends[name] = {least, most};
  }
  return ends;
}

type Ends = {readonly least: number | null; readonly most: number | null};

/** The ranges of what was loaded of each GPU. */
export function rangesOf(gpus: readonly GpuHistory[]): GpuRanges {
  const ranges: Partial<Record<GpuSeriesName, GpuRange>> = {};
  for (const name of plottedGpuSeries) ranges[name] = rangeOf(gpus.map(({series}) => series[name] ?? []));
  return ranges;
}

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
