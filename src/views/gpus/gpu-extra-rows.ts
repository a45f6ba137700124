import type {GpuView} from '../../api/snapshot.ts';
import {type Absent, isAbsent, isPresent} from '../../samples/reading.ts';
import {fixedGibNumber, fixedGibText, signedGibText} from '../../shared/quantities/bytes.ts';
import {joinParts, type Part, span} from '../drawing/compose.ts';
import {shown} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import type {Row} from '../rows.ts';
import type {ViewInput} from '../view-input.ts';
import {type BarPartName, barPartNames, drawnParts, hasEngine, isBeyondPlan, partLook} from './gpu-bar.ts';
import {gpuSensorRow} from './gpu-summary.ts';
import {largestDifference} from './plan-difference.ts';
import {type PlanOfGpus, skewRows} from './skew-rows.ts';

/** An optional row below a GPU; with `below` null it is at the end. */
type GpuExtraRow = {readonly below: number | null; readonly row: Row};

/** From this width on, every GPU's line has its sensors. */
const SENSOR_COLUMNS = 55;
const INDENT = '      ';

/**
 * The rows below a GPU, or with null below all, of those that fit in `room` rows. The processes of the engine, which are
 * expected, appear below every GPU or none; others if there is room.
 */
export function extraRowsThatFit(
  gpus: readonly GpuView[],
  room: number,
  {data, columns, glyphs}: Pick<ViewInput, 'data' | 'columns' | 'glyphs'>,
): (index: number | null) => Row[] {
  if (room <= 0) return () => [];
  const legend = legendRow(gpus, hasEngine(data.snapshot), columns, glyphs);
  const kept = unusualRows(gpus, legend, data.snapshot?.plan ?? null, columns, glyphs).slice(0, room);
  const routine = gpus.flatMap((gpu) => processesOf(gpu, true));
  const hasRoutine = kept.length + routine.length <= room;
  const shown = hasRoutine ? [...kept, ...routine.map((process) => processRow(process, glyphs))] : kept;
  return (index) => shown.filter(({below}) => below === index).map(({row}) => row);
}

/** Rows beyond one line per GPU that are not routine, most important first: processes of others, legend, what differs, slices. */
function unusualRows(
  gpus: readonly GpuView[],
  legend: Row,
  plan: PlanOfGpus,
  columns: number,
  glyphs: GlyphSet,
): GpuExtraRow[] {
  return [
    ...gpus.flatMap((gpu) => processesOf(gpu, false)).map((process) => processRow(process, glyphs)),
    ...(legend.length === 0 ? [] : [{below: null, row: legend}]),
    ...skewRows(gpus, plan, columns, glyphs).map((row) => ({below: null, row})),
    ...(columns < SENSOR_COLUMNS ? [{below: null, row: gpuSensorRow(gpus, columns, glyphs)}] : []),
    ...gpus.flatMap((gpu) => sliceRows(gpu, glyphs)),
  ];
}

type GpuProcess = Exclude<GpuView['processes'], Absent>[number] & {readonly index: number};

/** The processes on a GPU that are part of the engine, or those that are not. */
function processesOf({index, processes}: GpuView, isOwn: boolean): GpuProcess[] {
  if (isAbsent(processes)) return [];
  return processes.filter((process) => process.isOwn === isOwn).map((process) => ({...process, index}));
}

function processRow({index, pid, name, usedBytes, isOwn}: GpuProcess, glyphs: GlyphSet): GpuExtraRow {
  return {
    below: index,
    row: [
      span(`${INDENT}${shown(usedBytes, glyphs, fixedGibText)} `, isOwn ? 'normal' : 'warning'),
      span(`${shown(name, glyphs, String)} pid ${pid}`, isOwn ? 'dim' : 'warning'),
      ...(isOwn ? [] : [span(', not part of the engine', 'warning')]),
    ],
  };
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
  }));
}

/** Words of the parts, and how important each is in a narrow legend. */
const partWords: Readonly<Record<BarPartName, {readonly word: string; readonly importance: number}>> = {
  weights: {word: 'weights', importance: 6},
  kvCache: {word: 'KV cache', importance: 5},
  overhead: {word: 'overhead', importance: 4},
  inUse: {word: 'in use', importance: 6},
  beyond: {word: 'beyond plan', importance: 8},
  others: {word: 'other programs', importance: 9},
  free: {word: 'free', importance: 3},
};

/** What occurs in the bars, the mark of the budget, and the largest difference between a GPU and the plan. */
function legendRow(gpus: readonly GpuView[], isDivided: boolean, columns: number, glyphs: GlyphSet): Row {
  const hasBudget = gpus.some(({budget}) => isPresent(budget));
  const largest = largestDifference(gpus);
  const drawn = drawnParts(gpus, isDivided);
  const parts = barPartNames.map((name): Part => {
    const {word, importance} = partWords[name];
    const {glyph, tone} = partLook(name, glyphs);
    const isNamed = drawn.has(name) || (name === 'beyond' && gpus.some(isBeyondPlan));
    return {row: isNamed ? [span(glyph, tone), span(` ${word}`, 'dim')] : [], importance};
  });
  return joinParts(
    [
      ...parts,
      {row: hasBudget ? [span(glyphs.barMark, 'strong'), span(' budget', 'dim')] : [], importance: 7},
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
