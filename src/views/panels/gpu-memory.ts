import type {GpuView} from '../../api/snapshot.ts';
import {isPresent} from '../../samples/reading.ts';
import {fixedGibNumber} from '../../shared/quantities/bytes.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {celsiusText, wattsText} from '../../shared/quantities/sensors.ts';
import {cutRow, padRow, padText, span, widthOf} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {shown} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import {gpuBar, isBeyondPlan} from '../gpus/gpu-bar.ts';
import {type GpuExtraRow, gpuExtraRows} from '../gpus/gpu-extra-rows.ts';
import {gpuSummaryRows} from '../gpus/gpu-summary.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {freshnessNote} from './freshness.ts';
import {type HistoryPlot, hasPlot, historyPlot} from './history-plot.ts';
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
  return panelOf(input, head, gridRows(gpus, perLine, cellColumns, glyphs));
}

/** One line per GPU; the most important extra rows below, if there is room. */
function tallRows(gpus: readonly GpuView[], input: ViewInput): Row[] {
  const {columns, rows, glyphs} = input;
  const extras = extrasThatFit(gpuExtraRows(gpus, columns, glyphs), rows - gpus.length);
  const below = (index: number | null): Row[] => extras.filter((extra) => extra.below === index).map(({row}) => row);
  const cards = gpus.flatMap((gpu) => [cardRow(gpu, columns, glyphs), ...below(gpu.index)]);
  const lines = [...cards, ...below(null)];
  const left = rows - lines.length;
  return hasPlot(input, left) ? [...lines, ...historyPlot(input, memoryPlot(gpus), left).rows] : lines;
}

/** All GPUs together, without zero: what grows is little of it. */
function memoryPlot(gpus: readonly GpuView[]): HistoryPlot {
  const planned = gpus.flatMap(({budget}) => (isPresent(budget) ? [budget.totalBytes + budget.outsideBytes] : []));
  const plan = {name: 'plan', value: planned.reduce((sum, bytes) => sum + bytes, 0), tone: 'warning'} as const;
  return {
    series: [{of: 'gpuMemoryUsedBytes', name: 'in use', tone: 'accent', shape: 'line'}],
    unit: 'bytes',
    hasZero: false,
    limits: planned.length === gpus.length ? [plan] : [],
  };
}

/** Routine rows appear below every GPU or none; others if there is room. */
function extrasThatFit(extras: readonly GpuExtraRow[], room: number): GpuExtraRow[] {
  const kept = extras.filter(({isRoutine}) => !isRoutine).slice(0, room);
  const routine = extras.filter(({isRoutine}) => isRoutine);
  return kept.length + routine.length <= room ? [...kept, ...routine] : kept;
}

function cardRow(gpu: GpuView, columns: number, glyphs: GlyphSet): Row {
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
  return [head, ...gpuBar(gpu, room, glyphs), ...tail];
}

function indexSpan(gpu: GpuView, columns: number): Row[number] {
  // A mark that needs no color: unplanned memory use on this GPU.
  const mark = gpu.fault !== null || isUnplanned(gpu) ? '!' : ' ';
  return span(padText(`${gpu.index}${mark}`, columns, 'left'), mark === '!' ? 'critical' : 'strong');
}

function isUnplanned(gpu: GpuView): boolean {
  return isBeyondPlan(gpu) || hasForeignProcess(gpu);
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

function hasForeignProcess({processes}: GpuView): boolean {
  return isPresent(processes) && processes.some(({isOwn}) => !isOwn);
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

function gridRows(gpus: readonly GpuView[], perLine: number, cellColumns: number, glyphs: GlyphSet): Row[] {
  const lines: Row[] = [];
  const indexColumns = cellIndexColumns(gpus);
  for (let start = 0; start < gpus.length; start += perLine) {
    const cells = gpus
      .slice(start, start + perLine)
      .map((gpu) =>
        padRow(cutRow(smallCell(gpu, cellColumns, indexColumns, glyphs), cellColumns, glyphs), cellColumns),
      );
    lines.push(cells.flatMap((cell, index) => (index === 0 ? cell : [span('  '), ...cell])));
  }
  return lines;
}

function smallCell(gpu: GpuView, columns: number, indexColumns: number, glyphs: GlyphSet): Row {
  const head = indexSpan(gpu, indexColumns);
  if (gpu.fault !== null) return [head, span(` ${gpu.fault}`, 'critical')];
  const utilization = padText(shown(gpu.utilizationRatio, glyphs, wholePercentText), 6, 'left');
  const tail = ` ${memoryText(gpu, columns, glyphs)}${columns >= 38 ? utilization : ''}`;
  return [
    head,
    span(' '),
    ...gpuBar(gpu, Math.max(4, columns - indexColumns - 1 - tail.length), glyphs),
    span(tail, 'strong'),
  ];
}
