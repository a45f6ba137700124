import type {GpuView} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {type BarPart, stackedBar} from '../bars.ts';
import {cutRow, fit, padText, span, widthOf} from '../compose.ts';
import {gibNumber, percentText, shown} from '../format/numbers.ts';
import {freshnessNote} from '../freshness.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {PanelView, Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';

const MIN_BAR_COLUMNS = 8;

/** Each card's memory against its budget; two cards a line, or a summary, where there are more cards than rows. */
export function gpuMemoryView(input: ViewInput): PanelView {
  const {data, columns, rows, glyphs} = input;
  const gpus = data.snapshot?.gpus ?? [];
  const base = {
    title: 'GPU memory against the budget',
    titleNote: freshnessNote(input, 'gpus'),
    tone: gpus.some((gpu) => gpu.fault !== null) ? 'critical' : 'normal',
  } as const;
  if (gpus.length === 0) {
    const detail = data.snapshot?.sources.gpus.detail ?? 'no card was read yet';
    return {...base, rows: fit([[span(detail, 'dim')]], columns, rows, glyphs)};
  }
  if (gpus.length <= rows) return {...base, rows: fit(tallRows(gpus, input), columns, rows, glyphs)};
  const perLine = Math.ceil(gpus.length / Math.max(1, rows));
  const cellColumns = Math.floor((columns - (perLine - 1)) / perLine);
  if (cellColumns < 14) return {...base, rows: fit(summaryRows(gpus, glyphs), columns, rows, glyphs)};
  return {...base, rows: fit(gridRows(gpus, perLine, cellColumns, glyphs), columns, rows, glyphs)};
}

/** A line a card, its MIG slices and foreign processes below while there is room. */
function tallRows(gpus: readonly GpuView[], {columns, rows, glyphs}: ViewInput): Row[] {
  const lines = gpus.map((gpu) => cardRow(gpu, columns, glyphs));
  let spare = rows - lines.length;
  const legendRow = legend(gpus, glyphs);
  const isLegendShown = spare > 0 && legendRow.length > 0;
  if (isLegendShown) spare -= 1;
  const below = gpus.map((gpu) => extraRows(gpu, glyphs));
  const needed = below.reduce((sum, extra) => sum + extra.length, 0);
  const all = lines.flatMap((line, index) => (needed <= spare ? [line, ...(below[index] ?? [])] : [line]));
  return isLegendShown ? [...all, legendRow] : all;
}

function cardRow(gpu: GpuView, columns: number, glyphs: GlyphSet): Row {
  const head = span(`${String(gpu.index).padStart(2)} `, 'strong');
  if (gpu.fault !== null) return [head, span(gpu.fault, 'critical')];
  const memory = memoryText(gpu, glyphs);
  const sensors = [
    padText(
      shown(gpu.utilizationRatio, glyphs, (ratio) => `${Math.round(ratio * 100)} %`),
      6,
      'left',
    ),
    padText(
      shown(gpu.temperatureCelsius, glyphs, (celsius) => `${Math.round(celsius)} C`),
      5,
      'left',
    ),
    padText(
      shown(gpu.powerDrawWatts, glyphs, (watts) => `${Math.round(watts)} W`),
      6,
      'left',
    ),
  ];
  const tail = [span(` ${memory}`, 'strong')];
  let room = columns - 3 - widthOf(tail);
  for (const sensor of sensors) {
    if (room - sensor.length < MIN_BAR_COLUMNS + 8) break;
    tail.push(span(sensor, 'normal'));
    room -= sensor.length;
  }
  return [head, ...bar(gpu, Math.max(MIN_BAR_COLUMNS, room), glyphs), ...tail];
}

/** `126.1 / 140.4 GiB`. */
function memoryText(gpu: GpuView, glyphs: GlyphSet): string {
  const used = padText(shown(gpu.memoryUsedBytes, glyphs, gibNumber), 5, 'left');
  return `${used} / ${shown(gpu.memoryTotalBytes, glyphs, gibNumber)} GiB`;
}

/** Memory in use, divided as the plan divides it; the mark is the budget. */
function bar(gpu: GpuView, columns: number, glyphs: GlyphSet): Row {
  const {memoryUsedBytes: used, memoryTotalBytes: total, budget} = gpu;
  if (isAbsent(used) || isAbsent(total)) return [span(glyphs.dash.padEnd(columns), 'dim')];
  if (isAbsent(budget))
    return stackedBar([{value: used, glyph: glyphs.barFull, tone: 'accent'}], total, columns, glyphs);
  let left = used;
  const take = (bytes: number): number => {
    const taken = Math.max(0, Math.min(left, bytes));
    left -= taken;
    return taken;
  };
  const parts: BarPart[] = [
    {value: take(budget.weightsBytes), glyph: glyphs.barWeights, tone: 'weights'},
    {value: take(budget.kvCachePoolBytes), glyph: glyphs.barKvCache, tone: 'kvCache'},
    {value: take(budget.overheadBytes), glyph: glyphs.barOverhead, tone: 'overhead'},
    {value: Math.max(0, left), glyph: glyphs.barFull, tone: 'warning'},
  ];
  return stackedBar(parts, total, columns, glyphs, budget.totalBytes);
}

