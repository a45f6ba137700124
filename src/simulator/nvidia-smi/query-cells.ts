import {BYTES_PER_MIB} from '../../shared/units.ts';
import {gpuSerial, gpuUuid, pciBusId} from '../node/gpu-catalog.ts';
import type {SimulatedNode} from '../node/node-directory.ts';
import type {Card} from './card.ts';

/** Input of a cell. */
export type CellContext = {readonly node: SimulatedNode; readonly card: Card; readonly timestamp: string};

/** One property of --query-gpu. `header` is what the real program prints above the column, `unit` what follows a value. */
export type QueryField = {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly help: string;
  readonly unit: '' | 'MiB' | '%' | 'W' | 'MHz' | 'us';
  /** Answered even if the card is lost: identity, and what the driver has cached. */
  readonly survivesLoss: boolean;
  readonly read: (context: CellContext) => string;
};

const NOT_AVAILABLE = '[N/A]';

type FieldOptions = {
  readonly aliases?: readonly string[];
  readonly unit?: QueryField['unit'];
  readonly survivesLoss?: boolean;
  readonly help?: string;
};

function field(name: string, read: QueryField['read'], options: FieldOptions = {}): QueryField {
  return {
    name,
    read,
    aliases: options.aliases ?? [],
    unit: options.unit ?? '',
    survivesLoss: options.survivesLoss ?? false,
    help: options.help ?? 'A property of the simulated card.',
  };
}

function constant(name: string, value: string, options: FieldOptions = {}): QueryField {
  return field(name, () => value, options);
}

/** Integer MiB, rounded up, as in the 550.90 branch and later. */
export function mibText(bytes: number): string {
  return String(Math.ceil(bytes / BYTES_PER_MIB));
}

function percentText(ratio: number): string {
  return String(Math.round(ratio * 100));
}

function hexMask(mask: bigint): string {
  return `0x${mask.toString(16).toUpperCase().padStart(16, '0')}`;
}

const identityFields: readonly QueryField[] = [
  field('timestamp', ({timestamp}) => timestamp, {survivesLoss: true, help: 'The timestamp of the query.'}),
  field('driver_version', ({node}) => node.driverVersion, {survivesLoss: true}),
  field('count', ({node}) => String(node.gpuCount), {survivesLoss: true, help: 'The number of GPUs in the system.'}),
  field('name', ({card}) => card.type.name, {aliases: ['gpu_name'], survivesLoss: true}),
  field('serial', ({card}) => gpuSerial(card.index), {aliases: ['gpu_serial']}),
  field('uuid', ({card}) => gpuUuid(card.index), {aliases: ['gpu_uuid'], survivesLoss: true}),
  field('pci.bus_id', ({card}) => pciBusId(card.index), {aliases: ['gpu_bus_id'], survivesLoss: true}),
  constant('pci.domain', '0x0000', {survivesLoss: true}),
  field('pci.bus', ({card}) => `0x${pciBusId(card.index).slice(9, 11)}`, {survivesLoss: true}),
  constant('pci.device', '0x00', {survivesLoss: true}),
  field('pci.device_id', ({card}) => `0x${card.type.pciDeviceId}`, {survivesLoss: true}),
  field('index', ({card}) => String(card.index), {survivesLoss: true, help: 'Zero based index of the GPU.'}),
];

const linkFields: readonly QueryField[] = [
  constant('pcie.link.gen.current', '5'),
  constant('pcie.link.gen.gpucurrent', '5'),
  constant('pcie.link.gen.max', '5'),
  constant('pcie.link.gen.gpumax', '5'),
  constant('pcie.link.gen.hostmax', NOT_AVAILABLE),
  field('pcie.link.width.current', ({card}) => String(card.pcieLanes)),
  constant('pcie.link.width.max', '16'),
];

const modeFields: readonly QueryField[] = [
  constant('display_mode', '[Requested functionality has been deprecated]'),
  constant('display_attached', 'Yes'),
  constant('display_active', 'Disabled'),
  constant('persistence_mode', 'Enabled'),
  constant('addressing_mode', 'None'),
  constant('accounting.mode', 'Disabled'),
  constant('accounting.buffer_size', '4000'),
  constant('driver_model.current', NOT_AVAILABLE),
  constant('driver_model.pending', NOT_AVAILABLE),
  constant('vbios_version', '96.00.CF.00.02'),
  constant('inforom.img', 'G520.0280.00.01', {aliases: ['inforom.image']}),
  constant('inforom.oem', '2.1'),
  constant('inforom.ecc', '7.16'),
  constant('inforom.pwr', NOT_AVAILABLE, {aliases: ['inforom.power']}),
  field('gpu_recovery_action', ({card}) => (card.isLost ? 'Reboot' : 'None'), {survivesLoss: true}),
  constant('gom.current', NOT_AVAILABLE, {aliases: ['gpu_operation_mode.current']}),
  constant('gom.pending', NOT_AVAILABLE, {aliases: ['gpu_operation_mode.pending']}),
  constant('fan.speed', NOT_AVAILABLE, {unit: '%'}),
  constant('pstate', 'P0', {survivesLoss: true}),
  constant('compute_mode', 'Default', {survivesLoss: true}),
  field('compute_cap', ({card}) => card.type.computeCapability, {survivesLoss: true}),
  constant('ecc.mode.current', 'Enabled'),
  constant('ecc.mode.pending', 'Enabled'),
  constant('mig.mode.current', 'Disabled'),
  constant('mig.mode.pending', 'Disabled'),
  constant('gsp.mode.current', 'Enabled'),
  constant('gsp.mode.default', 'Enabled'),
  constant('c2c.mode', 'Disabled'),
];

