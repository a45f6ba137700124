import type {Event} from '../../api/event-schema.ts';
import {type GpuHistory, type GpuSeriesName, gpuSeriesUnits, type HistoryPoints} from '../../api/history.ts';
import type {GpuView} from '../../api/snapshot.ts';
import {isPresent} from '../../samples/reading.ts';
import {padRow, span} from '../drawing/compose.ts';
import {eventMarks} from '../events/event-marks.ts';
import type {GlyphSet} from '../glyphs.ts';
import {plot} from '../plotting/plot.ts';
import {plotLegend} from '../plotting/plot-legend.ts';
import type {PlotLimit, PlotRequest} from '../plotting/plot-request.ts';
import {stackedRows} from '../plotting/stacked-rows.ts';
import type {Row} from '../rows.ts';
import {usualStep} from '../series/usual-step.ts';

/** Where the plots of a GPU are drawn, and over which time. */
export type CardPlotSpace = {
  readonly windowMs: number;
  readonly nowMs: number;
  readonly events: readonly Event[];
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
};

type CardPlot = {
  readonly of: GpuSeriesName;
  readonly name: string;
  readonly hasZero: boolean;
  readonly limits: (gpu: GpuView) => readonly PlotLimit[];
};

const noLimits = (): readonly PlotLimit[] => [];

/** The plots of a GPU, most important first. */
const cardPlots: readonly CardPlot[] = [
  {of: 'memoryUsedBytes', name: 'memory', hasZero: false, limits: planLimits},
  {of: 'utilizationRatio', name: 'busy', hasZero: true, limits: noLimits},
  {of: 'powerDrawWatts', name: 'power', hasZero: true, limits: powerLimits},
  {of: 'smClockMhz', name: 'SM clock', hasZero: true, limits: noLimits},
  {of: 'temperatureCelsius', name: 'temperature', hasZero: false, limits: noLimits},
  {of: 'throttledRatio', name: 'slowed by heat or power supply', hasZero: true, limits: noLimits},
];

/** The series that the plots are of. */
export const cardSeries: readonly GpuSeriesName[] = cardPlots.map(({of}) => of);

/** A plot in fewer columns has no room for its times. */
const LEAST_COLUMNS = 36;
const MOST_ACROSS = 3;
/** Legend, four rows of values, times. */
const LEAST_ROWS = 6;
const GAP = 2;

/** The rows in which all plots can be read. */
export function leastPlotRows(columns: number): number {
  return Math.ceil(cardPlots.length / acrossOf(columns)) * LEAST_ROWS;
}

function acrossOf(columns: number): number {
  return Math.max(1, Math.min(MOST_ACROSS, Math.floor((columns + GAP) / (LEAST_COLUMNS + GAP))));
}

/** As many of the plots as there is room for, next to and below each other, in exactly so many rows; none in few rows. */
export function cardPlotRows(gpu: GpuView, series: GpuHistory['series'], space: CardPlotSpace): readonly Row[] {
  const {columns, rows} = space;
  const down = Math.floor(rows / LEAST_ROWS);
  if (down === 0) return [];
  const across = acrossOf(columns);
  const lines = Math.min(down, Math.ceil(cardPlots.length / across));
  return stackedRows(lines, rows).flatMap((height, line) => {
    const inLine = cardPlots.slice(line * across, (line + 1) * across);
    const width = Math.floor((columns - (inLine.length - 1) * GAP) / inLine.length);
    return besides(
      inLine.map((one) => plotRows(one, gpu, series[one.of] ?? [], {...space, columns: width, rows: height})),
      width,
    );
  });
}

function plotRows(
  {of, name, hasZero, limits}: CardPlot,
  gpu: GpuView,
  points: HistoryPoints,
  {windowMs, nowMs, events, columns, rows, glyphs}: CardPlotSpace,
): readonly Row[] {
  const unit = gpuSeriesUnits[of];
  const request: PlotRequest = {
    series: [{name, tone: 'firstSeries', points, stepMs: usualStep(points), shape: hasZero ? 'area' : 'line'}],
    unit,
    hasZero,
    top: unit === 'ratio' ? 1 : null,
    limits: limits(gpu),
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

function besides(plots: readonly (readonly Row[])[], width: number): Row[] {
  const height = Math.max(0, ...plots.map((rows) => rows.length));
  return Array.from(
    {length: height},
    (_, line): Row =>
      plots.flatMap((rows, place) => [
        ...(place === 0 ? [] : [span(' '.repeat(GAP))]),
        ...padRow(rows[line] ?? [], width),
      ]),
  );
}

function planLimits({budget}: GpuView): readonly PlotLimit[] {
  if (!isPresent(budget)) return [];
  return [{name: 'plan', value: budget.totalBytes + budget.outsideBytes, tone: 'limit'}];
}

function powerLimits({powerLimitWatts}: GpuView): readonly PlotLimit[] {
  return isPresent(powerLimitWatts) ? [{name: 'cap', value: powerLimitWatts, tone: 'limit'}] : [];
}
