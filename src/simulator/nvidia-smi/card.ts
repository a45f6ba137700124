import {BYTES_PER_MIB} from '../../shared/units.ts';
import {findGpuType, type GpuType} from '../node/gpu-catalog.ts';
import type {EngineState, SimulatedNode} from '../node/node-directory.ts';
import {foreignProcess, gpuLostAtMs, LOST_GPU_INDEX, SLOW_GPU_INDEX} from '../node/scenarios.ts';
import {jitter} from '../node/seeded-random.ts';

/** A process that uses GPU memory. */
export type CardProcess = {readonly pid: number; readonly name: string; readonly usedMib: number};

/** One GPU at one time. Memory in bytes, ratios 0..1, power in watts, temperatures in degrees Celsius. */
export type Card = {
  readonly index: number;
  readonly type: GpuType;
  readonly isLost: boolean;
  readonly usedBytes: number;
  readonly freeBytes: number;
  readonly utilizationRatio: number;
  readonly memoryUtilizationRatio: number;
  readonly powerDrawWatts: number;
  readonly averagePowerWatts: number;
  readonly temperatureCelsius: number;
  readonly memoryTemperatureCelsius: number;
  readonly smClockMhz: number;
  /** As the driver prints it: 0x1 is idle, 0x8 with 0x40 a slowdown by heat. */
  readonly clockEventReasons: bigint;
  readonly pcieLanes: number;
  readonly processes: readonly CardProcess[];
};

/** An older report of an engine does not show its current utilization. */
const ENGINE_REPORT_STALE_AFTER_MS = 5000;
/** Memory that the driver keeps on a GPU with a context, not attributed to processes. */
const CONTEXT_REMAINDER_MIB = 41;
const PCIE_LANES = 16;
/** Of the slow card: its clock as part of the highest one, and how much warmer than its load explains it is. */
const SLOWED_CLOCK = 0.62;
const EXCESS_CELSIUS = 24;

/** Every card of the node at `nowMs` (epoch). Pure: the same time gives the same values in every process. */
export function cardsAt(node: SimulatedNode, engines: readonly EngineState[], nowMs: number): readonly Card[] {
  return Array.from({length: node.gpuCount}, (_, index) => cardAt({node, engines, nowMs}, index));
}

type Moment = {readonly node: SimulatedNode; readonly engines: readonly EngineState[]; readonly nowMs: number};

function cardAt(moment: Moment, index: number): Card {
  const type = findGpuType(moment.node.gpuName);
  const processes = processesOn(moment, index);
  const heldMib = processes.reduce((sum, holder) => sum + holder.usedMib, 0);
  const usedMib = heldMib === 0 ? 0 : heldMib + CONTEXT_REMAINDER_MIB;
  const usedBytes = Math.min(usedMib * BYTES_PER_MIB, type.totalBytes - type.reservedBytes);
  const work = workOn(moment, index);
  const second = Math.floor(moment.nowMs / 1000);
  const noise = (kind: number, at = second): number => jitter(moment.node.seed, index, kind, at);
  const utilizationRatio = work.activityRatio === 0 ? 0 : clamp(work.activityRatio * (1 + 0.03 * noise(1)), 0.02, 1);
  const baseWatts = powerAt(type, {
    isHeld: usedMib > 0,
    activityRatio: utilizationRatio,
    prefillRatio: work.prefillRatio,
  });
  const powerDrawWatts = clamp(baseWatts * (1 + 0.025 * noise(2)), 40, type.powerLimitWatts);
  // Temperature follows power slowly; the position in the chassis adds a few degrees.
  const heat = (baseWatts / type.powerLimitWatts) * 38 + 3 * jitter(moment.node.seed, index, 3);
  const isSlow = moment.node.scenario === 'slow-gpu' && index === SLOW_GPU_INDEX;
  const isHot = isSlow && utilizationRatio > 0;
  const excess = isHot ? EXCESS_CELSIUS : 0;
  const temperatureCelsius = Math.round(26 + heat + excess + 0.8 * noise(4, Math.floor(second / 7)));
  return {
    index,
    type,
    isLost: isGpuLost(moment.node, index, moment.nowMs),
    usedBytes,
    freeBytes: type.totalBytes - type.reservedBytes - usedBytes,
    utilizationRatio,
    memoryUtilizationRatio: clamp(utilizationRatio * (0.52 - 0.2 * work.prefillRatio) * (1 + 0.05 * noise(5)), 0, 1),
    powerDrawWatts,
    averagePowerWatts: clamp(baseWatts * (1 + 0.01 * noise(6)), 40, type.powerLimitWatts),
    temperatureCelsius,
    memoryTemperatureCelsius: temperatureCelsius + 4,
    smClockMhz: Math.round((usedMib > 0 ? type.maxClockMhz : type.idleClockMhz) * (isHot ? SLOWED_CLOCK : 1)),
    clockEventReasons: isHot ? 0x48n : utilizationRatio === 0 ? 0x1n : 0n,
    pcieLanes: isSlow ? PCIE_LANES / 2 : PCIE_LANES,
    processes,
  };
}

/** True once this card of the `lost-gpu` scenario has fallen off the bus; it stays lost. */
export function isGpuLost(node: SimulatedNode, index: number, nowMs: number): boolean {
  return node.scenario === 'lost-gpu' && index === LOST_GPU_INDEX && nowMs >= gpuLostAtMs(node);
}

function processesOn({node, engines}: Moment, index: number): readonly CardProcess[] {
  const held = engines.flatMap((engine) => engine.processes.filter((holder) => holder.gpuIndex === index));
  if (node.scenario !== 'foreign-process' || index !== foreignProcess.gpuIndex) return held;
  return [...held, {pid: foreignProcess.pid, name: foreignProcess.name, usedMib: foreignProcess.usedMib}];
}

function workOn({engines, nowMs}: Moment, index: number): {activityRatio: number; prefillRatio: number} {
  const busiest = engines
    .filter((engine) => nowMs - engine.updatedAtMs < ENGINE_REPORT_STALE_AFTER_MS)
    .filter((engine) => engine.processes.some((holder) => holder.gpuIndex === index))
    .toSorted((left, right) => right.activityRatio - left.activityRatio)[0];
  return busiest ?? {activityRatio: 0, prefillRatio: 0};
}

type Load = {readonly isHeld: boolean; readonly activityRatio: number; readonly prefillRatio: number};

/** Decoding is memory-bound and uses about half the power limit; prefill uses the tensor cores and is near the limit. */
function powerAt(type: GpuType, load: Load): number {
  const resting = type.idlePowerWatts + (load.isHeld ? 0.055 * type.powerLimitWatts : 0);
  const working = type.powerLimitWatts * (0.56 + 0.34 * load.prefillRatio);
  return resting + (working - resting) * load.activityRatio;
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
