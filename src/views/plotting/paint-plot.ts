import type {GlyphSet} from '../glyphs.ts';
import type {Row, Span, Tone} from '../rows.ts';
import {type CellForm, cellForms, EMPTY_CELL, lineCell, type PaintCell} from './cell-forms.ts';
import {linesBefore, type PlotRequest} from './plot-request.ts';
import {columnOf, type TimeColumns, timeTicks} from './time-axis.ts';
import type {Bins} from './time-bins.ts';
import {areaLevels, type Levels, levelOf, lineLevels} from './value-levels.ts';
import type {ValueScale} from './value-scale.ts';

/** What surrounds the values of a plot. */
export type PlotFrame = {
  /** Columns for the scale and its axis; 0 without it. */
  readonly gutter: number;
  readonly time: TimeColumns;
  /** Null while no value is known. */
  readonly scale: ValueScale | null;
};

const NOTHING = 'no data';

/** Exactly the requested rows: the values, and below them the times if there is more than one row. */
export function paintPlot(request: PlotRequest, bins: readonly Bins[], frame: PlotFrame): Row[] {
  const {rows, columns} = request;
  if (rows < 1 || columns < 1) return Array.from({length: Math.max(0, rows)}, () => []);
  const valueRows = Math.max(1, rows - 1);
  const labels = valueLabels(frame, valueRows);
  const painted = paintValues(request, bins, frame, valueRows, labels);
  return rows === 1 ? painted : [...painted, timeRow(request, frame, labels[valueRows] ?? '')];
}

/** The label of each row of values from the top, and last that of the axis below them. */
function valueLabels({scale}: PlotFrame, valueRows: number): string[] {
  const labels = Array.from({length: valueRows + 1}, () => '');
  for (const {value, text} of scale?.ticks ?? []) {
    const {low, high} = scale ?? {low: 0, high: 1};
    const row = valueRows - Math.ceil(((value - low) / (high - low)) * valueRows - 1e-9);
    labels[Math.min(valueRows, Math.max(0, row))] = text;
  }
  return labels;
}

type Layer = {readonly levels: Levels; readonly perCell: number; readonly cell: PaintCell; readonly tone: Tone};

function layersOf({series, glyphs}: PlotRequest, bins: readonly Bins[], scale: ValueScale, rows: number): Layer[] {
  const form = cellForms[glyphs.plot.form];
  return series.flatMap(({shape, tone}, index): Layer[] => {
    const own = bins[index];
    if (own === undefined) return [];
    const isArea = shape === 'area';
    const perCell = isArea ? form.areaLevels : form.lineLevels;
    const levels = (isArea ? areaLevels : lineLevels)(own, scale, perCell * rows);
    const cell = isArea ? form.area : lineCell(form, linesBefore(series, index));
    return [{levels, perCell, cell, tone}];
  });
}

/** What the rows of values have in common. */
type Canvas = {
  /** The one drawn last comes first. */
  readonly layers: readonly Layer[];
  readonly form: CellForm;
  /** By column. */
  readonly verticals: readonly (Vertical | undefined)[];
  readonly columns: number;
};

function paintValues(
  request: PlotRequest,
  bins: readonly Bins[],
  {scale, time, gutter}: PlotFrame,
  valueRows: number,
  labels: readonly string[],
): Row[] {
  const {columns} = time;
  const canvas: Canvas = {
    layers: scale === null ? [] : layersOf(request, bins, scale, valueRows).reverse(),
    form: cellForms[request.glyphs.plot.form],
    verticals: verticalsOf(request, time),
    columns,
  };
  return Array.from({length: valueRows}, (_, row) => {
    const side = gutterSpans(labels[row] ?? '', gutter, request.glyphs);
    const isNoticed = scale === null && row === (valueRows - 1) >> 1 && columns >= NOTHING.length;
    const limit = limitCell(request, scale, valueRows, row);
    return [...side, ...(isNoticed ? [noticeSpan(columns)] : paintRow(canvas, valueRows - 1 - row, row === 0, limit))];
  });
}

/** The newest series in each cell; marks and limits where a cell is empty or full, so that no value is hidden. */
function paintRow(canvas: Canvas, fromBottom: number, isTop: boolean, limit: Cell | null): readonly Span[] {
  const {layers, form, verticals, columns} = canvas;
  const runs = createRuns();
  for (let column = 0; column < columns; column += 1) {
    let code = EMPTY_CELL;
    let tone: Tone = 'dim';
    for (const layer of layers) {
      code = cellCode(layer, column, fromBottom, form.values);
      tone = layer.tone;
      if (code !== EMPTY_CELL) break;
    }
    const vertical = verticals[column];
    const isHead = isTop && vertical !== undefined;
    const above = isHead ? vertical.head : (vertical?.line ?? limit);
    if (above !== null && (isHead || code === EMPTY_CELL || code === form.full)) runs.add(above.code, above.tone);
    else runs.add(code, tone);
  }
  return runs.end();
}