function legend(gpus: readonly GpuView[], glyphs: GlyphSet): Row {
  const planned = gpus.find((gpu) => isPresent(gpu.budget));
  if (planned === undefined || isAbsent(planned.budget)) return [];
  const unexplained = gpus
    .map((gpu) => (isPresent(gpu.budget) ? gpu.budget.unexplainedBytes : gpu.budget))
    .filter(isPresent);
  const largest = unexplained.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0];
  return [
    span('   ', 'dim'),
    span(glyphs.barWeights, 'weights'),
    span(' weights  ', 'dim'),
    span(glyphs.barKvCache, 'kvCache'),
    span(' KV cache  ', 'dim'),
    span(glyphs.barOverhead, 'overhead'),
    span(' overhead  ', 'dim'),
    span(glyphs.barMark, 'strong'),
    span(' budget', 'dim'),
    ...(largest === undefined
      ? []
      : [
          span('  unexplained at most ', 'dim'),
          span(`${largest < 0 ? '-' : '+'}${gibNumber(Math.abs(largest))} GiB`, 'normal'),
        ]),
  ];
}

function extraRows(gpu: GpuView, glyphs: GlyphSet): Row[] {
  const slices = gpu.migInstances.map((slice) => [
    span(
      `     MIG ${shown(slice.gpuInstanceId, glyphs, String)}/${shown(slice.computeInstanceId, glyphs, String)} `,
      'dim',
    ),
    span(
      `${shown(slice.memoryUsedBytes, glyphs, gibNumber)} / ${shown(slice.memoryTotalBytes, glyphs, gibNumber)} GiB`,
    ),
  ]);
  const foreign = isAbsent(gpu.processes)
    ? []
    : gpu.processes
        .filter((process) => !process.isOwn)
        .map((process) => [
          span(`     pid ${process.pid} `, 'warning'),
          span(
            `${shown(process.name, glyphs, String)} ${shown(process.usedBytes, glyphs, gibNumber)} GiB, not the engine's`,
            'warning',
          ),
        ]);
  return [...slices, ...foreign];
}

function gridRows(gpus: readonly GpuView[], perLine: number, cellColumns: number, glyphs: GlyphSet): Row[] {
  const lines: Row[] = [];
  for (let start = 0; start < gpus.length; start += perLine) {
    const cells = gpus.slice(start, start + perLine).map((gpu) => {
      const cell = cutRow(smallCell(gpu, cellColumns, glyphs), cellColumns, glyphs);
      return [...cell, span(' '.repeat(Math.max(0, cellColumns - widthOf(cell))))];
    });
    lines.push(cells.flatMap((cell, index) => (index === 0 ? cell : [span(' '), ...cell])));
  }
  return lines;
}

function smallCell(gpu: GpuView, columns: number, glyphs: GlyphSet): Row {
  const head = span(`${gpu.index} `, 'strong');
  if (gpu.fault !== null) return [head, span(gpu.fault, 'critical')];
  const memory = columns >= 30 ? memoryText(gpu, glyphs) : shown(gpu.memoryUsedBytes, glyphs, gibNumber);
  const util =
    columns >= 38
      ? padText(
          shown(gpu.utilizationRatio, glyphs, (ratio) => `${Math.round(ratio * 100)} %`),
          6,
          'left',
        )
      : '';
  const tail = ` ${memory}${util}`;
  return [head, ...bar(gpu, Math.max(4, columns - 2 - tail.length), glyphs), span(tail, 'strong')];
}

function summaryRows(gpus: readonly GpuView[], glyphs: GlyphSet): Row[] {
  const faults = gpus.filter((gpu) => gpu.fault !== null);
  const used = gpus.map((gpu) => gpu.memoryUsedBytes).filter(isPresent);
  const total = gpus.map((gpu) => gpu.memoryTotalBytes).filter(isPresent);
  const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);
  const memory: Row =
    used.length === 0
      ? [span(glyphs.dash, 'dim')]
      : [
          span(
            `${gpus.length} cards ${gibNumber(sum(used))} / ${gibNumber(sum(total))} GiB (${percentText(sum(used) / Math.max(1, sum(total)))})`,
            'strong',
          ),
        ];
  return [...faults.map((gpu) => [span(`GPU ${gpu.index}: ${gpu.fault ?? ''}`, 'critical')] satisfies Row), memory];
}
