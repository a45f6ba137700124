import type {GpuSample, MigInstanceSample} from '../../../samples/gpu.ts';
import {isAbsent, mapReading, type Reading} from '../../../samples/reading.ts';
import {
  amountCell,
  booleanCell,
  cardFaultOf,
  countCell,
  faultOf,
  mibCell,
  numberCell,
  percentCell,
  textCell,
} from './cells.ts';
import {reasonsOfMask} from './clock-event-reasons.ts';

/** Cells of one GPU by their `--query-gpu` name, for any output format. */
export type GpuCells = Readonly<Partial<Record<string, string>>>;

/** One GPU as found by a parser. */
export type ParsedCard = {
  readonly cells: GpuCells;
  readonly migInstances: readonly MigInstanceSample[];
  /** The output does not tell its index, and its position may be that of any GPU. */
  readonly isUnplaced?: true;
};

/** The reason for a missing cell. */
export type MissingReason = (field: string) => string;

const notInOutput: MissingReason = () => 'not in this output format';

/** One GPU from its cells. `position` is its position in the output, used as index if the GPU has none. */
export function buildGpu(card: ParsedCard, position: number, missing: MissingReason = notInOutput): GpuSample {
  const {cells, migInstances} = card;
  const index = countCell(cells['index']);
  const readCell = <T>(reader: CellReader<T>, field: string): Reading<T> => {
    const cell = cells[field];
    return cell === undefined ? reader(undefined, missing(field)) : reader(cell);
  };
  /** The first field with a value, otherwise the first one's reason. */
  const read = <T>(reader: CellReader<T>, field: string, other?: string): Reading<T> => {
    const reading = readCell(reader, field);
    if (other === undefined || !isAbsent(reading)) return reading;
    const second = readCell(reader, other);
    return isAbsent(second) ? reading : second;
  };
  return {
    index: isAbsent(index) ? position : index,
    uuid: read(textCell, 'uuid'),
    pciBusId: read(textCell, 'pci.bus_id'),
    name: read(textCell, 'name'),
    memoryTotalBytes: read(mibCell, 'memory.total'),
    memoryUsedBytes: read(mibCell, 'memory.used'),
    memoryFreeBytes: read(mibCell, 'memory.free'),
    memoryReservedBytes: read(mibCell, 'memory.reserved'),
    utilizationRatio: read(percentCell, 'utilization.gpu'),
    memoryUtilizationRatio: read(percentCell, 'utilization.memory'),
    temperatureCelsius: read(numberCell, 'temperature.gpu'),
    memoryTemperatureCelsius: read(numberCell, 'temperature.memory'),
    powerDrawWatts: read(amountCell, 'power.draw', 'power.draw.instant'),
    powerLimitWatts: read(amountCell, 'enforced.power.limit', 'power.limit'),
    smClockMhz: read(amountCell, 'clocks.sm'),
    memoryClockMhz: read(amountCell, 'clocks.mem'),
    performanceState: read(textCell, 'pstate'),
    persistenceMode: read(textCell, 'persistence_mode'),
    migMode: read(textCell, 'mig.mode.current'),
    eccUncorrectedVolatileCount: read(countCell, 'ecc.errors.uncorrected.volatile.total'),
    clockEventReasons: read(reasonsOfMask, 'clocks_event_reasons.active'),
    // 535 to 555 repeat the word before the value: "state  Completed".
    fabricState: mapReading(read(textCell, 'fabric.state'), (text) => text.replace(/^state\s+/, '')),
    recoveryAction: read(textCell, 'gpu_recovery_action'),
    remappedRowsPending: read(booleanCell, 'remapped_rows.pending'),
    remappedRowsFailure: read(booleanCell, 'remapped_rows.failure'),
    fault: worstFault(cells),
    migInstances,
    ...slowReadings(cells),
  };
}

/** What the slow query alone asks for; nothing in a row of the stream, which is built each second. */
function slowReadings(cells: GpuCells): Pick<GpuSample, 'clockLimits' | 'pcieLink'> {
  if (cells['pcie.link.width.max'] === undefined && cells['clocks.max.sm'] === undefined) return {};
  return {
    clockLimits: {smMhz: amountCell(cells['clocks.max.sm']), memoryMhz: amountCell(cells['clocks.max.mem'])},
    pcieLink: {
      generation: amountCell(cells['pcie.link.gen.current']),
      maxGeneration: amountCell(cells['pcie.link.gen.max']),
      lanes: amountCell(cells['pcie.link.width.current']),
      maxLanes: amountCell(cells['pcie.link.width.max']),
    },
  };
}

/** Reads a cell, or the lack of one with its reason. */
type CellReader<T> = (cell: string | undefined, reason?: string) => Reading<T>;

/** Cells where even `Unknown Error` is about the GPU and not about one failed reading. */
const tellingCells = [
  'index',
  'uuid',
  'memory.total',
  'memory.used',
  'memory.free',
  'temperature.gpu',
  'utilization.gpu',
];

function worstFault(cells: GpuCells): string | null {
  const names = Object.keys(cells);
  for (const name of names) {
    const fault = cardFaultOf(cells[name] ?? '');
    if (fault !== null) return fault;
  }
  for (const name of tellingCells) {
    const fault = faultOf(cells[name] ?? '');
    if (fault !== null) return fault;
  }
  return faultOfMany(cells, names);
}

/** Cells that have no name of the driver's: of a table, and of a list whose columns nobody named. */
export const unnamedCell = /^(?:table|column)\./;

/** A single reading may fail for its sensor; if several do, or all that there are, the GPU does not answer. */
function faultOfMany(cells: GpuCells, names: readonly string[]): string | null {
  const unnamed = names.filter((name) => unnamedCell.test(name));
  const faults = unnamed.flatMap((name) => faultOf(cells[name] ?? '') ?? []);
  const isMany = faults.length > 1 || faults.length === unnamed.length;
  return isMany ? (faults[0] ?? null) : null;
}
