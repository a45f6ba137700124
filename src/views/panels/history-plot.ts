import type {GpuSeriesName, HistorySeriesName} from '../../api/history.ts';
import {type AxisUnit, axisValueText} from '../../shared/quantities/axis-units.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {factRow} from '../drawing/compose.ts';
import {eventMarks} from '../events/event-marks.ts';
import {RECENT} from '../history-screen/history-choice.ts';
import {plot} from '../plotting/plot.ts';
import {extremesText, plotLegend} from '../plotting/plot-legend.ts';
import type {PlotLimit, PlotRequest, PlotSeries} from '../plotting/plot-request.ts';
import {stackedRows} from '../plotting/stacked-rows.ts';
import type {PlotWindow} from '../plotting/time-axis.ts';
import type {Row, Tone} from '../rows.ts';
import {usualStep} from '../series/usual-step.ts';
import type {ViewInput} from '../view-input.ts';

/** The fewest rows of a plot: three for values, one for times. */
export const LEAST_PLOT_ROWS = 4;
/** From so many rows on, a plot has a legend. */
const LEGEND_ROWS = 6;

/** A kept series of the node, or an end of what its GPUs have. */
export type PlottedSeries = {
  readonly of: HistorySeriesName | {readonly gpu: GpuSeriesName; readonly end: 'least' | 'most'};
  readonly name: string;
  readonly tone: Tone;
  /** The first series is an area, those over it are lines. */
  readonly shape?: PlotSeries['shape'];
};

/** Kept series as a plot. */
export type HistoryPlot = {
  readonly series: readonly PlottedSeries[];
  readonly unit: AxisUnit;
  readonly hasZero?: boolean;
  readonly top?: number;
  readonly limits?: readonly PlotLimit[];
};

/** The rows of a plot; and for a title the extremes of the first series, where no legend has them. */
export type DrawnHistory = {readonly rows: readonly Row[]; readonly extremes: string};

/** True if a panel has a plot in so many rows; never in what a command prints, which is of one moment. */
export function hasPlot({keyOf, isText = false}: ViewInput, rows: number): boolean {
  return keyOf !== null && !isText && rows >= LEAST_PLOT_ROWS;
}

/** True if any point of it is in the time of the plot; what has none needs no room. */
export function hasPoints({data, window, nowMs}: ViewInput, {series}: HistoryPlot): boolean {
  const sinceMs = nowMs - (window?.lengthMs ?? RECENT.ms);
  return series.some(({of}) => pointsOf(data, of).some(({atMs, value}) => value !== null && atMs >= sinceMs));
}

/** A plot of exactly `rows` rows over the history that the console has; with a legend if there is room for it. */
export function historyPlot(input: ViewInput, plotted: HistoryPlot, rows: number): DrawnHistory {
  const hasLegend = rows >= LEGEND_ROWS;
  const request = requestOf(input, plotted, hasLegend ? rows - 1 : rows);
  const {rows: drawn, summaries} = plot(request);
  return hasLegend
    ? {rows: [plotLegend(request, summaries), ...drawn], extremes: ''}
    : {rows: drawn, extremes: extremesText(request.unit, summaries[0] ?? null)};
}

/** The newest value of each series in one row, where there is no room for a plot. */
export function latestRow(input: ViewInput, {series, unit}: HistoryPlot): Row {
  const {data, columns, glyphs} = input;
  const facts = series.map(({of, name}) => {
    const value = pointsOf(data, of).at(-1)?.value ?? null;
    return {label: name, value: value === null ? glyphs.dash : axisValueText(value, unit)};
  });
  return factRow(facts, columns, glyphs);
}

/** Several plots below each other in so many rows: the first ones that have room, each of the same height. */
export function historyPlots(input: ViewInput, plots: readonly HistoryPlot[], rows: number): readonly Row[] {
  const count = Math.max(1, Math.min(plots.length, Math.floor(rows / STACKED_ROWS)));
  const heights = stackedRows(count, rows);
  return plots.slice(0, count).flatMap((plotted, index) => historyPlot(input, plotted, heights[index] ?? 0).rows);
}

/** A plot that stands below another one: legend, six rows of values, times. */
const STACKED_ROWS = 8;

function requestOf(input: ViewInput, plotted: HistoryPlot, rows: number): PlotRequest {
  const {data, columns, glyphs} = input;
  const {unit, hasZero = true, top = null, limits = []} = plotted;
  const series = plotted.series.map(
    ({of, name, tone, shape}, index): PlotSeries => ({
      name,
      tone,
      points: pointsOf(data, of),
      stepMs: input.window ? usualStep(pointsOf(data, of)) : typeof of === 'string' ? MS_PER_SECOND : GPU_STEP_MS,
      shape: shape ?? (index === 0 ? 'area' : 'line'),
    }),
  );
  // The points have the clock of the supervisor, which may be a moment ahead of this one.
  const newestMs = Math.max(input.nowMs, ...series.map(({points}) => points.at(-1)?.atMs ?? 0));
  return {
    series,
    unit,
    hasZero,
    top,
    limits,
    marks: eventMarks(data.events ?? []),
    window: input.window ? {lengthMs: input.window.lengthMs, backMs: 0} : recentWindow,
    nowMs: newestMs,
    cursorMs: null,
    columns,
    rows,
    glyphs,
  };
}

/** What was loaded of GPUs has this step; what follows has a point each second. */
const GPU_STEP_MS = 10 * MS_PER_SECOND;

const noPoints: PlotSeries['points'] = [];

function pointsOf({history, gpuRanges}: ViewInput['data'], of: PlottedSeries['of']): PlotSeries['points'] {
  return (typeof of === 'string' ? history[of] : gpuRanges[of.gpu]?.[of.end]) ?? noPoints;
}

/** The same whatever is known of it: a scale of time that changes by itself is misread. */
const recentWindow: PlotWindow = {lengthMs: RECENT.ms, backMs: 0};
