import {BYTES_PER_MIB} from '../../shared/units.ts';

/** A card type, as nvidia-smi shows it. Memory in bytes; the driver's reserve is not visible to CUDA. */
export type GpuType = {
  readonly name: string;
  readonly architecture: string;
  readonly computeCapability: string;
  readonly totalBytes: number;
  readonly reservedBytes: number;
  readonly pciDeviceId: string;
  readonly idlePowerWatts: number;
  readonly powerLimitWatts: number;
  readonly idleClockMhz: number;
  readonly maxClockMhz: number;
  readonly memoryClockMhz: number;
  /** Step time relative to H200 (throughput table: K2.5 INT4 at TP8, 8192/1024). */
  readonly stepTimeFactor: number;
};

function gpuType(
  memory: {readonly totalMib: number; readonly reservedMib: number},
  rest: Omit<GpuType, 'totalBytes' | 'reservedBytes'>,
): GpuType {
  return {
    ...rest,
    totalBytes: Math.round(memory.totalMib * BYTES_PER_MIB),
    reservedBytes: Math.round(memory.reservedMib * BYTES_PER_MIB),
  };
}

/** Totals and reserves as published captures show them; fractions of a MiB make each cell round separately. */
const gpuTypes: readonly GpuType[] = [
  gpuType(
    {totalMib: 143770.72, reservedMib: 610.09},
    {
      name: 'NVIDIA H200',
      architecture: 'Hopper',
      computeCapability: '9.0',
      pciDeviceId: '233510DE',
      idlePowerWatts: 77,
      powerLimitWatts: 700,
      idleClockMhz: 345,
      maxClockMhz: 1980,
      memoryClockMhz: 3201,
      stepTimeFactor: 1,
    },
  ),
  gpuType(
    {totalMib: 81558.56, reservedMib: 478.31},
    {
      name: 'NVIDIA H100 80GB HBM3',
      architecture: 'Hopper',
      computeCapability: '9.0',
      pciDeviceId: '233010DE',
      idlePowerWatts: 70,
      powerLimitWatts: 700,
      idleClockMhz: 345,
      maxClockMhz: 1980,
      memoryClockMhz: 2619,
      stepTimeFactor: 1.15,
    },
  ),
  gpuType(
    {totalMib: 183358.69, reservedMib: 727.38},
    {
      name: 'NVIDIA B200',
      architecture: 'Blackwell',
      computeCapability: '10.0',
      pciDeviceId: '290110DE',
      idlePowerWatts: 142,
      powerLimitWatts: 1000,
      idleClockMhz: 120,
      maxClockMhz: 1965,
      memoryClockMhz: 3996,
      stepTimeFactor: 0.64,
    },
  ),
  gpuType(
    {totalMib: 275039.56, reservedMib: 923.74},
    {
      name: 'NVIDIA B300 SXM6 AC',
      architecture: 'Blackwell',
      computeCapability: '10.3',
      pciDeviceId: '318210DE',
      idlePowerWatts: 160,
      powerLimitWatts: 1100,
      idleClockMhz: 120,
      maxClockMhz: 1920,
      memoryClockMhz: 3996,
      stepTimeFactor: 0.62,
    },
  ),
];

/** The card type with this product name; an unknown name is refused with the list of known ones. */
export function findGpuType(name: string): GpuType {
  const found = gpuTypes.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const known = gpuTypes.map((candidate) => candidate.name).join(', ');
  throw new RangeError(`No simulated card is called "${name}"; known: ${known}.`);
}

/** Bytes that CUDA shows as total: what nvidia-smi calls free on an empty card. */
export function cudaVisibleBytes(type: GpuType): number {
  return type.totalBytes - type.reservedBytes;
}

const busNumbers = ['1B', '43', '52', '61', '9D', 'C3', 'D1', 'DF'];

/** PCI address of a card, as nvidia-smi prints it: eight digits of domain, upper case. */
export function pciBusId(index: number): string {
  const bus = busNumbers[index] ?? (0xe0 + index).toString(16).toUpperCase();
  return `00000000:${bus}:00.0`;
}

/** Identity of a card: derived from its position, so that it is the same in every process. */
export function gpuUuid(index: number): string {
  return `GPU-5eed0000-0000-4000-8000-00000000000${index.toString(16)}`;
}

/** Serial number of a card's board. */
export function gpuSerial(index: number): string {
  return `165400000000${index}`;
}