function cellCode({levels, perCell, cell}: Layer, column: number, rowFromBottom: number, values: 1 | 2): number {
  const bottom = rowFromBottom * perCell;
  const first = column * values;
  const from = within((levels.from[first] ?? 0) - bottom, perCell);
  const to = within((levels.to[first] ?? 0) - bottom, perCell);
  if (values === 1) return cell(from, to, 0, 0);
  const secondFrom = within((levels.from[first + 1] ?? 0) - bottom, perCell);
  const secondTo = within((levels.to[first + 1] ?? 0) - bottom, perCell);
  return cell(from, to, secondFrom, secondTo);
}

function within(level: number, perCell: number): number {
  return Math.max(0, Math.min(level, perCell));
}

type Runs = {readonly add: (code: number, tone: Tone) => void; readonly end: () => readonly Span[]};

/** A span for each run of one tone; blanks have none, and belong to the run before them. */
function createRuns(): Runs {
  const spans: Span[] = [];
  const codes: number[] = [];
  let current: Tone = 'dim';
  const flush = (): void => {
    if (codes.length > 0) spans.push({text: String.fromCharCode(...codes), tone: current});
    codes.length = 0;
  };
  return {
    add(code, tone) {
      if (code !== EMPTY_CELL && tone !== current) {
        flush();
        current = tone;
      }
      codes.push(code);
    },
    end() {
      flush();
      return spans;
    },
  };
}

/** A vertical line of a moment: its head stands in the first row. */
type Vertical = {readonly head: Cell; readonly line: Cell};

/** A character by its UTF-16 code. */
type Cell = {readonly code: number; readonly tone: Tone};

function cellOf(character: string, tone: Tone): Cell {
  return {code: character.charCodeAt(0), tone};
}

/** By column. Of several moments in one a failure is shown rather than a start; the cursor is above all. */
function verticalsOf({marks, cursorMs, glyphs}: PlotRequest, time: TimeColumns): readonly (Vertical | undefined)[] {
  const {start, failure, markLine, cursor} = glyphs.plot;
  const verticals = Array.from({length: time.columns}, (): Vertical | undefined => undefined);
  const stand = (atMs: number, vertical: Vertical): void => {
    const column = columnOf(atMs, time);
    if (column >= 0 && column < time.columns) verticals[column] = vertical;
  };
  const started = {head: cellOf(start, 'strong'), line: cellOf(markLine, 'strong')};
  const failed = {head: cellOf(failure, 'critical'), line: cellOf(markLine, 'critical')};
  for (const {atMs, kind} of marks) if (kind === 'start') stand(atMs, started);
  for (const {atMs, kind} of marks) if (kind === 'failure') stand(atMs, failed);
  const read = cellOf(cursor, 'strong');
  if (cursorMs !== null) stand(cursorMs, {head: read, line: read});
  return verticals;
}

/** A cell of the limit in this row; null for none. A limit outside the scale has no row. */
function limitCell({limits, glyphs}: PlotRequest, scale: ValueScale | null, rows: number, row: number): Cell | null {
  if (scale === null) return null;
  const found = limits.findLast(({value}) => {
    if (!(value >= scale.low && value <= scale.high)) return false;
    return rows - 1 - Math.floor((levelOf(value, scale, rows * LIMIT_LEVELS) - 1) / LIMIT_LEVELS) === row;
  });
  return found === undefined ? null : cellOf(glyphs.plot.limit, found.tone);
}

const LIMIT_LEVELS = 8;

function gutterSpans(label: string, gutter: number, {plot}: GlyphSet): readonly Span[] {
  if (gutter === 0) return [];
  const text = label.slice(0, gutter - 1).padStart(gutter - 1);
  return [{text: `${text}${label === '' ? plot.axis : plot.valueTick}`, tone: 'dim'}];
}

function noticeSpan(columns: number): Span {
  const left = (columns - NOTHING.length) >> 1;
  return {text: NOTHING.padStart(left + NOTHING.length).padEnd(columns), tone: 'dim'};
}

/** `   0┴──────┬ -10m ────┬ -5m ─────`: the lowest value, and times right of their ticks where there is room. */
function timeRow({window, columns, glyphs}: PlotRequest, {gutter, time}: PlotFrame, label: string): Row {
  const {corner, timeAxis, timeTick} = glyphs.plot;
  const start = gutter === 0 ? '' : `${label.slice(0, gutter - 1).padStart(gutter - 1)}${corner}`;
  let axis = '';
  for (const {column, text} of timeTicks(window, time)) {
    if (column < axis.length || column >= time.columns) continue;
    axis += timeAxis.repeat(column - axis.length);
    const named = `${timeTick} ${text} `;
    axis += column + named.length <= time.columns ? named : timeTick;
  }
  return [
    {text: `${start}${axis}${timeAxis.repeat(Math.max(0, time.columns - axis.length))}`.slice(0, columns), tone: 'dim'},
  ];
}