/** Bits of the reasons for a lower clock, by their names. */
const reasonBits = {
  gpu_idle: 0x1n,
  applications_clocks_setting: 0x2n,
  sw_power_cap: 0x4n,
  hw_slowdown: 0x8n,
  hw_thermal_slowdown: 0x40n,
  hw_power_brake_slowdown: 0x80n,
  sw_thermal_slowdown: 0x20n,
  sync_boost: 0x10n,
  display_clocks_setting: 0x100n,
} as const;
type ReasonName = keyof typeof reasonBits;

/** If this reason holds the clock of a card down, as the driver prints it. */
export function activeText({clockEventReasons}: Card, name: ReasonName): string {
  return (clockEventReasons & reasonBits[name]) === 0n ? 'Not Active' : 'Active';
}

const reasonNames = [
  'gpu_idle',
  'applications_clocks_setting',
  'sw_power_cap',
  'hw_slowdown',
  'hw_thermal_slowdown',
  'hw_power_brake_slowdown',
  'sw_thermal_slowdown',
  'sync_boost',
] as const;

function reason(name: string, read: QueryField['read']): QueryField {
  return field(`clocks_event_reasons.${name}`, read, {aliases: [`clocks_throttle_reasons.${name}`]});
}

const clockFields: readonly QueryField[] = [
  reason('supported', () => '0x00000000000001FF'),
  reason('active', ({card}) => hexMask(card.clockEventReasons)),
  ...reasonNames.map((name) => reason(name, ({card}) => activeText(card, name))),
  ...['sw_power_cap', 'sync_boost', 'sw_thermal_slowdown', 'hw_thermal_slowdown', 'hw_power_brake_slowdown'].map(
    (name) => constant(`clocks_event_reasons_counters.${name}`, '0', {unit: 'us'}),
  ),
  field('clocks.current.graphics', ({card}) => String(card.smClockMhz), {aliases: ['clocks.gr'], unit: 'MHz'}),
  field('clocks.current.sm', ({card}) => String(card.smClockMhz), {aliases: ['clocks.sm'], unit: 'MHz'}),
  field('clocks.current.memory', ({card}) => String(card.type.memoryClockMhz), {aliases: ['clocks.mem'], unit: 'MHz'}),
  constant('clocks.current.video', '1545', {aliases: ['clocks.video'], unit: 'MHz'}),
  field('clocks.max.graphics', ({card}) => String(card.type.maxClockMhz), {aliases: ['clocks.max.gr'], unit: 'MHz'}),
  field('clocks.max.sm', ({card}) => String(card.type.maxClockMhz), {unit: 'MHz'}),
  field('clocks.max.memory', ({card}) => String(card.type.memoryClockMhz), {aliases: ['clocks.max.mem'], unit: 'MHz'}),
];

const memoryFields: readonly QueryField[] = [
  field('memory.total', ({card}) => mibText(card.type.totalBytes), {unit: 'MiB', help: 'Total installed GPU memory.'}),
  field('memory.reserved', ({card}) => mibText(card.type.reservedBytes), {
    unit: 'MiB',
    help: 'Total memory reserved by the NVIDIA driver and firmware.',
  }),
  field('memory.used', ({card}) => mibText(card.usedBytes), {
    unit: 'MiB',
    help: 'Total memory allocated by active contexts.',
  }),
  field('memory.free', ({card}) => mibText(card.freeBytes), {unit: 'MiB', help: 'Total free memory.'}),
  constant('protected_memory.total', '0', {unit: 'MiB'}),
  constant('protected_memory.used', '0', {unit: 'MiB'}),
  constant('protected_memory.free', '0', {unit: 'MiB'}),
];

