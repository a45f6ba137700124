import type {GpuProcessSample} from '../../../samples/gpu.ts';
import {isAbsent} from '../../../samples/reading.ts';
import type {GpuCells} from './build-gpu.ts';
import {countCell, mibCell, textCell} from './cells.ts';

/** Names that differ between header and request, and older names of the same field. */
const headerAliases: Readonly<Record<string, string>> = {
  'clocks.current.sm': 'clocks.sm',
  'clocks_throttle_reasons.active': 'clocks_event_reasons.active',
  gpu_uuid: 'uuid',
  gpu_bus_id: 'pci.bus_id',
  gpu_name: 'name',
};

/** Lines that have their end; what follows the last one may be cut. */
export function wholeLines(text: string): readonly string[] {
  return text.split(/\r?\n/).slice(0, -1);
}

/** Cells of one CSV line: nvidia-smi separates by comma and blank, and quotes nothing. */
export function splitCells(line: string): string[] {
  return line.split(',').map((cell) => cell.trim());
}

/** Field names from a header line, without units, spelled as in the request. */
export function headerFields(line: string): string[] {
  return splitCells(line).map((cell) => {
    const name = cell.replace(/ \[[^[\]]*\]$/, '');
    return headerAliases[name] ?? name;
  });
}

/** Fields of lists that are not GPU lists: processes, retired pages. */
const foreignFields: ReadonlySet<string> = new Set(['pid', 'process_name', 'retired_pages.address']);

/** True for the header of a `--query-gpu` answer. */
export function isGpuHeader(line: string): boolean {
  const fields = headerFields(line);
  return (
    (fields.includes('index') || fields.includes('uuid') || fields.includes('name') || fields.includes('pci.bus_id')) &&
    fields.every((field) => /^[a-z][A-Za-z0-9_.]*$/.test(field) && !foreignFields.has(field))
  );
}

/** One row by the requested fields; null when it has another number of cells (a stray line). */
export function rowCells(line: string, fields: readonly string[]): GpuCells | null {
  const cells = splitCells(line);
  if (cells.length !== fields.length) return null;
  const byName: Record<string, string> = {};
  cells.forEach((cell, position) => {
    const field = fields[position];
    if (field !== undefined) byName[headerAliases[field] ?? field] ??= cell;
  });
  return byName;
}

/** Fields per process; the name is last, because it may contain commas. */
export const processFields = ['gpu_uuid', 'pid', 'used_gpu_memory', 'process_name'] as const;

/**
 * Processes from `--query-compute-apps=<processFields> --format=csv,noheader,nounits`. Other lines are skipped, and a last
 * one without its end: its numbers may be cut.
 */
export function parseProcesses(text: string): readonly GpuProcessSample[] {
  return wholeLines(text).flatMap((line) => {
    const [uuid, pid, used, ...name] = line.split(', ');
    const pidNumber = countCell(pid);
    if (used === undefined || isAbsent(pidNumber)) return [];
    return [{pid: pidNumber, name: textCell(name.join(', ')), usedBytes: mibCell(used), gpuUuid: textCell(uuid)}];
  });
}
