import {axisLabelColumns} from '../../shared/quantities/axis-units.ts';
import {cellForms} from './cell-forms.ts';
import {type PlotFrame, paintPlot} from './paint-plot.ts';
import type {Plot, PlotRequest} from './plot-request.ts';
import {columnOf, type TimeColumns, timeColumns} from './time-axis.ts';
import {type Bins, binPoints, type PlotPoint} from './time-bins.ts';
import {LEAST_RELATIVE_SPAN, type ValueScale, valueScale} from './value-scale.ts';

/** With fewer, the scale is left out. */
const LEAST_PLOT_COLUMNS = 8;
/** Rows of the scale for a step between two named values. */
const ROWS_PER_STEP = 2.5;
const MOST_STEPS = 6;
/** A limit so many times as far as the values would leave hardly any room for them. */
const FARTHEST_LIMIT = 3;

/** Plots of one version of a series that are kept: those of its panels, and of the zoomed one. */
const MOST_DRAWN = 8;
const drawn = new WeakMap<readonly PlotPoint[], Map<string, Drawn>>();

type Drawn = {readonly plot: Plot; readonly time: TimeColumns; readonly points: readonly (readonly PlotPoint[])[]};

/**
 * The series over the window as rows of characters, with scale and times at the sides if there is room for them. One plot
 * of one version of its series is drawn once.
 */
export function plot(request: PlotRequest): Plot {
  const version = request.series[0]?.points;
  if (version === undefined) return draw(request).plot;
  const plots = drawn.get(version) ?? new Map<string, Drawn>();
  drawn.set(version, plots);
  const key = keyOf(request);
  const known = plots.get(key);
  if (known !== undefined && isCurrent(known, request)) return known.plot;
  const {plot: plotted, time} = draw(request);
  if (plots.size >= MOST_DRAWN) plots.clear();
  plots.set(key, {plot: plotted, time, points: request.series.map(({points}) => points)});
  return plotted;
}

/** Everything that a plot depends on, except the points and the time. */
function keyOf({glyphs, ...request}: PlotRequest): string {
  const {columns, rows, unit, hasZero, top, window, limits, marks, cursorMs} = request;
  const series = request.series.map(({name, stepMs, shape, tone}) => [name, stepMs, shape, tone]);
  return JSON.stringify([glyphs.plot, columns, rows, unit, hasZero, top, window, limits, marks, cursorMs, series]);
}

function isCurrent({time, points}: Drawn, {series, nowMs, window}: PlotRequest): boolean {
  return (
    columnOf(nowMs - window.backMs, time) === time.columns - 1 &&
    series.every((each, index) => each.points === points[index])
  );
}

/** The frame of the plot decides how many columns its values have, and its widest label how wide the frame is. */
function draw(request: PlotRequest): {readonly plot: Plot; readonly time: TimeColumns} {
  const usual = measure(request, axisLabelColumns(request.unit));
  const widest = Math.max(0, ...(usual.scale?.ticks ?? []).map(({text}) => text.length));
  const measured = widest < usual.gutter || usual.gutter === 0 ? usual : measure(request, widest);
  const {bins, ...frame} = measured;
  return {
    plot: {rows: paintPlot(request, bins, frame), summaries: bins.map(({summary}) => summary)},
    time: frame.time,
  };
}

type Measured = PlotFrame & {readonly bins: readonly Bins[]};

function measure(request: PlotRequest, labelColumns: number): Measured {
  const {columns, rows, window, nowMs, glyphs} = request;
  const gutter = columns - labelColumns - 1 >= LEAST_PLOT_COLUMNS && rows > 1 ? labelColumns + 1 : 0;
  const time = timeColumns(window, nowMs, Math.max(0, columns - gutter));
  const {values} = cellForms[glyphs.plot.form];
  const span = {firstMs: time.firstMs, binMs: time.cellMs / values, count: time.columns * values};
  const bins = request.series.map(({points, stepMs}) => binPoints(points, span, stepMs));
  return {gutter, time, bins, scale: scaleOf(request, bins, Math.max(1, rows - 1))};
}

/** Null where nothing is known: a scale without values would be invented. */
function scaleOf({unit, hasZero, top, limits}: PlotRequest, bins: readonly Bins[], rows: number): ValueScale | null {
  const known = bins.flatMap(({summary}) => summary ?? []);
  if (known.length === 0) return null;
  const least = Math.min(...known.map((summary) => summary.least));
  const most = Math.max(...known.map((summary) => summary.most));
  const near = limits.map(({value}) => value).filter((value) => isNear(value, least, most, hasZero));
  const mostSteps = Math.min(MOST_STEPS, Math.max(1, Math.round(rows / ROWS_PER_STEP)));
  return valueScale(Math.min(least, ...near), Math.max(most, top ?? most, ...near), {unit, mostSteps, hasZero});
}

/** True for a limit that leaves the values at least a third of the height. */
function isNear(value: number, least: number, most: number, hasZero: boolean): boolean {
  if (!Number.isFinite(value)) return false;
  const low = hasZero ? Math.min(0, least) : least;
  const span = hasZero ? most - low : Math.max(most - low, Math.abs(most) * LEAST_RELATIVE_SPAN);
  return value <= low + FARTHEST_LIMIT * span && value >= most - FARTHEST_LIMIT * span;
}