const utilizationFields: readonly QueryField[] = [
  field('utilization.gpu', ({card}) => percentText(card.utilizationRatio), {unit: '%'}),
  field('utilization.memory', ({card}) => percentText(card.memoryUtilizationRatio), {unit: '%'}),
  ...['encoder', 'decoder', 'jpeg', 'ofa'].map((name) => constant(`utilization.${name}`, '0', {unit: '%'})),
];

const heatAndPowerFields: readonly QueryField[] = [
  field('temperature.gpu', ({card}) => String(card.temperatureCelsius)),
  field('temperature.gpu.tlimit', ({card}) => String(87 - card.temperatureCelsius)),
  field('temperature.memory', ({card}) => String(card.memoryTemperatureCelsius)),
  field('power.draw', ({card}) => card.averagePowerWatts.toFixed(2), {unit: 'W'}),
  field('power.draw.average', ({card}) => card.averagePowerWatts.toFixed(2), {
    aliases: ['gpu.power.draw.average'],
    unit: 'W',
  }),
  field('power.draw.instant', ({card}) => card.powerDrawWatts.toFixed(2), {
    aliases: ['gpu.power.draw.instant'],
    unit: 'W',
  }),
  ...[
    ['power.limit', 'gpu.power.requested_limit'],
    ['enforced.power.limit', 'gpu.power.current_limit'],
    ['power.default_limit', 'gpu.power.default_limit'],
    ['power.max_limit', 'gpu.power.max_limit'],
  ].map(([name = '', alias = '']) =>
    field(name, ({card}) => card.type.powerLimitWatts.toFixed(2), {aliases: [alias], unit: 'W'}),
  ),
  constant('power.min_limit', '200.00', {aliases: ['gpu.power.min_limit'], unit: 'W'}),
  constant('power.management', '[Requested functionality has been deprecated]'),
  constant('module.power.draw.average', NOT_AVAILABLE, {unit: 'W'}),
  constant('module.power.draw.instant', NOT_AVAILABLE, {unit: 'W'}),
];

const eccParts = [
  'device_memory',
  'dram',
  'register_file',
  'l1_cache',
  'l2_cache',
  'texture_memory',
  'cbu',
  'sram',
  'total',
];
const countedEccParts = new Set(['device_memory', 'dram', 'sram', 'total']);

const healthFields: readonly QueryField[] = [
  ...['corrected', 'uncorrected'].flatMap((kind) =>
    ['volatile', 'aggregate'].flatMap((span) =>
      eccParts.map((part) =>
        constant(`ecc.errors.${kind}.${span}.${part}`, countedEccParts.has(part) ? '0' : NOT_AVAILABLE),
      ),
    ),
  ),
  constant('ecc.errors.uncorrected.volatile.sram.parity', '0'),
  constant('ecc.errors.uncorrected.volatile.sram.secded', '0'),
  constant('ecc.errors.uncorrected.aggregate.sram.parity', '0'),
  constant('ecc.errors.uncorrected.aggregate.sram.secded', '0'),
  constant('ecc.errors.uncorrected.aggregate.sram.thresholdExceeded', 'No'),
  constant('retired_pages.single_bit_ecc.count', NOT_AVAILABLE, {aliases: ['retired_pages.sbe']}),
  constant('retired_pages.double_bit.count', NOT_AVAILABLE, {aliases: ['retired_pages.dbe']}),
  constant('retired_pages.pending', NOT_AVAILABLE),
  constant('remapped_rows.correctable', '0', {aliases: ['remapped_rows.sbe']}),
  constant('remapped_rows.uncorrectable', '0', {aliases: ['remapped_rows.dbe']}),
  constant('remapped_rows.pending', 'No'),
  constant('remapped_rows.failure', 'No'),
  constant('fabric.state', 'Completed'),
  constant('fabric.status', 'Success'),
  constant('fabric.cliqueId', '0'),
  constant('fabric.clusterUuid', '00000000-0000-0000-0000-000000000000'),
  constant('fabric.health.summary', 'Healthy'),
];

/** Every property that the simulated --query-gpu knows: a subset of the 580 branch, its names and aliases. */
export const queryFields: readonly QueryField[] = [
  ...identityFields,
  ...linkFields,
  ...modeFields,
  ...clockFields,
  ...memoryFields,
  ...utilizationFields,
  ...heatAndPowerFields,
  ...healthFields,
];

/** The property of this name or alias; names are case sensitive. */
export function findQueryField(name: string): QueryField | undefined {
  return queryFields.find((candidate) => candidate.name === name || candidate.aliases.includes(name));
}

/** A cell as printed; a lost card answers only what the driver has cached. */
export function cellText(queryField: QueryField, context: CellContext, withUnits: boolean): string {
  if (context.card.isLost && !queryField.survivesLoss) return '[GPU is lost]';
  const value = queryField.read(context);
  if (queryField.unit === '' || !withUnits || value.startsWith('[')) return value;
  return `${value} ${queryField.unit}`;
}
