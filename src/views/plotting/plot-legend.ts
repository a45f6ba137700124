import {type AxisUnit, axisValueText} from '../../shared/quantities/axis-units.ts';
import {joinParts, type Part, span, widthOf} from '../drawing/compose.ts';
import type {Row} from '../rows.ts';
import {cellForms, lineCell} from './cell-forms.ts';
import {linesBefore, type PlotRequest} from './plot-request.ts';
import {columnOf, timeColumns} from './time-axis.ts';
import {type SeriesSummary, valueAt} from './time-bins.ts';

/** Of a series with its glyph; everything else goes first. */
const NAME_IMPORTANCE = 5;

type Summaries = readonly (SeriesSummary | null)[];

/**
 * `⣿ out 1,900 tok/s  max 2,150 tok/s  min 1,650 tok/s  ╌ break-even 2,000 tok/s`: each series with its newest value (or that
 * under the cursor) and its extremes in the window, and every other glyph that the plot has. What there is no room for is left out, names last.
 */
export function plotLegend(request: PlotRequest, summaries: Summaries): Row {
  const {columns, glyphs} = request;
  const series = seriesParts(request, summaries);
  const limits = limitParts(request, true);
  const named = [...series.filter(({importance}) => importance === NAME_IMPORTANCE), ...limits];
  // A limit without its value, which is on the scale, is better than a line without a name.
  const isRoomy = named.reduce((sum, {row}) => sum + widthOf(row), 2 * (named.length - 1)) <= columns;
  return joinParts(
    [...series, ...(isRoomy ? limits : limitParts(request, false)), ...markParts(request)],
    columns,
    glyphs,
  );
}

/** `min 1,650 tok/s, max 2,150 tok/s`, for a title; empty where nothing is known. */
export function extremesText(unit: AxisUnit, summary: SeriesSummary | null): string {
  return summary === null ? '' : `min ${axisValueText(summary.least, unit)}, max ${axisValueText(summary.most, unit)}`;
}

function seriesParts({series, unit, glyphs, cursorMs}: PlotRequest, summaries: Summaries): Part[] {
  const form = cellForms[glyphs.plot.form];
  return series.flatMap(({name, shape, tone, points, stepMs}, index): Part[] => {
    const summary = summaries[index] ?? null;
    const line = lineCell(form, linesBefore(series, index));
    const sample = String.fromCharCode(shape === 'area' ? form.full : line(1, 2, 1, 2));
    const read = cursorMs === null ? (summary?.last ?? null) : valueAt(points, cursorMs, stepMs);
    const value = read === null ? glyphs.dash : axisValueText(read, unit);
    const extreme = (label: string, value: number): Row => [span(`${label} `, 'dim'), span(axisValueText(value, unit))];
    return [
      {row: [span(sample, tone), span(` ${name} `, 'dim'), span(value, 'strong')], importance: NAME_IMPORTANCE},
      ...(summary === null
        ? []
        : [
            {row: extreme('max', summary.most), importance: 3},
            {row: extreme('min', summary.least), importance: 1},
          ]),
    ];
  });
}

function limitParts({limits, unit, glyphs}: PlotRequest, hasValues: boolean): Part[] {
  return limits
    .filter(({value}) => Number.isFinite(value))
    .map(({name, value, tone}) => ({
      row: [
        span(glyphs.plot.limit, tone),
        ...(hasValues ? [span(` ${name} `, 'dim'), span(axisValueText(value, unit))] : [span(` ${name}`, 'dim')]),
      ],
      importance: 4,
    }));
}

/** Only of marks that are in the window. */
function markParts({marks, window, nowMs, columns, glyphs}: PlotRequest): Part[] {
  const time = timeColumns(window, nowMs, columns);
  const {start, failure} = glyphs.plot;
  return (['start', 'failure'] as const).flatMap((kind): Part[] => {
    const isShown = marks.some((mark) => {
      const column = columnOf(mark.atMs, time);
      return mark.kind === kind && column >= 0 && column < time.columns;
    });
    const tone = kind === 'failure' ? 'critical' : 'strong';
    const glyph = kind === 'failure' ? failure : start;
    return isShown ? [{row: [span(glyph, tone), span(` ${kind}`, 'dim')], importance: 2}] : [];
  });
}
