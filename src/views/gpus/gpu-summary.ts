import type {GpuView} from '../../api/snapshot.ts';
import {isPresent, type Reading} from '../../samples/reading.ts';
import {fixedGibNumber, fixedGibText} from '../../shared/quantities/bytes.ts';
import {countedText} from '../../shared/quantities/counts.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {celsiusText, wattsText} from '../../shared/quantities/sensors.ts';
import {factRow, joinParts, span} from '../drawing/compose.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';

/** All GPUs in three lines, faulty ones first, if there is no room for one line each. */
export function gpuSummaryRows(gpus: readonly GpuView[], columns: number, glyphs: GlyphSet): Row[] {
  const faults = gpus
    .filter(({fault}) => fault !== null)
    .map(({index, fault}): Row => [span(`GPU ${index}! ${fault ?? ''}`, 'critical')]);
  const used = known(gpus, (gpu) => gpu.memoryUsedBytes);
  const total = known(gpus, (gpu) => gpu.memoryTotalBytes);
  if (used.length === 0 || total.length === 0) {
    return [
      ...faults,
      [span(glyphs.dash, 'strong'), span(` memory of ${countedText(gpus.length, 'GPU')} is unknown`, 'dim')],
    ];
  }
  const memory = joinParts(
    [
      // Only GPUs with both values known: a ratio of different sums would be wrong.
      {row: [span(wholePercentText(shareOf(gpus)), 'strong'), span(' used', 'dim')], importance: 3},
      {row: [span(`${fixedGibNumber(sum(used))} / ${fixedGibText(sum(total))}`, 'strong')], importance: 2},
      {row: [span(countOf(used.length, gpus.length), 'dim')], importance: 1},
    ],
    columns,
    glyphs,
  );
  const range = factRow(
    [
      {label: 'per GPU', value: `${fixedGibNumber(Math.min(...used))} to ${fixedGibText(Math.max(...used))}`},
      {label: 'mean', value: fixedGibText(sum(used) / used.length), tone: 'normal'},
    ],
    columns,
    glyphs,
  );
  return [...faults, memory, range, gpuSensorRow(gpus, columns, glyphs)];
}

/** Utilization, temperature and power of all GPUs. */
export function gpuSensorRow(gpus: readonly GpuView[], columns: number, glyphs: GlyphSet): Row {
  const utilization = known(gpus, (gpu) => gpu.utilizationRatio);
  const celsius = known(gpus, (gpu) => gpu.temperatureCelsius);
  const watts = known(gpus, (gpu) => gpu.powerDrawWatts);
  const of = (values: readonly number[], format: () => string): string =>
    values.length === 0 ? glyphs.dash : format();
  return factRow(
    [
      {label: 'busy', value: of(utilization, () => wholePercentText(sum(utilization) / utilization.length))},
      {label: 'hottest', value: of(celsius, () => celsiusText(Math.max(...celsius)))},
      {label: 'power', value: of(watts, () => wattsText(sum(watts)))},
    ],
    columns,
    glyphs,
  );
}

function shareOf(gpus: readonly GpuView[]): number {
  let usedBytes = 0;
  let totalBytes = 0;
  for (const {memoryUsedBytes, memoryTotalBytes} of gpus) {
    if (!isPresent(memoryUsedBytes) || !isPresent(memoryTotalBytes)) continue;
    usedBytes += memoryUsedBytes;
    totalBytes += memoryTotalBytes;
  }
  return totalBytes === 0 ? 0 : usedBytes / totalBytes;
}

function countOf(knownCount: number, count: number): string {
  if (knownCount < count) return `${knownCount} of ${countedText(count, 'GPU')}`;
  return countedText(count, 'GPU');
}

function known(gpus: readonly GpuView[], read: (gpu: GpuView) => Reading<number>): number[] {
  return gpus.map(read).filter(isPresent);
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0);
}
