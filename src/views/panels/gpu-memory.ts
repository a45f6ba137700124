import type {GpuView} from '../../api/snapshot.ts';
import {fixedGibNumber} from '../../shared/quantities/bytes.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {celsiusText, wattsText} from '../../shared/quantities/sensors.ts';
import {cutRow, padRow, padText, span, widthOf} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {shown} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import {type BarSpace, gpuBar, hasEngine} from '../gpus/gpu-bar.ts';
import {extraRowsThatFit} from '../gpus/gpu-extra-rows.ts';
import {gpuMark, isUnplanned} from '../gpus/gpu-mark.ts';
import {gpuMemoryPlot} from '../gpus/gpu-memory-plot.ts';
import {gpuSummaryRows} from '../gpus/gpu-summary.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {freshnessNote} from './freshness.ts';
import {hasPlot, historyPlot} from './history-plot.ts';
import {panelOf} from './panel-of.ts';

const INDEX_COLUMNS = 3;
const MIN_BAR_COLUMNS = 8;
/** Minimum bar width when a sensor is shown. */
const GOOD_BAR_COLUMNS = 14;
const MIN_CELL_COLUMNS = 14;
/** A bar of four cells, the memory and two spaces. */
const MIN_BESIDE_INDEX = 11;

/** Each GPU's memory and budget; several GPUs per line, or a summary, if there are more GPUs than rows. */
export function gpuMemoryView(input: ViewInput): PanelView {
  const {data, columns, rows, glyphs} = input;
  const gpus = data.snapshot?.gpus ?? [];
  const isFaulty = gpus.some((gpu) => gpu.fault !== null);
  const head = {
    title: 'GPU memory',
    titleNote: freshnessNote(input, 'gpus'),
    tone: isFaulty ? 'critical' : 'normal',
  } as const;
  if (gpus.length === 0) {
    const detail = data.snapshot?.sources.gpus.detail ?? 'no GPU read yet';
    return panelOf(input, head, wrapText(detail, 'dim', columns, rows, glyphs));
  }
  if (gpus.length <= rows && columns >= INDEX_COLUMNS + MIN_BAR_COLUMNS)
    return panelOf(input, head, tallRows(gpus, input));
  const perLine = Math.ceil(gpus.length / Math.max(1, rows));
  const cellColumns = Math.floor((columns - 2 * (perLine - 1)) / perLine);
  if (cellColumns < Math.max(MIN_CELL_COLUMNS, cellIndexColumns(gpus) + MIN_BESIDE_INDEX))
    return panelOf(input, head, summaryRows(gpus, columns, glyphs));
  return panelOf(input, head, gridRows(gpus, perLine, spaceOf(cellColumns, input)));
}

/** One line per GPU; the most important extra rows below, if there is room. */
function tallRows(gpus: readonly GpuView[], input: ViewInput): Row[] {
  const {columns, rows} = input;
  const below = extraRowsThatFit(gpus, rows - gpus.length, input);
  const cards = gpus.flatMap((gpu) => [cardRow(gpu, spaceOf(columns, input)), ...below(gpu.index)]);
  const lines = [...cards, ...below(null)];
  const left = rows - lines.length;
  return hasPlot(input, left) ? [...lines, ...historyPlot(input, gpuMemoryPlot(gpus), left).rows] : lines;
}

function spaceOf(columns: number, {data, glyphs}: ViewInput): BarSpace {
  return {columns, glyphs, hasEngine: hasEngine(data.snapshot)};
}

function cardRow(gpu: GpuView, space: BarSpace): Row {
  const {columns, glyphs} = space;
  const head = indexSpan(gpu, INDEX_COLUMNS);
  if (gpu.fault !== null) return [head, span(gpu.fault, 'critical')];
  const tail = [span(` ${memoryText(gpu, columns, glyphs)}`, 'strong')];
  let room = columns - INDEX_COLUMNS - widthOf(tail);
  for (const sensor of sensorTexts(gpu, glyphs)) {
    if (room - sensor.length < GOOD_BAR_COLUMNS) break;
    tail.push(span(sensor));
    room -= sensor.length;
  }
  if (room < MIN_BAR_COLUMNS) return [head, ...tail];
  return [head, ...gpuBar(gpu, {...space, columns: room}), ...tail];
}

function indexSpan(gpu: GpuView, columns: number): Row[number] {
  const {text, tone} = gpuMark(gpu);
  return span(padText(text, columns, 'left'), tone);
}

/** Room for the longest index and the mark. */
function cellIndexColumns(gpus: readonly GpuView[]): number {
  return Math.max(...gpus.map(({index}) => String(index).length)) + 1;
}

/** All GPUs together; those with a mark are named, because they have no line that could show it. */
function summaryRows(gpus: readonly GpuView[], columns: number, glyphs: GlyphSet): Row[] {
  const marked = gpus.filter((gpu) => gpu.fault === null && isUnplanned(gpu)).map(({index}) => `${index}!`);
  const summary = gpuSummaryRows(gpus, columns, glyphs);
  if (marked.length === 0) return summary;
  const note = `unplanned use on ${marked.length} of ${gpus.length}: GPU ${marked.join(' ')}`;
  return [cutRow([span(note, 'critical')], columns, glyphs), ...summary];
}

function sensorTexts(gpu: GpuView, glyphs: GlyphSet): string[] {
  return [
    padText(shown(gpu.utilizationRatio, glyphs, wholePercentText), 6, 'left'),
    padText(shown(gpu.temperatureCelsius, glyphs, celsiusText), 6, 'left'),
    padText(shown(gpu.powerDrawWatts, glyphs, wattsText), 7, 'left'),
  ];
}

/** `126.1 / 140.4 GiB`; only the used part if there is no room for more. */
function memoryText(gpu: GpuView, columns: number, glyphs: GlyphSet): string {
  const used = padText(shown(gpu.memoryUsedBytes, glyphs, fixedGibNumber), 5, 'left');
  if (columns < 30) return used;
  return `${used} / ${padText(shown(gpu.memoryTotalBytes, glyphs, fixedGibNumber), 5, 'left')} GiB`;
}

function gridRows(gpus: readonly GpuView[], perLine: number, space: BarSpace): Row[] {
  const {columns: cellColumns, glyphs} = space;
  const lines: Row[] = [];
  const indexColumns = cellIndexColumns(gpus);
  for (let start = 0; start < gpus.length; start += perLine) {
    const cells = gpus
      .slice(start, start + perLine)
      .map((gpu) => padRow(cutRow(smallCell(gpu, indexColumns, space), cellColumns, glyphs), cellColumns));
    lines.push(cells.flatMap((cell, index) => (index === 0 ? cell : [span('  '), ...cell])));
  }
  return lines;
}

function smallCell(gpu: GpuView, indexColumns: number, space: BarSpace): Row {
  const {columns, glyphs} = space;
  const head = indexSpan(gpu, indexColumns);
  if (gpu.fault !== null) return [head, span(` ${gpu.fault}`, 'critical')];
  const utilization = padText(shown(gpu.utilizationRatio, glyphs, wholePercentText), 6, 'left');
  const tail = ` ${memoryText(gpu, columns, glyphs)}${columns >= 38 ? utilization : ''}`;
  return [
    head,
    span(' '),
    ...gpuBar(gpu, {...space, columns: Math.max(4, columns - indexColumns - 1 - tail.length)}),
    span(tail, 'strong'),
  ];
}
