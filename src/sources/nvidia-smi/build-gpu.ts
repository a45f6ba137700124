import type {GpuSample, MigInstanceSample} from '../../samples/gpu.ts';
import {absent, isAbsent, mapReading, type Reading} from '../../samples/reading.ts';
import {booleanCell, faultOf, mibCell, numberCell, percentCell, textCell} from './cells.ts';

/** Cells of one card by the name `--query-gpu` has for them, whatever form of output they came from. */
export type GpuCells = Readonly<Partial<Record<string, string>>>;

/** Bits of `clocks_event_reasons.active` (NVML's nvmlClocksEventReasons). */
const clockEventBits: readonly (readonly [bigint, string])[] = [
  [0x1n, 'idle'],
  [0x2n, 'application clocks'],
  [0x4n, 'software power cap'],
  [0x8n, 'hardware slowdown'],
  [0x10n, 'sync boost'],
  [0x20n, 'software thermal slowdown'],
  [0x40n, 'hardware thermal slowdown'],
  [0x80n, 'power brake'],
  [0x100n, 'display clocks'],
];

/** One card from its cells. `position` is its place in the output, which is its index where the card cannot say. */
export function buildGpu(
  cells: GpuCells,
  position: number,
  migInstances: readonly MigInstanceSample[] = [],
): GpuSample {
  const index = numberCell(cells['index']);
  return {
    index: isAbsent(index) ? position : index,
    uuid: textCell(cells['uuid']),
    pciBusId: textCell(cells['pci.bus_id']),
    name: textCell(cells['name']),
    memoryTotalBytes: mibCell(cells['memory.total']),
    memoryUsedBytes: mibCell(cells['memory.used']),
    memoryFreeBytes: mibCell(cells['memory.free']),
    memoryReservedBytes: mibCell(cells['memory.reserved']),
    utilizationRatio: percentCell(cells['utilization.gpu']),
    memoryUtilizationRatio: percentCell(cells['utilization.memory']),
    temperatureCelsius: numberCell(cells['temperature.gpu']),
    memoryTemperatureCelsius: numberCell(cells['temperature.memory']),
    powerDrawWatts: numberCell(cells['power.draw'] ?? cells['power.draw.instant']),
    powerLimitWatts: numberCell(cells['enforced.power.limit'] ?? cells['power.limit']),
    smClockMhz: numberCell(cells['clocks.sm']),
    performanceState: textCell(cells['pstate']),
    persistenceMode: textCell(cells['persistence_mode']),
    migMode: textCell(cells['mig.mode.current']),
    eccUncorrectedVolatileCount: numberCell(cells['ecc.errors.uncorrected.volatile.total']),
    clockEventReasons: clockEventReasons(cells['clocks_event_reasons.active']),
    // 535 to 555 repeat the word before the value: "state  Completed".
    fabricState: mapReading(textCell(cells['fabric.state']), (text) => text.replace(/^state\s+/, '')),
    recoveryAction: textCell(cells['gpu_recovery_action']),
    remappedRowsPending: booleanCell(cells['remapped_rows.pending']),
    remappedRowsFailure: booleanCell(cells['remapped_rows.failure']),
    fault: worstFault(cells),
    migInstances,
  };
}

/** Cells whose fault words say something about the card, not about one reading that failed by itself. */
const tellingCells = [
  'index',
  'uuid',
  'memory.total',
  'memory.used',
  'memory.free',
  'temperature.gpu',
  'utilization.gpu',
  'power.draw',
];

function worstFault(cells: GpuCells): string | null {
  for (const name of tellingCells) {
    const fault = faultOf(cells[name] ?? '');
    if (fault !== null) return fault;
  }
  return null;
}

function clockEventReasons(cell: string | undefined): Reading<readonly string[]> {
  const text = textCell(cell);
  if (isAbsent(text)) return text;
  if (!/^0x[0-9a-fA-F]{1,16}$/.test(text)) return absent(`the driver printed "${text.slice(0, 40)}"`);
  const mask = BigInt(text);
  return clockEventBits.filter(([bit]) => (mask & bit) !== 0n).map(([, name]) => name);
}
