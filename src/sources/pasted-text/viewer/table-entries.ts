import {type JsonEntry, messageNames, timeNames, timeText} from './json-entries.ts';
import {createLineJoining, findWrapping} from './wrapped-lines.ts';

/** Columns that an export may have. */
const LEAST_COLUMNS = 2;
const MOST_COLUMNS = 200;
const separators = [',', ';', '\t'];

/** True for the first line of a table of log entries: names of columns, one of them that of the message. */
export function isTableHeader(line: string): boolean {
  return headerOf(line) !== null;
}

type Header = {readonly separator: string; readonly message: number; readonly time: number | null};

function headerOf(line: string): Header | null {
  if (line.length > 4_000) return null;
  for (const separator of separators) {
    const [names = []] = rowsOf([line.trimEnd()], separator);
    if (names.length < LEAST_COLUMNS || names.length > MOST_COLUMNS) continue;
    if (!names.every((name) => /^[\w@][\w@. -]{0,60}$/.test(name))) continue;
    const message = positionOf(names, messageNames);
    if (message !== null) return {separator, message, time: positionOf(names, timeNames)};
  }
  return null;
}

function positionOf(names: readonly string[], wanted: readonly string[]): number | null {
  for (const name of wanted) {
    const at = names.findIndex((candidate) => candidate.toLowerCase() === name.toLowerCase());
    if (at >= 0) return at;
  }
  return null;
}

/**
 * The entries of a table in CSV as cloud viewers export it (RFC 4180: quotation marks in a cell are doubled, and such a cell
 * may have several lines). Null if these lines are no such table. `filledTo` as in `findWrapping`.
 */
export function readTable(lines: readonly string[], filledTo: number | null = null): readonly JsonEntry[] | null {
  const first = lines.findIndex((line) => line.trim() !== '');
  const header = headerOf(lines[first] ?? '');
  if (header === null) return null;
  const rest = lines.slice(first + 1);
  const joining = createLineJoining<{readonly text: string}>(findWrapping(rest, {filledTo}));
  const whole = [...rest.flatMap((text) => joining.push({text})), ...joining.flush()].map(({text}) => text);
  const entries = rowsOf(whole, header.separator).flatMap((cells) => {
    const said = cells[header.message];
    return said === undefined ? [] : [{said, time: header.time === null ? null : timeText(cells[header.time] ?? '')}];
  });
  return entries.length > 0 ? entries : null;
}

/** Rows of cells. A cell that a cut left open ends with the text. */
function rowsOf(lines: readonly string[], separator: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let open: string | null = null;
  for (const line of lines) {
    if (open === null && line.trim() === '') continue;
    const read: CellsOfLine = cellsOf(line.endsWith('\r') ? line.slice(0, -1) : line, open, separator);
    row.push(...read.cells);
    open = read.open;
    if (open !== null) continue;
    rows.push(row);
    row = [];
  }
  return open === null ? rows : [...rows, [...row, open]];
}

/** The cells that end in a line, and the one that continues on the next. */
type CellsOfLine = {readonly cells: readonly string[]; readonly open: string | null};

function cellsOf(line: string, open: string | null, separator: string): CellsOfLine {
  const cells: string[] = [];
  let begun = open;
  let rest: string | null = line;
  while (rest !== null) {
    if (begun === null && !rest.startsWith('"')) {
      const end: number = rest.indexOf(separator);
      cells.push(end < 0 ? rest : rest.slice(0, end));
      rest = end < 0 ? null : rest.slice(end + 1);
      continue;
    }
    const {cell, after} = quotedCell(begun === null ? rest.slice(1) : rest);
    const said: string = begun === null ? cell : `${begun}\n${cell}`;
    if (after === null) return {cells, open: said};
    cells.push(said);
    begun = null;
    const next = after.indexOf(separator);
    rest = next < 0 ? null : after.slice(next + 1);
  }
  return {cells, open: null};
}

/** A cell behind its first quotation mark, and what follows it; `after` is null if it continues on the next line. */
function quotedCell(text: string): {readonly cell: string; readonly after: string | null} {
  let from = 0;
  for (;;) {
    const end = text.indexOf('"', from);
    if (end < 0) return {cell: text.replaceAll('""', '"'), after: null};
    if (text[end + 1] !== '"') return {cell: text.slice(0, end).replaceAll('""', '"'), after: text.slice(end + 1)};
    from = end + 2;
  }
}
