import type {GpuCells, ParsedCard} from './build-gpu.ts';
import {faultOf} from './cells.ts';
import {headerFields, isGpuHeader, rowCells, splitCells} from './parse-csv.ts';
import {identityAndLoadFields} from './query-fields.ts';

/** The GPUs of a `--query-gpu` answer. */
export type ParsedGpuCsv = {
  readonly cards: readonly ParsedCard[];
  /** False when the columns had no names and were recognized by their format: identities only. */
  readonly hasKnownColumns: boolean;
};

/** The most common list without header in monitoring scripts: identity, memory, load. */
const commonOrder: readonly string[] = [
  'timestamp',
  'index',
  'uuid',
  'pci.bus_id',
  'memory.total',
  'memory.reserved',
  'memory.used',
  'memory.free',
  'utilization.gpu',
  'temperature.gpu',
  'power.draw',
  'enforced.power.limit',
  'clocks.sm',
  'pstate',
];

const mib = /^\d+( MiB)?$/;
const percent = /^\d+( %)?$/;

/** The format of a healthy cell of a column. */
const shapes: Readonly<Partial<Record<string, RegExp>>> = {
  timestamp: /^\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}\.\d{3}$/,
  count: /^\d{1,3}$/,
  index: /^\d{1,3}$/,
  uuid: /^GPU-[0-9a-fA-F-]{8,}$/,
  'pci.bus_id': /^[0-9A-Fa-f]{4,8}:[0-9A-Fa-f]{2}:[0-9A-Fa-f]{2}\.[0-9A-Fa-f]$/,
  'memory.total': mib,
  'memory.reserved': mib,
  'memory.used': mib,
  'memory.free': mib,
  'utilization.gpu': percent,
  'utilization.memory': percent,
  pstate: /^P\d{1,2}$/,
};

/**
 * The GPUs of a CSV answer: by its header or, without one, in an order that scripts use; for an unknown order only the
 * identities, recognized by their format. Of several rows of a GPU the newest counts. Null when it is not a GPU list.
 */
export function parseGpuCsv(text: string): ParsedGpuCsv | null {
  const shown = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  // As the program names a GPU in its messages.
  const lines = shown.map((line) => line.replace(/^GPU (\d{1,3}), /, '$1, '));
  const header = lines.find(isGpuHeader);
  const known = header === undefined ? orderOf(lines) : headerFields(header);
  const fields = known ?? identityColumns(lines);
  if (fields === null) return null;
  const newest = new Map<number, ParsedCard>();
  const indexByIdentity = new Map<string, number>();
  let lastIndex = -1;
  for (const line of header === undefined ? lines : lines.slice(lines.indexOf(header))) {
    const cells = rowCells(line, fields);
    if (cells === null || isGpuHeader(line)) continue;
    const said = saidIndex(cells);
    const identity = cells['uuid'] ?? cells['pci.bus_id'];
    // A frame ends where the index decreases. A row without index is identified by its identity, or by its position.
    const index = said ?? (identity === undefined ? undefined : indexByIdentity.get(identity)) ?? lastIndex + 1;
    if (said === null && identity !== undefined && faultOf(identity) === null) indexByIdentity.set(identity, index);
    newest.set(index, {cells: {...cells, index: String(index)}, migInstances: [], ...(said === null ? unplaced : {})});
    lastIndex = index;
  }
  if (newest.size === 0) return null;
  // All GPUs are listed in the order of their indexes: below a header, the position of each is its index, unless one was asked for.
  const isWhole = header !== undefined && newest.size > 1;
  const cards = [...newest].sort(([a], [b]) => a - b).map(([, card]) => (isWhole ? placed(card) : card));
  return {cards, hasKnownColumns: known !== null};
}

const unplaced = {isUnplaced: true} as const;

function placed({cells, migInstances}: ParsedCard): ParsedCard {
  return {cells, migInstances};
}

function saidIndex(cells: GpuCells): number | null {
  const text = cells['index'];
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : null;
}

