import type {GpuCells, ParsedCard} from './build-gpu.ts';
import {headerFields, isGpuHeader, rowCells, splitCells} from './parse-csv.ts';
import {identityAndLoadFields} from './query-fields.ts';

/** The cards of a `--query-gpu` answer. */
export type ParsedGpuCsv = {
  readonly cards: readonly ParsedCard[];
  /** False when the columns had no names and were told by their shape: identities only. */
  readonly hasKnownColumns: boolean;
};

/** A list without header as monitoring scripts ask for it most: identity, memory, load. */
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

/** What a healthy cell of a column looks like. */
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
 * The cards of a CSV answer: by its header, or, without one, in an order that scripts ask for; of an unknown order only
 * the identities, told by their shape. Of several rows of a card the newest counts. Null when it is no list of cards.
 */
export function parseGpuCsv(text: string): ParsedGpuCsv | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const header = lines.findIndex(isGpuHeader);
  const known = header === -1 ? orderOf(lines) : headerFields(lines[header] ?? '');
  const fields = known ?? identityColumns(lines);
  if (fields === null) return null;
  const newest = new Map<number, ParsedCard>();
  let lastIndex = -1;
  for (const line of lines.slice(header + 1)) {
    const cells = rowCells(line, fields);
    if (cells === null || isGpuHeader(line)) continue;
    const said = saidIndex(cells);
    // A frame ends where the index falls; a row that lost its index is told by its place in the frame.
    const index = said ?? lastIndex + 1;
    newest.set(index, {cells: {...cells, index: String(index)}, migInstances: []});
    lastIndex = index;
  }
  if (newest.size === 0) return null;
  const cards = [...newest].sort(([a], [b]) => a - b).map(([, card]) => card);
  return {cards, hasKnownColumns: known !== null};
}

function saidIndex(cells: GpuCells): number | null {
  const text = cells['index'];
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : null;
}

/** The known order that every row fits. */
function orderOf(lines: readonly string[]): readonly string[] | null {
  const rows = lines.map(splitCells);
  const columns = rows[0]?.length ?? 0;
  const candidates = [commonOrder, padded(identityAndLoadFields, columns)];
  return candidates.find((fields) => fields.length === columns && rows.every((row) => fits(row, fields))) ?? null;
}

/** Columns behind the known ones are not named: what they are depends on the driver. */
function padded(fields: readonly string[], columns: number): readonly string[] {
  return [...fields, ...Array.from({length: Math.max(0, columns - fields.length)}, (_, more) => `column.${more}`)];
}

function fits(row: readonly string[], fields: readonly string[]): boolean {
  if (row.length !== fields.length) return false;
  return fields.every((field, position) => {
    const cell = row[position] ?? '';
    return (shapes[field]?.test(cell) ?? true) ? true : cell.startsWith('[') || cell === 'N/A';
  });
}

/** Columns whose content can be nothing else: the identities of a card. Null when no column has them. */
function identityColumns(lines: readonly string[]): readonly string[] | null {
  const [first] = lines;
  if (first === undefined) return null;
  const cells = splitCells(first);
  const used = new Set<string>();
  const fields = cells.map((cell, position) => {
    const field = ['timestamp', 'uuid', 'pci.bus_id'].find((name) => !used.has(name) && shapes[name]?.test(cell));
    const isName = /^(NVIDIA|Tesla|GeForce|Quadro|GRID|TITAN) ?\w/.test(cell) && !used.has('name');
    const name = field ?? (isName ? 'name' : `column.${position}`);
    used.add(name);
    return name;
  });
  const isSameEverywhere = lines.every((line) => splitCells(line).length === cells.length);
  return isSameEverywhere && cells.length > 1 && (used.has('uuid') || used.has('pci.bus_id')) && !hasPidShape(cells)
    ? fields
    : null;
}

/** A path or title beside an identity: a list of processes, not of cards. */
function hasPidShape(cells: readonly string[]): boolean {
  return cells.some((cell) => cell.includes('/') && !/^\d{4}\/\d{2}\/\d{2} /.test(cell));
}
