import type {AxisUnit} from '../../shared/quantities/axis-units.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row, Tone} from '../rows.ts';
import type {PlotWindow} from './time-axis.ts';
import type {PlotPoint, SeriesSummary} from './time-bins.ts';

/** One line or area of a plot. */
export type PlotSeries = {
  readonly name: string;
  /** Oldest first. A changed series is another array: the same one is drawn once. */
  readonly points: readonly PlotPoint[];
  /** The usual time between two points. */
  readonly stepMs: number;
  readonly shape: 'area' | 'line';
  readonly tone: Tone;
};

/** How many of the series before this one are lines. */
export function linesBefore(series: readonly PlotSeries[], index: number): number {
  return series.slice(0, index).filter(({shape}) => shape === 'line').length;
}

/** A value that matters, as a horizontal line: a limit, a target. */
export type PlotLimit = {readonly name: string; readonly value: number; readonly tone: Tone};

/** A moment that matters, as a vertical line. */
export type PlotMark = {readonly atMs: number; readonly kind: 'start' | 'failure'};

/** What a plot is drawn from. Later series are drawn over earlier ones. */
export type PlotRequest = {
  readonly series: readonly PlotSeries[];
  readonly unit: AxisUnit;
  /** True if the scale begins at zero; false to show small changes of large values. */
  readonly hasZero: boolean;
  /** The top of the scale where it does not follow from the values, as for ratios. */
  readonly top: number | null;
  readonly limits: readonly PlotLimit[];
  readonly marks: readonly PlotMark[];
  readonly window: PlotWindow;
  readonly nowMs: number;
  /** The moment under the cursor; null for none. */
  readonly cursorMs: number | null;
  readonly columns: number;
  readonly rows: number;
  readonly glyphs: GlyphSet;
};

/** A drawn plot. */
export type Plot = {
  /** As many as requested, each of exactly the requested columns. */
  readonly rows: readonly Row[];
  /** What the window has of each series; null where nothing is known. */
  readonly summaries: readonly (SeriesSummary | null)[];
};
