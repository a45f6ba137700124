import type {GpuProcessSample, MigInstanceSample} from '../../../samples/gpu.ts';
import {absent, isAbsent} from '../../../samples/reading.ts';
import {countCell, mibCell, textCell} from './cells.ts';
import {emptyReport, type ParsedReport} from './parsed-report.ts';

const identityLine =
  /^\|\s+(\d{1,3}) +([^\s|](?:[^\s|]| (?! ))*) +(On|Off|N\/A|WDDM|TCC|MCDM|ERR!)\s*\|\s*([0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f])(?:[^|]{0,60}\|\s*([^\s|]+))?/;
/** Of the second line of a GPU: temperature and power, performance state, and load. */
const readingsLine = /^\|\s*\S+\s+(\S+)\s+(\S+)\s+(\S+)\s*\/[^|]{0,40}\|[^|]{0,60}\|\s*(\S+)/;
const memoryPair = /^(\d+)\s*MiB\s*\/\s*(\d+)\s*MiB$/;
/** GPU, GPU instance, compute instance, MIG device, then the memory pair of the slice. */
const migLine = /^\|\s+(\d{1,3})\s+(\d+|N\/A)\s+(\d+|N\/A)\s+\d+\s*\|\s*(\d+)\s*MiB\s*\/\s*(\d+)\s*MiB/;

/** GPU, then since 450 GPU instance and compute instance, process, type, name, memory: a number, or what is left of it. */
const processLine =
  /^\|\s+\d{1,3}\s+(?:(?:\d+|N\/A)\s+(?:\d+|N\/A)\s+)?(\d+)\s+[CGM+]{1,5}\s+(\S(?:.*\S)?)\s+(\d+MiB|N\/A|\d+\.\.\.)\s*\|\s*$/;

/**
 * Identity and memory of the GPUs in the plain `nvidia-smi` table; null for other text. Of processes it has no
 * identity of their GPU. Nothing else is read from it: names may be cut, and columns differ between branches. Of several tables the last one counts;
 * rows that were copied without the head of their table count too.
 */
export function parseTable(text: string): ParsedReport | null {
  const start = text.lastIndexOf('| NVIDIA-SMI ');
  const lines = text.slice(Math.max(0, start)).split(/\r?\n/);
  if (start === -1 && !lines.some((line) => identityLine.test(line))) return null;
  const cards: {cells: Record<string, string>; migInstances: MigInstanceSample[]}[] = [];
  for (const [position, line] of lines.entries()) {
    const identity = identityLine.exec(line);
    if (identity !== null) {
      const second = lines[position + 1] ?? '';
      const memory = memoryCells(second);
      // A table that is cut before the end of this cell may have a part of a number there.
      if (memory === null && (start !== -1 || second.trim() !== '')) break;
      cards.push({cells: {...identityCells(identity), ...memory, ...faultCells(identity, second)}, migInstances: []});
      continue;
    }
    const mig = migLine.exec(line);
    if (mig !== null) cards.find((card) => card.cells['index'] === mig[1])?.migInstances.push(migOf(mig));
  }
  return {
    ...emptyReport,
    driverVersion: textCell(/(?:Driver|KMD) Version:\s*([^\s|]+)/.exec(lines[0] ?? '')?.[1]),
    cudaVersion: textCell(/CUDA (?:UMD )?Version:\s*([^\s|]+)/.exec(lines[0] ?? '')?.[1]),
    cards,
    processes: lines.flatMap(processOf),
  };
}

function processOf(line: string): readonly GpuProcessSample[] {
  const [, pid, name, used] = processLine.exec(line) ?? [];
  const pidNumber = countCell(pid);
  if (isAbsent(pidNumber)) return [];
  return [{pid: pidNumber, name: textCell(name), usedBytes: mibCell(used), gpuUuid: absent('not in the plain table')}];
}

const persistenceModes: Readonly<Partial<Record<string, string>>> = {On: 'Enabled', Off: 'Disabled'};

function identityCells([, index = '', name = '', persistence = '', busId = '']: RegExpExecArray): Record<
  string,
  string
> {
  const mode = persistenceModes[persistence];
  return {index, name, 'pci.bus_id': busId, ...(mode === undefined ? {} : {persistence_mode: mode})};
}

/** Cells of a GPU's two lines that are read for a fault alone: a fan that cannot be read is no fault of the GPU. */
function faultCells(identity: RegExpExecArray, second: string): Record<string, string> {
  const [, temperature, performance, power, load] = readingsLine.exec(second) ?? [];
  const cells = {ecc: identity[5], temperature, performance, power, load};
  return Object.fromEntries(
    Object.entries(cells).flatMap(([name, cell]) => (cell === undefined ? [] : [[`table.${name}`, cell]])),
  );
}

/**
 * The memory cell of a GPU's second line: a pair, or the driver's text (`GPU is lost`), or ERR! if damaged. Null where it
 * has no end.
 */
function memoryCells(line: string): Record<string, string> | null {
  const columns = line.split('|');
  if (columns.length < 4) return null;
  const cell = (columns[2] ?? '').trim();
  const pair = memoryPair.exec(cell);
  if (pair !== null) return {'memory.used': pair[1] ?? '', 'memory.total': pair[2] ?? ''};
  const words = cell.includes('ERR!') ? 'ERR!' : cell;
  return {'memory.used': words, 'memory.total': words};
}

function migOf([, , gpuInstance, computeInstance, used, total]: RegExpExecArray): MigInstanceSample {
  return {
    gpuInstanceId: countCell(gpuInstance),
    computeInstanceId: countCell(computeInstance),
    memoryTotalBytes: mibCell(total),
    memoryUsedBytes: mibCell(used),
    memoryFreeBytes: absent('not in the plain table'),
  };
}
