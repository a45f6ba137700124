import type {Event} from '../../api/event-schema.ts';
import type {NamedSeries} from '../../api/series-choice.ts';
import {eventMarks} from '../events/event-marks.ts';
import type {GlyphSet} from '../glyphs.ts';
import {plot} from '../plotting/plot.ts';
import {plotLegend} from '../plotting/plot-legend.ts';
import type {PlotRequest, PlotSeries} from '../plotting/plot-request.ts';
import type {Row, Tone} from '../rows.ts';
import {usualStep} from './usual-step.ts';

/** Where and over which time series are plotted. */
export type SeriesPlotSpace = {
  readonly windowMs: number;
  /** End of the window, epoch ms. */
  readonly endMs: number;
  readonly nowMs: number;
  /** The moment that the legend reads; null for the newest one. */
  readonly cursorMs: number | null;
  readonly columns: number;
  /** Rows of the plot with its legend. */
  readonly rows: number;
  readonly glyphs: GlyphSet;
};

/** Told apart by color only where there are several GPUs: their legend has each by its name. */
const tones: readonly Tone[] = ['firstSeries', 'secondSeries', 'thirdSeries', 'fourthSeries', 'normal', 'dim'];
/** A ratio is plotted up to 1. */
const RATIO_TOP = 1;

/** Kept series of one unit over the whole window, with a legend above them; starts and failures of the engine are marks. */
export function seriesPlot(
  series: readonly NamedSeries[],
  events: readonly Event[],
  {windowMs, endMs, nowMs, cursorMs, columns, rows, glyphs}: SeriesPlotSpace,
): readonly Row[] {
  const unit = series[0]?.unit ?? 'count';
  // Areas of several series would hide each other.
  const ofMany = series.filter(({gpu}) => gpu !== null).length > 1;
  const request: PlotRequest = {
    series: series.map(
      ({name, gpu, points}, index): PlotSeries => ({
        name: ofMany && gpu !== null ? `GPU ${gpu}` : name,
        tone: tones[index % tones.length] ?? 'normal',
        points,
        stepMs: usualStep(points),
        shape: index === 0 && !ofMany ? 'area' : 'line',
      }),
    ),
    unit,
    hasZero: true,
    top: unit === 'ratio' ? RATIO_TOP : null,
    limits: [],
    marks: eventMarks(events),
    window: {lengthMs: windowMs, backMs: Math.max(0, nowMs - endMs)},
    nowMs,
    cursorMs,
    columns,
    rows: rows - 1,
    glyphs,
  };
  const {rows: drawn, summaries} = plot(request);
  return [plotLegend(request, summaries), ...drawn];
}
