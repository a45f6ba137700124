import {isAbsent} from '../../samples/reading.ts';
import {cutRow, padText, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {connectionNote, freshnessNote} from '../panels/freshness.ts';
import {hasPlot, hasPoints, historyPlot} from '../panels/history-plot.ts';
import {noDataYet, panelOf} from '../panels/panel-of.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {type Figure, figureOf, figurePlots, figures} from './figures.ts';
import {LARGE_TEXT_ROWS, largeText} from './large-text.ts';

/** A figure that is read from across a room: large digits, what belongs to them, and a plot in the rows that are left. */
export function figureView(input: ViewInput): PanelView {
  const {snapshot} = input.data;
  if (snapshot === null) return panelOf(input, {title: 'Figure', titleNote: connectionNote(input)}, [noDataYet]);
  const figure = figures[figureOf(input.options)](snapshot, input);
  const {title, tone, source} = figure;
  const note = source === null ? connectionNote(input) : freshnessNote(input, source);
  const border = tone === 'critical' || tone === 'warning' ? tone : 'normal';
  return panelOf(input, {title, titleNote: note, tone: border}, figureRows(figure, input));
}

function figureRows({value, tone, details}: Figure, input: ViewInput): readonly Row[] {
  const {columns, rows, glyphs, options} = input;
  const plot = figurePlots[figureOf(options)];
  if (isAbsent(value)) return [[span(glyphs.dash, 'strong')], ...wrapText(value.absent, 'dim', columns, 2, glyphs)];
  const {large, unit, text} = value;
  const notes = details.filter((detail) => detail !== '').join(` ${glyphs.middleDot} `);
  // All of it as a text, which is as wide as its place: letters of any height would be cut.
  if (input.isText === true)
    return [...wrapText(text, tone, columns, rows, glyphs), ...wrapText(notes, 'normal', columns, rows, glyphs)];
  const small = cutRow([span(notes, 'normal')], columns, glyphs);
  const room = columns - (unit === '' ? 0 : unit.length + 1);
  const isPlotted = plot !== null && hasPoints(input, plot);
  const drawnText = largeText(large, tone, {columns: room, rows: digitRows(rows - 1, isPlotted)}, glyphs);
  const head = drawnText === null ? [[span(text, tone)]] : withUnit(drawnText, unit, columns, plot !== null);
  const left = rows - head.length - 1;
  const drawn = isPlotted && hasPlot(input, left) ? historyPlot(input, plot, left).rows : [];
  return [...head, small, ...drawn];
}

/** Half of the rows are for the plot, where the other half is enough for digits. */
function digitRows(rows: number, hasPlotBelow: boolean): number {
  const half = Math.floor(rows / 2);
  return hasPlotBelow && half >= LARGE_TEXT_ROWS ? half : rows;
}

/** The unit after the last row; figures end at the same column, whatever their digits are. */
function withUnit(rows: readonly Row[], unit: string, columns: number, isNumber: boolean): readonly Row[] {
  return rows.map((row, index): Row => {
    const width = row.reduce((sum, {text}) => sum + text.length, 0);
    const unitColumns = unit === '' ? 0 : unit.length + 1;
    const indent = isNumber ? span(' '.repeat(Math.max(0, columns - width - unitColumns))) : span('');
    return [
      indent,
      ...row,
      ...(unit === '' ? [] : [span(padText(index === rows.length - 1 ? ` ${unit}` : '', unitColumns), 'strong')]),
    ];
  });
}
