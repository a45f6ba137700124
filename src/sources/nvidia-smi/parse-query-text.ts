import type {GpuSample, MigInstanceSample} from '../../samples/gpu.ts';
import {isAbsent, type Reading} from '../../samples/reading.ts';
import {buildGpu, type GpuCells} from './build-gpu.ts';
import {mibCell, numberCell, textCell} from './cells.ts';

/** What `nvidia-smi -q` says as text. */
export type ParsedQueryText = {
  readonly driverVersion: Reading<string>;
  readonly cudaVersion: Reading<string>;
  readonly gpus: readonly GpuSample[];
};

/** Paths of the text report, innermost last, by the name `--query-gpu` has for the value. First one that is there wins. */
const paths: Readonly<Record<string, readonly string[]>> = {
  uuid: ['GPU UUID'],
  name: ['Product Name'],
  'memory.total': ['FB Memory Usage/Total'],
  'memory.used': ['FB Memory Usage/Used'],
  'memory.free': ['FB Memory Usage/Free'],
  'memory.reserved': ['FB Memory Usage/Reserved'],
  'utilization.gpu': ['Utilization/Gpu', 'Utilization/GPU'],
  'utilization.memory': ['Utilization/Memory'],
  'temperature.gpu': ['Temperature/GPU Current Temp'],
  'temperature.memory': ['Temperature/Memory Current Temp'],
  'power.draw': [
    'GPU Power Readings/Power Draw',
    'GPU Power Readings/Average Power Draw',
    'GPU Power Readings/Instantaneous Power Draw',
    'Power Readings/Power Draw',
  ],
  'enforced.power.limit': ['GPU Power Readings/Current Power Limit', 'Power Readings/Enforced Power Limit'],
  'clocks.sm': ['Clocks/SM'],
  pstate: ['Performance State'],
  persistence_mode: ['Persistence Mode'],
  'mig.mode.current': ['MIG Mode/Current'],
  'ecc.errors.uncorrected.volatile.total': [
    'ECC Errors/Volatile/Double Bit/Total',
    'ECC Errors/Volatile/DRAM Uncorrectable',
  ],
  'fabric.state': ['Fabric/State'],
  gpu_recovery_action: ['GPU Recovery Action'],
  'remapped_rows.pending': ['Remapped Rows/Pending'],
  'remapped_rows.failure': ['Remapped Rows/Remapping Failure Occurred'],
};

const cardHeading = /^GPU ([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9])\s*$/;

/** The cards of an `nvidia-smi -q` report; null when the text is none. Reports after the first are left out. */
export function parseQueryText(text: string): ParsedQueryText | null {
  if (!/^GPU [0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9]\s*$/m.test(text)) return null;
  const header: Record<string, string> = {};
  const cards: {busId: string; values: Map<string, string>; mig: Map<string, string>[]}[] = [];
  const seen = new Set<string>();
  let path: {indent: number; name: string}[] = [];
  for (const line of text.split(/\r?\n/)) {
    const heading = cardHeading.exec(line);
    if (heading !== null) {
      const busId = heading[1] ?? '';
      if (seen.has(busId)) break;
      seen.add(busId);
      cards.push({busId, values: new Map(), mig: []});
      path = [];
      continue;
    }
    const match = /^(\s*)(\S[^:]*?)\s*(?::\s?(.*))?$/.exec(line);
    if (match === null || line.trim() === '') continue;
    const indent = (match[1] ?? '').length;
    const name = match[2] ?? '';
    path = path.filter((step) => step.indent < indent);
    const card = cards.at(-1);
    if (match[3] === undefined) {
      path.push({indent, name});
      if (name === 'MIG Device') card?.mig.push(new Map());
      continue;
    }
    const value = match[3].trim();
    if (card === undefined) header[name] ??= value;
    else store(card, [...path.map((step) => step.name), name], value);
    path.push({indent, name});
  }
  return {
    driverVersion: textCell(header['Driver Version']),
    cudaVersion: textCell(header['CUDA Version']),
    gpus: cards.map((card, position) =>
      buildGpu({...cellsOf(card.values), 'pci.bus_id': card.busId}, position, card.mig.map(migOf)),
    ),
  };
}

function store(
  card: {readonly values: Map<string, string>; readonly mig: readonly Map<string, string>[]},
  path: readonly string[],
  value: string,
): void {
  const isMig = path.includes('MIG Device');
  const target = isMig ? card.mig.at(-1) : card.values;
  const key = (isMig ? path.slice(path.indexOf('MIG Device') + 1) : path).join('/');
  if (target !== undefined && !target.has(key)) target.set(key, value);
}

function cellsOf(values: ReadonlyMap<string, string>): GpuCells {
  const cells: Record<string, string> = {};
  for (const [field, candidates] of Object.entries(paths)) {
    for (const candidate of candidates) {
      // A block that failed as a whole stands as one line with the driver's words.
      const value = values.get(candidate) ?? values.get(candidate.split('/')[0] ?? '');
      if (value !== undefined) {
        cells[field] = value;
        break;
      }
    }
  }
  return cells;
}

function migOf(values: ReadonlyMap<string, string>): MigInstanceSample {
  const byEnd = (end: string): string | undefined => [...values].find(([key]) => key.endsWith(end))?.[1];
  const memory = (name: string) => mibCell(byEnd(`FB Memory Usage/${name}`));
  const id = (name: string): Reading<number> => {
    const value = numberCell(byEnd(name));
    return isAbsent(value) ? value : Math.trunc(value);
  };
  return {
    gpuInstanceId: id('GPU Instance ID'),
    computeInstanceId: id('Compute Instance ID'),
    memoryTotalBytes: memory('Total'),
    memoryUsedBytes: memory('Used'),
    memoryFreeBytes: memory('Free'),
  };
}
