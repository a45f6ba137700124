import {
  type GpuSeriesName,
  gpuSeriesNames,
  type History,
  type HistoryPoints,
  type HistoryQuery,
  historySeriesNames,
} from '../../api/history.ts';
import {gpuHistoryValues, historyValues, type MeasuredMoment} from '../../api/history-values.ts';
import type {Recording} from '../../api/recording/open-recording.ts';
import {type GpuRanges, gpuEnds, plottedGpuSeries} from '../series/gpu-ranges.ts';
import {plottedSeries} from '../series/series-points.ts';

/** More points than any plot has columns: a longer recording is read at so many moments of it. */
const MOST_POINTS = 7_200;
/** Snapshots that are decoded in one turn: about ten milliseconds. */
const SNAPSHOTS_PER_TURN = 120;

/** The series of a recording, as far as they were read. */
export type RecordedSeries = {
  /** Reads a turn's worth of what these times have, the newest first. True once all was read. */
  readonly read: (fromMs: number, untilMs: number) => boolean;
  /** What a console has in memory at this time. */
  readonly until: (
    atMs: number,
    windowMs: number,
  ) => {readonly history: History['series']; readonly gpuRanges: GpuRanges};
  /** As the supervisor answers the query; without an end, all that was recorded: the cursor may go back. */
  readonly answer: (query: HistoryQuery) => History;
};

/** Series of the recording, none of which was read yet. */
export function createRecordedSeries({timesMs, measuredAt}: Pick<Recording, 'timesMs' | 'measuredAt'>): RecordedSeries {
  const step = Math.ceil(timesMs.length / MOST_POINTS);
  const slotTimesMs = timesMs.filter((_, position) => position % step === 0);
  const isRead = new Uint8Array(slotTimesMs.length);
  const table = createTable(slotTimesMs.length);

  /** Its slots of these times that were read, or were not. */
  function slots(fromMs: number, untilMs: number, wantsRead: boolean): number[] {
    const found: number[] = [];
    for (const [slot, atMs] of slotTimesMs.entries())
      if (atMs >= fromMs && atMs <= untilMs && (isRead[slot] === 1) === wantsRead) found.push(slot);
    return found;
  }

  function points(name: string, of: readonly number[]): HistoryPoints {
    return of.map((slot) => ({atMs: slotTimesMs[slot] ?? 0, value: table.value(name, slot)}));
  }

  return {
    read(fromMs, untilMs) {
      const unread = slots(fromMs, untilMs, false);
      const turn = unread.slice(-Math.max(1, Math.floor(SNAPSHOTS_PER_TURN / step)));
      for (const slot of turn) {
        const moment = measuredAt(slot * step);
        isRead[slot] = 1;
        if (moment !== null) table.add(slot, moment);
      }
      return turn.length === unread.length;
    },
    until(atMs, windowMs) {
      const shown = slots(atMs - windowMs, atMs, true).filter(table.hasMoment);
      const gpuRanges: {-readonly [Name in keyof GpuRanges]: GpuRanges[Name]} = {};
      for (const name of plottedGpuSeries)
        gpuRanges[name] = {least: points(leastOf(name), shown), most: points(mostOf(name), shown)};
      return {history: chosen(plottedSeries, (name) => points(name, shown)), gpuRanges};
    },
    answer({series, gpuSeries, gpu, windowMs, untilMs}) {
      const [fromMs, endMs] = windowOf(windowMs, untilMs);
      const shown = slots(fromMs, endMs, true).filter(table.hasMoment);
      return {
        series: chosen(series, (name) => points(name, shown)),
        gpus: table
          .gpus()
          .filter((index) => gpu === undefined || index === gpu)
          .map((index) => ({index, series: chosen(gpuSeries, (name) => points(ofGpu(index, name), shown))})),
      };
    },
  };
}

/** The times that a query asks for, epoch ms. */
export function windowOf(windowMs: number, untilMs: number | undefined): readonly [number, number] {
  return untilMs === undefined ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] : [untilMs - windowMs, untilMs];
}

const ofGpu = (index: number, name: GpuSeriesName): string => `${index} ${name}`;
const leastOf = (name: GpuSeriesName): string => `least ${name}`;
const mostOf = (name: GpuSeriesName): string => `most ${name}`;

type Table = {
  readonly add: (slot: number, moment: MeasuredMoment) => void;
  readonly hasMoment: (slot: number) => boolean;
  readonly value: (column: string, slot: number) => number | null;
  /** Indices of the GPUs in it, ascending. */
  readonly gpus: () => readonly number[];
};

/** Values by column and slot, eight bytes each. */
function createTable(slots: number): Table {
  const columns = new Map<string, Float64Array>();
  const gpus = new Set<number>();
  const has = new Uint8Array(slots);

  function set(name: string, slot: number, value: number | null): void {
    const column = columns.get(name) ?? new Float64Array(slots).fill(Number.NaN);
    columns.set(name, column);
    column[slot] = value ?? Number.NaN;
  }

  return {
    add(slot, moment) {
      has[slot] = 1;
      const values = historyValues(moment);
      for (const name of historySeriesNames) set(name, slot, values[name]);
      for (const gpu of gpuHistoryValues(moment)) {
        gpus.add(gpu.index);
        for (const name of gpuSeriesNames) set(ofGpu(gpu.index, name), slot, gpu.values[name]);
      }
      const ends = gpuEnds(moment);
      for (const name of plottedGpuSeries) {
        set(leastOf(name), slot, ends[name]?.least ?? null);
        set(mostOf(name), slot, ends[name]?.most ?? null);
      }
    },
    hasMoment: (slot) => has[slot] === 1,
    value(column, slot) {
      const value = columns.get(column)?.[slot] ?? Number.NaN;
      return Number.isNaN(value) ? null : value;
    },
    gpus: () => [...gpus].toSorted((a, b) => a - b),
  };
}

function chosen<Name extends string>(
  names: readonly Name[],
  pointsOf: (name: Name) => HistoryPoints,
): Partial<Record<Name, HistoryPoints>> {
  const parts: Partial<Record<Name, HistoryPoints>> = {};
  for (const name of names) parts[name] = pointsOf(name);
  return parts;
}
