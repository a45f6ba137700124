import type {HistoryPoints} from '../../api/history.ts';
import type {GpuView} from '../../api/snapshot.ts';
import {isThrottled} from '../../samples/gpu.ts';
import {isAbsent, isPresent, type Reading} from '../../samples/reading.ts';
import {fixedGibNumber, fixedGibText, gibText, signedGibText} from '../../shared/quantities/bytes.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {wholePercentText} from '../../shared/quantities/ratios.ts';
import {celsiusText, megahertzText, wattsText} from '../../shared/quantities/sensors.ts';
import {type Fact, factRows, span} from '../drawing/compose.ts';
import {wrapText} from '../drawing/wrap-text.ts';
import {shown} from '../format/shown.ts';
import type {GlyphSet} from '../glyphs.ts';
import {gpuBar} from '../gpus/gpu-bar.ts';
import {nvlinkText, pcieLimitText, pcieText} from '../gpus/gpu-links.ts';
import {planDifference} from '../gpus/plan-difference.ts';
import {type PlanOfGpus, skewRows} from '../gpus/skew-rows.ts';
import type {Row} from '../rows.ts';

/** Size and glyphs of the facts, the plan of all GPUs, and the memory of the GPU over the window. */
export type CardFactSpace = {
  readonly plan: PlanOfGpus;
  readonly columns: number;
  readonly glyphs: GlyphSet;
  readonly memory: HistoryPoints;
  readonly hasEngine: boolean;
};

const FAULT_ROWS = 2;

/** What a GPU has and does now: its fault first, memory against the plan, sensors, what slows it, its health, its identity. */
export function cardFactRows(gpu: GpuView, all: readonly GpuView[], space: CardFactSpace): readonly Row[] {
  const {plan, columns, glyphs} = space;
  return [
    ...(gpu.fault === null ? [] : wrapText(gpu.fault, 'critical', columns, FAULT_ROWS, glyphs)),
    gpuBar(gpu, space),
    ...factRows(memoryFacts(gpu, space), columns, glyphs),
    ...factRows(sensorFacts(gpu, glyphs), columns, glyphs),
    slowedRow(gpu, glyphs),
    ...skewRows(all, plan, columns, glyphs),
    ...factRows(healthFacts(gpu, glyphs), columns, glyphs),
    ...factRows(linkFacts(gpu, glyphs), columns, glyphs),
    ...sliceRows(gpu, columns, glyphs),
    ...factRows(identityFacts(gpu, glyphs), columns, glyphs),
  ];
}

function memoryFacts(gpu: GpuView, {memory, glyphs}: CardFactSpace): Fact[] {
  const difference = planDifference(gpu);
  const grown = grownBytes(memory);
  return [
    {
      label: 'in use',
      value: `${shown(gpu.memoryUsedBytes, glyphs, fixedGibNumber)} of ${shown(gpu.memoryTotalBytes, glyphs, fixedGibText)}`,
    },
    {label: 'free', value: shown(gpu.memoryFreeBytes, glyphs, fixedGibText)},
    ...(difference === null
      ? []
      : [
          {label: 'plan', value: fixedGibText(difference.plannedBytes)},
          {label: 'vs. plan', value: signedGibText(difference.differenceBytes)},
        ]),
    ...(grown === null ? [] : [{label: 'change in the window', value: signedGibText(grown)}]),
    {label: 'reserved by the driver', value: shown(gpu.memoryReservedBytes, glyphs, gibText)},
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
    {label: 'SM clock', value: clockText(gpu.smClockMhz, gpu.clockLimits?.smMhz, glyphs)},
    {label: 'memory clock', value: clockText(gpu.memoryClockMhz, gpu.clockLimits?.memoryMhz, glyphs)},
    {label: 'memory temperature', value: shown(gpu.memoryTemperatureCelsius, glyphs, celsiusText)},
    {label: 'memory busy', value: shown(gpu.memoryUtilizationRatio, glyphs, wholePercentText)},
    {label: 'state', value: shown(gpu.performanceState, glyphs, String)},
  ];
}

/** `1,200 of 1,980 MHz`. */
function clockText(clock: Reading<number> | undefined, limit: Reading<number> | undefined, glyphs: GlyphSet): string {
  if (clock === undefined) return glyphs.dash;
  if (isAbsent(clock) || limit === undefined || isAbsent(limit)) return shown(clock, glyphs, megahertzText);
  return `${countText(clock)} of ${megahertzText(limit)}`;
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
    },
    remapFact(remappedRowsFailure === true, remappedRowsPending === true, isAbsent(remappedRowsFailure), glyphs),
    {label: 'recovery', value: shown(recoveryAction, glyphs, (text) => text.toLowerCase())},
    {label: 'persistence', value: shown(gpu.persistenceMode, glyphs, (text) => text.toLowerCase())},
    {label: 'MIG', value: shown(gpu.migMode, glyphs, (text) => text.toLowerCase())},
  ];
}

/** How it is connected to the host and to the other GPUs; read once a minute but for the fabric. */
function linkFacts(gpu: GpuView, glyphs: GlyphSet): Fact[] {
  const {text: pcie, tone: pcieTone} = pcieText(gpu, glyphs);
  const limit = pcieLimitText(gpu, glyphs);
  const {text: nvlink, tone: nvlinkTone} = nvlinkText(gpu, glyphs);
  const {nvlinks} = gpu;
  const isKnown = nvlinks !== undefined && isPresent(nvlinks);
  return [
    {label: 'PCIe', value: pcie, tone: pcieTone === 'normal' ? 'strong' : pcieTone},
    ...(limit === null || limit === pcie ? [] : [{label: 'possible', value: limit}]),
    {
      label: 'NVLink',
      value: isKnown ? nvlink : `${glyphs.dash} ${nvlinks?.absent ?? 'not read yet'}`,
      tone: isKnown ? (nvlinkTone === 'normal' ? 'strong' : nvlinkTone) : 'dim',
    },
    {label: 'fabric', value: shown(gpu.fabricState, glyphs, (text) => text.toLowerCase())},
  ];
}

/** Its MIG instances, and the memory of each. */
function sliceRows({migInstances}: GpuView, columns: number, glyphs: GlyphSet): readonly Row[] {
  const facts = migInstances.map(
    (slice): Fact => ({
      label: `MIG ${shown(slice.gpuInstanceId, glyphs, String)}/${shown(slice.computeInstanceId, glyphs, String)}`,
      value: `${shown(slice.memoryUsedBytes, glyphs, fixedGibNumber)} of ${shown(slice.memoryTotalBytes, glyphs, fixedGibText)}`,
    }),
  );
  return factRows(facts, columns, glyphs);
}

function remapFact(hasFailed: boolean, isPending: boolean, isUnknown: boolean, glyphs: GlyphSet): Fact {
  const label = 'row remapping';
  if (hasFailed) return {label, value: 'failed', tone: 'critical'};
  if (isPending) return {label, value: 'pending: reset the GPU', tone: 'warning'};
  return {label, value: isUnknown ? glyphs.dash : 'ok'};
}

function identityFacts({name, pciBusId, uuid}: GpuView, glyphs: GlyphSet): Fact[] {
  return [
    {label: '', value: shown(name, glyphs, String)},
    {label: 'at', value: shown(pciBusId, glyphs, String)},
    {label: '', value: shown(uuid, glyphs, String)},
  ];
}
