import type {HistoryPoints} from '../../api/history.ts';
import type {NamedSeries} from '../../api/series-choice.ts';
import {axisValueText} from '../../shared/quantities/axis-units.ts';
import {padText, span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';

/** The known values of a series over a time. */
export type SeriesFigures = {
  /** The newest value; null if the series ends with an unknown one. */
  readonly last: number | null;
  readonly least: number;
  readonly mean: number;
  readonly most: number;
};

const headings = ['last', 'min', 'mean', 'max'] as const;
const GAP_COLUMNS = 2;
const LEAST_VALUE_COLUMNS = 6;

/** What is known of a series; null where no value is. The mean is over points, which are evenly spaced in time. */
export function figuresOf(points: HistoryPoints): SeriesFigures | null {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let count = 0;
  for (const {value} of points) {
    if (value === null) continue;
    least = Math.min(least, value);
    most = Math.max(most, value);
    sum += value;
    count += 1;
  }
  return count === 0 ? null : {last: points.at(-1)?.value ?? null, least, mean: sum / count, most};
}

/** Series as a table: newest, least, mean and greatest value, each with its unit. A series without a value has dashes. */
export function seriesTable(series: readonly NamedSeries[], {dash}: Pick<GlyphSet, 'dash'>): readonly Row[] {
  const lines = series.map(({name, unit, points}) => {
    const figures = figuresOf(points);
    const text = (value: number | null): string => (value === null ? dash : axisValueText(value, unit));
    return {
      name,
      cells: [figures?.last, figures?.least, figures?.mean, figures?.most].map((value) => text(value ?? null)),
    };
  });
  const nameColumns = Math.max(...lines.map(({name}) => name.length), 'series'.length);
  const valueColumns = headings.map((_, index) =>
    Math.max(LEAST_VALUE_COLUMNS, ...lines.map(({cells}) => cells[index]?.length ?? 0)),
  );
  const row = (name: string, cells: readonly string[], tone: 'dim' | 'normal'): Row => [
    span(padText(name, nameColumns), tone),
    ...cells.map((cell, index) => span(padText(cell, GAP_COLUMNS + (valueColumns[index] ?? 0), 'left'), tone)),
  ];
  return [row('series', headings, 'dim'), ...lines.map(({name, cells}) => row(name, cells, 'normal'))];
}