/** The known order that matches every row. */
function orderOf(lines: readonly string[]): readonly string[] | null {
  const rows = lines.map(splitCells);
  const columns = rows[0]?.length ?? 0;
  const candidates = [commonOrder, padded(identityAndLoadFields, columns)];
  return candidates.find((fields) => rows.every((row) => fits(row, fields))) ?? null;
}

/** Columns after the known ones are not named: their meaning depends on the driver. */
function padded(fields: readonly string[], columns: number): readonly string[] {
  return [...fields, ...Array.from({length: Math.max(0, columns - fields.length)}, (_, more) => `column.${more}`)];
}

function fits(row: readonly string[], fields: readonly string[]): boolean {
  return row.length === fields.length && fields.every((field, position) => isCellOf(field, row[position]));
}

function isCellOf(field: string, cell: string | undefined): boolean {
  if (cell === undefined) return false;
  return shapes[field]?.test(cell) !== false || cell.startsWith('[') || cell === 'N/A' || faultOf(cell) !== null;
}

/**
 * Columns whose content is unambiguous: the identities of a GPU. Null when there are none, and when the rows may be
 * processes: these have the identities of their GPU too, but never its state.
 */
function identityColumns(lines: readonly string[]): readonly string[] | null {
  const [first] = lines;
  if (first === undefined) return null;
  const rows = lines.map(splitCells);
  const cells = splitCells(first);
  const used = new Set<string>();
  const fields = cells.map((cell, position) => {
    const field = ['timestamp', 'uuid', 'pci.bus_id'].find((name) => !used.has(name) && shapes[name]?.test(cell));
    const isName = namePattern.test(cell) && !used.has('name');
    const name = field ?? (isName ? 'name' : isIndexColumn(rows, position) ? 'index' : `column.${position}`);
    used.add(name);
    return name;
  });
  if (rows.some((row) => row.length !== cells.length)) return null;
  // Nothing but a list of GPUs has an index, the name of a GPU behind it, and its state.
  const isIndexed = fields[0] === 'index' && used.has('name');
  const hasIdentity = used.has('uuid') || used.has('pci.bus_id') || isIndexed;
  const isState = (cell: string): boolean =>
    statePattern.test(cell) || faultOf(cell) !== null || (isIndexed && memoryPattern.test(cell));
  const isOfGpus = rows.every((row) => row.some(isState)) || (used.has('index') && !isIndexed);
  const others = fields.flatMap((field, position) => (field.startsWith('column.') ? [position] : []));
  const hasOtherText = others.some((position) => rows.some((row) => !isReading(row[position] ?? '')));
  return hasIdentity && isOfGpus && !hasOtherText ? fields : null;
}

const namePattern = /^(NVIDIA|Tesla|GeForce|Quadro|GRID|TITAN) ?\w/;
/** What only a GPU has: a performance state, a load, a power, a clock, a mode. */
const statePattern = /^(?:P\d{1,2}|\d+(?:\.\d+)? (?:%|W|MHz)|Enabled|Disabled)$/;
const memoryPattern = /^\d{1,8} MiB$/;
/** A number with or without unit, a state, a driver's version, or what the driver prints instead. */
const readingPattern =
  /^(?:0x[0-9A-Fa-f]+|\d[\d.]*(?: ?(?:MiB|MB|%|W|MHz|C|us|x))?|\[.*\]|N\/A|Yes|No|Default|Active|Not Active|)$/;

function isReading(cell: string): boolean {
  return readingPattern.test(cell) || statePattern.test(cell) || faultOf(cell) !== null || namePattern.test(cell);
}

/** The first column, where it numbers the rows from 0, or rises in front of a GPU's name: process ids do neither. */
function isIndexColumn(rows: readonly (readonly string[])[], position: number): boolean {
  if (position !== 0) return false;
  const isBeforeName = rows.every((row) => namePattern.test(row[1] ?? ''));
  const isRising = rows.every((row, index) => Number(row[0]) > Number(rows[index - 1]?.[0] ?? -1));
  return rows.every((row, index) =>
    isBeforeName ? isRising && /^\d{1,3}$/.test(row[0] ?? '') : row[0] === String(index),
  );
}
