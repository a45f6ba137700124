import type {GpuView} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {fixedGibNumber, fixedGibText, signedGibText} from '../../shared/quantities/bytes.ts';
import {joinParts, span} from '../drawing/compose.ts';
import {shown} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';
import {gpuSensorRow} from './gpu-summary.ts';

/** A row that a card may have below it; `below` null stands at the end. Routine: as it should be, on every card. */
export type GpuExtraRow = {readonly below: number | null; readonly row: Row; readonly isRoutine: boolean};

/** From here on every card's line has its own sensors. */
const SENSOR_COLUMNS = 55;
const INDENT = '     ';

/** What there is to say beyond a line a card, what matters most first: strangers' processes, legend, slices, own ones. */
export function gpuExtraRows(gpus: readonly GpuView[], columns: number, glyphs: GlyphSet): GpuExtraRow[] {
  const legend = legendRow(gpus, columns, glyphs);
  const processes = gpus.flatMap((gpu) => processRows(gpu, glyphs));
  return [
    ...processes.filter(({isRoutine}) => !isRoutine),
    ...(legend.length === 0 ? [] : [{below: null, row: legend, isRoutine: false}]),
    ...(columns < SENSOR_COLUMNS ? [{below: null, row: gpuSensorRow(gpus, columns, glyphs), isRoutine: false}] : []),
    ...gpus.flatMap((gpu) => sliceRows(gpu, glyphs)),
    ...processes.filter(({isRoutine}) => isRoutine),
  ];
}

function processRows({index, processes}: GpuView, glyphs: GlyphSet): GpuExtraRow[] {
  if (isAbsent(processes)) return [];
  return processes.map(({pid, name, usedBytes, isOwn}) => ({
    below: index,
    row: [
      span(`${INDENT}${shown(usedBytes, glyphs, fixedGibText)} `, isOwn ? 'normal' : 'warning'),
      span(`${shown(name, glyphs, String)} pid ${pid}`, isOwn ? 'dim' : 'warning'),
      ...(isOwn ? [] : [span(", not the engine's", 'warning')]),
    ],
    isRoutine: isOwn,
  }));
}

function sliceRows({index, migInstances}: GpuView, glyphs: GlyphSet): GpuExtraRow[] {
  return migInstances.map((slice) => ({
    below: index,
    row: [
      span(
        `${INDENT}MIG ${shown(slice.gpuInstanceId, glyphs, String)}/${shown(slice.computeInstanceId, glyphs, String)} `,
        'dim',
      ),
      span(
        `${shown(slice.memoryUsedBytes, glyphs, fixedGibNumber)} / ${shown(slice.memoryTotalBytes, glyphs, fixedGibNumber)} GiB`,
      ),
    ],
    isRoutine: false,
  }));
}

/** What the bar's fills mean, and the largest difference between the cards and the plan. */
function legendRow(gpus: readonly GpuView[], columns: number, glyphs: GlyphSet): Row {
  const budgets = gpus.map(({budget}) => budget).filter(isPresent);
  if (budgets.length === 0) return [];
  const unexplained = budgets.map(({unexplainedBytes}) => unexplainedBytes).filter(isPresent);
  const largest = unexplained.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0];
  return joinParts(
    [
      {row: [span(glyphs.barWeights, 'weights'), span(' weights', 'dim')], importance: 5},
      {row: [span(glyphs.barKvCache, 'kvCache'), span(' KV cache', 'dim')], importance: 4},
      {row: [span(glyphs.barOverhead, 'overhead'), span(' overhead', 'dim')], importance: 3},
      {row: [span(glyphs.barMark, 'strong'), span(' budget', 'dim')], importance: 6},
      {
        row: largest === undefined ? [] : [span('against plan ', 'dim'), span(signedGibText(largest), 'normal')],
        importance: 2,
      },
    ],
    columns,
    glyphs,
  );
}
