import {unicodeGlyphs} from '../../../src/views/glyphs.ts';
import {plot} from '../../../src/views/plotting/plot.ts';
import type {PlotRequest, PlotSeries} from '../../../src/views/plotting/plot-request.ts';
import type {PlotPoint} from '../../../src/views/plotting/time-bins.ts';
import type {Row} from '../../../src/views/rows.ts';
import {TEST_NOW_MS} from '../../support/build-snapshot.ts';

/** Points once a second, the last one now. */
export function pointsOf(values: readonly (number | null)[]): readonly PlotPoint[] {
  return values.map((value, index) => ({atMs: TEST_NOW_MS - (values.length - 1 - index) * 1_000, value}));
}

/** An area of these points. */
export function seriesOf(points: readonly PlotPoint[], change: Partial<PlotSeries> = {}): PlotSeries {
  return {name: 'out', points, stepMs: 1_000, shape: 'area', tone: 'accent', ...change};
}

/** A plot of one minute in 36 by 6 cells. */
export function requestOf(series: readonly PlotSeries[], change: Partial<PlotRequest> = {}): PlotRequest {
  return {
    series,
    unit: 'tokensPerSecond',
    hasZero: true,
    top: null,
    limits: [],
    marks: [],
    window: {lengthMs: 60_000, backMs: 0},
    nowMs: TEST_NOW_MS,
    cursorMs: null,
    columns: 36,
    rows: 6,
    glyphs: unicodeGlyphs,
    ...change,
  };
}

/** Rows as they are, blanks at their ends too. */
export function cellsOf(rows: readonly Row[]): string[] {
  return rows.map((row) => row.map(({text}) => text).join(''));
}

/** A plot as a picture between bars. */
export function pictureOf(request: PlotRequest): string {
  return ['', ...cellsOf(plot(request).rows).map((row) => `|${row}|`), ''].join('\n');
}
