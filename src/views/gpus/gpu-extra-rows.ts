import type {GpuView} from '../../api/snapshot.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {fixedGibNumber, fixedGibText, signedGibText} from '../../shared/quantities/bytes.ts';
import {joinParts, type Part, span} from '../drawing/compose.ts';
import {shown} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';
import {type BarPartName, barPartNames, drawnParts, isBeyondPlan, partLook} from './gpu-bar.ts';
import {gpuSensorRow} from './gpu-summary.ts';
import {largestDifference} from './plan-difference.ts';

/** An optional row below a GPU; with `below` null it is at the end. Routine: expected on every GPU. */
type GpuExtraRow = {readonly below: number | null; readonly row: Row; readonly isRoutine: boolean};

/** From this width on, every GPU's line has its sensors. */
const SENSOR_COLUMNS = 55;
const INDENT = '     ';

/**
 * The rows below a GPU, or with null below all, of those that fit in `room` rows. Routine rows appear below every GPU or
 * none; others if there is room.
 */
export function extraRowsThatFit(
  gpus: readonly GpuView[],
  columns: number,
  room: number,
  glyphs: GlyphSet,
): (index: number | null) => Row[] {
  const extras = gpuExtraRows(gpus, columns, glyphs);
  const kept = extras.filter(({isRoutine}) => !isRoutine).slice(0, Math.max(0, room));
  const routine = extras.filter(({isRoutine}) => isRoutine);
  const shown = kept.length + routine.length <= room ? [...kept, ...routine] : kept;
  return (index) => shown.filter(({below}) => below === index).map(({row}) => row);
}

/** Rows beyond one line per GPU, most important first: processes of others, legend, slices, own processes. */
function gpuExtraRows(gpus: readonly GpuView[], columns: number, glyphs: GlyphSet): GpuExtraRow[] {
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
      ...(isOwn ? [] : [span(', not part of the engine', 'warning')]),
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

/** Words of the parts, and how important each is in a narrow legend. */
const partWords: Readonly<Record<BarPartName, {readonly word: string; readonly importance: number}>> = {
  weights: {word: 'weights', importance: 6},
  kvCache: {word: 'KV cache', importance: 5},
  overhead: {word: 'overhead', importance: 4},
  beyond: {word: 'beyond plan', importance: 8},
  others: {word: 'other programs', importance: 9},
  free: {word: 'free', importance: 3},
};

/** What occurs in the bars, the mark of the budget, and the largest difference between a GPU and the plan. */
function legendRow(gpus: readonly GpuView[], columns: number, glyphs: GlyphSet): Row {
  const budgets = gpus.map(({budget}) => budget).filter(isPresent);
  if (budgets.length === 0) return [];
  const largest = largestDifference(gpus);
  const drawn = drawnParts(gpus);
  const parts = barPartNames.map((name): Part => {
    const {word, importance} = partWords[name];
    const {glyph, tone} = partLook(name, glyphs);
    const isNamed = drawn.has(name) || (name === 'beyond' && gpus.some(isBeyondPlan));
    return {row: isNamed ? [span(glyph, tone), span(` ${word}`, 'dim')] : [], importance};
  });
  return joinParts(
    [
      ...parts,
      {row: [span(glyphs.barMark, 'strong'), span(' budget', 'dim')], importance: 7},
      {
        row: largest === null ? [] : [span('vs. plan ', 'dim'), span(signedGibText(largest.differenceBytes), 'normal')],
        importance: 2,
      },
      {
        row:
          largest === null || largest.reserveBytes === 0
            ? []
            : [span(`reserve ${fixedGibText(largest.reserveBytes)}`, 'dim')],
        importance: 1,
      },
    ],
    columns,
    glyphs,
  );
}
