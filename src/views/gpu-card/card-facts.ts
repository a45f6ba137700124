import type {HistoryPoints} from '../../api/history.ts';
import type {GpuView} from '../../api/snapshot.ts';
import {isThrottled} from '../../samples/gpu.ts';
import {isAbsent, isPresent} from '../../samples/reading.ts';
import {fixedGibNumber, fixedGibText, gibText, signedGibText} from '../../shared/quantities/bytes.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {celsiusText, megahertzText, wattsText} from '../../shared/quantities/sensors.ts';
import {type Fact, factRow, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {shown} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import {gpuBar} from '../gpus/gpu-bar.ts';
import {planDifference} from '../gpus/plan-difference.ts';
import {type PlanOfGpus, skewRows} from '../gpus/skew-rows.ts';
import type {Row} from '../rows.ts';

/** Size and glyphs of the facts, the plan of all GPUs, and the memory of the GPU over the window. */
export type CardFactSpace = {
  readonly plan: PlanOfGpus;
  readonly columns: number;
  readonly glyphs: GlyphSet;
  readonly memory: HistoryPoints;
};

const FAULT_ROWS = 2;

/** What a GPU has and does now: its fault first, memory against the plan, sensors, what slows it, its health, its identity. */
export function cardFactRows(gpu: GpuView, all: readonly GpuView[], space: CardFactSpace): readonly Row[] {
  const {plan, columns, glyphs} = space;
  return [
    ...(gpu.fault === null ? [] : wrapText(gpu.fault, 'critical', columns, FAULT_ROWS, glyphs)),
    gpuBar(gpu, columns, glyphs),
    factRow(memoryFacts(gpu, space), columns, glyphs),
    factRow(sensorFacts(gpu, glyphs), columns, glyphs),
    slowedRow(gpu, glyphs),
    ...skewRows(all, plan, columns, glyphs),
    factRow(healthFacts(gpu, glyphs), columns, glyphs),
    factRow(identityFacts(gpu, glyphs), columns, glyphs),
  ];
}

function memoryFacts(gpu: GpuView, {memory, glyphs}: CardFactSpace): Fact[] {
  const difference = planDifference(gpu);
  const grown = grownBytes(memory);
  return [
    {
      label: 'in use',
      value: `${shown(gpu.memoryUsedBytes, glyphs, fixedGibNumber)} of ${shown(gpu.memoryTotalBytes, glyphs, fixedGibText)}`,
      importance: 9,
    },
    {label: 'free', value: shown(gpu.memoryFreeBytes, glyphs, fixedGibText), importance: 8},
    ...(difference === null
      ? []
      : [
          {label: 'plan', value: fixedGibText(difference.plannedBytes), importance: 6},
          {label: 'vs. plan', value: signedGibText(difference.differenceBytes), importance: 7},
        ]),
    ...(grown === null ? [] : [{label: 'change in the window', value: signedGibText(grown), importance: 5}]),
    {label: 'reserved by the driver', value: shown(gpu.memoryReservedBytes, glyphs, gibText), importance: 1},
  ];
}

/** What was added between the first and the last known value; null with fewer than two. */
function grownBytes(points: HistoryPoints): number | null {
  const known = points.flatMap(({value}) => (value === null ? [] : [value]));
  const [first] = known;
  const last = known.at(-1);
  return first === undefined || last === undefined || known.length < 2 ? null : last - first;
}

function sensorFacts(gpu: GpuView, glyphs: GlyphSet): Fact[] {
  const power = isAbsent(gpu.powerLimitWatts)
    ? shown(gpu.powerDrawWatts, glyphs, wattsText)
    : `${shown(gpu.powerDrawWatts, glyphs, wattsText)} of ${wattsText(gpu.powerLimitWatts)}`;
  return [
    {label: 'busy', value: shown(gpu.utilizationRatio, glyphs, wholePercentText)},
    {label: 'power', value: power},
    {label: 'temperature', value: shown(gpu.temperatureCelsius, glyphs, celsiusText)},
    {label: 'SM clock', value: shown(gpu.smClockMhz, glyphs, megahertzText)},
    {label: 'memory temperature', value: shown(gpu.memoryTemperatureCelsius, glyphs, celsiusText)},
    {label: 'memory busy', value: shown(gpu.memoryUtilizationRatio, glyphs, wholePercentText)},
    {label: 'state', value: shown(gpu.performanceState, glyphs, String)},
  ];
}

/** What holds the clocks down, in words; why it is unknown, where it is. */
function slowedRow({clockEventReasons: reasons}: GpuView, glyphs: GlyphSet): Row {
  const label = span('slowed by ', 'dim');
  if (isAbsent(reasons)) return [label, span(`${glyphs.dash} ${reasons.absent}`, 'dim')];
  if (reasons.length === 0) return [label, span('nothing', 'strong')];
  const word = isThrottled(reasons) ? ' (heat or power supply)' : '';
  return [label, span(reasons.join(', '), isThrottled(reasons) ? 'warning' : 'strong'), span(word, 'dim')];
}

function healthFacts(gpu: GpuView, glyphs: GlyphSet): Fact[] {
  const {eccUncorrectedVolatileCount: ecc, remappedRowsFailure, remappedRowsPending, recoveryAction} = gpu;
  return [
    {
      label: 'uncorrected ECC errors',
      value: shown(ecc, glyphs, countText),
      tone: isPresent(ecc) && ecc > 0 ? 'critical' : 'strong',
      importance: 9,
    },
    remapFact(remappedRowsFailure === true, remappedRowsPending === true, isAbsent(remappedRowsFailure), glyphs),
    {label: 'recovery', value: shown(recoveryAction, glyphs, (text) => text.toLowerCase()), importance: 7},
    {label: 'fabric', value: shown(gpu.fabricState, glyphs, (text) => text.toLowerCase()), importance: 6},
    {label: 'persistence', value: shown(gpu.persistenceMode, glyphs, (text) => text.toLowerCase()), importance: 2},
    {label: 'MIG', value: shown(gpu.migMode, glyphs, (text) => text.toLowerCase()), importance: 1},
  ];
}

function remapFact(hasFailed: boolean, isPending: boolean, isUnknown: boolean, glyphs: GlyphSet): Fact {
  const label = 'row remapping';
  if (hasFailed) return {label, value: 'failed', tone: 'critical', importance: 8};
  if (isPending) return {label, value: 'pending: reset the GPU', tone: 'warning', importance: 8};
  return {label, value: isUnknown ? glyphs.dash : 'ok', importance: 8};
}

function identityFacts({name, pciBusId, uuid}: GpuView, glyphs: GlyphSet): Fact[] {
  return [
    {label: '', value: shown(name, glyphs, String), importance: 1},
    {label: 'at', value: shown(pciBusId, glyphs, String), importance: 3},
    {label: '', value: shown(uuid, glyphs, String), importance: 2},
  ];
}
