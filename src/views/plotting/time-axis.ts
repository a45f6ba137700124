import {shortAgeText} from '../../shared/quantities/durations.ts';
import {MOST_DATE_MS, utcText} from '../../shared/quantities/moments.ts';
import {MS_PER_DAY, MS_PER_HOUR} from '../../shared/units.ts';

/** The time that a plot shows, and how it is named. */
export type PlotWindow = {
  readonly lengthMs: number;
  /** How far the end of the window is before now: 0 follows. */
  readonly backMs: number;
};

/** The columns of a plot in time. Their edges are multiples of `cellMs`, so that the past keeps its shape. */
export type TimeColumns = {readonly firstMs: number; readonly cellMs: number; readonly columns: number};

/** A named time, and its column. */
export type TimeTick = {readonly column: number; readonly text: string};

/** Longer windows, and those of the past, are named by the clock. */
const LONGEST_RELATIVE_MS = MS_PER_HOUR;
const LEAST_TICK_COLUMNS = 11;

/** Seconds between two named times. */
const tickSeconds = [
  5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
  1_209_600,
];

/** The columns of a window whose newest one has the window's end in it. */
export function timeColumns({lengthMs, backMs}: PlotWindow, nowMs: number, columns: number): TimeColumns {
  // Even, so that half columns are whole milliseconds too.
  const cellMs = 2 * Math.max(1, Math.ceil(lengthMs / Math.max(1, columns) / 2));
  const newest = Math.floor((nowMs - backMs) / cellMs);
  return {firstMs: (newest - columns + 1) * cellMs, cellMs, columns};
}

/** The column of a time, below zero or beyond the last one if it is outside. */
export function columnOf(atMs: number, {firstMs, cellMs}: TimeColumns): number {
  return Math.floor((atMs - firstMs) / cellMs);
}

/** `-10m`, `-5m` for what ends now; `14:30`, and the day at midnight, for longer windows and the past. Oldest first. */
export function timeTicks(window: PlotWindow, time: TimeColumns): readonly TimeTick[] {
  const stepMs = 1_000 * (tickSeconds.find((step) => (step * 1_000) / time.cellMs >= LEAST_TICK_COLUMNS) ?? Infinity);
  if (!Number.isFinite(stepMs)) return [];
  return window.backMs === 0 && window.lengthMs <= LONGEST_RELATIVE_MS
    ? agoTicks(stepMs, time)
    : clockTicks(stepMs, time);
}

/** Counted from the right edge: these do not move while time passes. */
function agoTicks(stepMs: number, {cellMs, columns}: TimeColumns): TimeTick[] {
  const ticks: TimeTick[] = [];
  for (let agoMs = stepMs; ; agoMs += stepMs) {
    const column = columns - Math.round(agoMs / cellMs);
    if (column < 0) return ticks.reverse();
    ticks.push({column, text: `-${shortAgeText(agoMs)}`});
  }
}

function clockTicks(stepMs: number, time: TimeColumns): TimeTick[] {
  const {firstMs, cellMs, columns} = time;
  const endMs = firstMs + columns * cellMs;
  if (Math.abs(firstMs) > MOST_DATE_MS || Math.abs(endMs) > MOST_DATE_MS) return [];
  const ticks: TimeTick[] = [];
  for (let atMs = Math.ceil(firstMs / stepMs) * stepMs; atMs < endMs; atMs += stepMs) {
    const text = utcText(atMs);
    ticks.push({column: columnOf(atMs, time), text: atMs % MS_PER_DAY === 0 ? text.slice(5, 10) : text.slice(11, 16)});
  }
  return ticks;
}
