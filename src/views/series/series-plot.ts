import type {Event} from '../../api/event-schema.ts';
import type {HistoryPoints} from '../../api/history.ts';
import type {NamedSeries} from '../../api/series-choice.ts';
import {MS_PER_SECOND} from '../../shared/units.ts';
import {eventMarks} from '../events/event-marks.ts';
import type {GlyphSet} from '../glyphs.ts';
import {plot} from '../plotting/plot.ts';
import {plotLegend} from '../plotting/plot-legend.ts';
import type {PlotRequest} from '../plotting/plot-request.ts';
import type {Row} from '../rows.ts';

/** Where and over which time a series is plotted. */
export type SeriesPlotSpace = {
  readonly windowMs: number;
  readonly nowMs: number;
  readonly columns: number;
  /** Rows of the plot with its legend. */
  readonly rows: number;
  readonly glyphs: GlyphSet;
};

/** A kept series over the whole time, with a legend above it; starts and failures of the engine are marks. */
export function seriesPlot(
  {name, unit, points}: NamedSeries,
  events: readonly Event[],
  {windowMs, nowMs, columns, rows, glyphs}: SeriesPlotSpace,
): readonly Row[] {
  const request: PlotRequest = {
    series: [{name, tone: 'accent', points, stepMs: usualStep(points), shape: 'area'}],
    unit,
    hasZero: true,
    top: unit === 'ratio' ? 1 : null,
    limits: [],
    marks: eventMarks(events),
    window: {lengthMs: windowMs, backMs: 0},
    nowMs,
    cursorMs: null,
    columns,
    rows: rows - 1,
    glyphs,
  };
  const {rows: drawn, summaries} = plot(request);
  return [plotLegend(request, summaries), ...drawn];
}

/** The least time between two points: that of the tier they come from, unless all are far apart. */
function usualStep(points: HistoryPoints): number {
  let least = Number.POSITIVE_INFINITY;
  for (const [index, {atMs}] of points.entries()) {
    const before = points[index - 1];
    if (before !== undefined && atMs > before.atMs) least = Math.min(least, atMs - before.atMs);
  }
  return Number.isFinite(least) ? least : MS_PER_SECOND;
}
