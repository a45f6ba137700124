import {z} from 'zod';

/** One entry of a log in JSON: its message, which may have several lines, and its time if that is a text. */
export type JsonEntry = {readonly said: string; readonly time: string | null};

const objectSchema = z.record(z.string(), z.unknown());
const pairSchema = z.tuple([z.string().regex(/^\d{10,19}$/), z.string()]).rest(z.unknown());
type JsonObject = z.infer<typeof objectSchema>;

/** Names of the message of an entry, in the order in which they are tried. */
export const messageNames: readonly string[] = [
  'log',
  'message',
  'MESSAGE',
  'textPayload',
  'msg',
  'line',
  '@message',
  '_msg',
  'body',
  'content',
  'text',
  'event',
  'LogEntry',
  'LogMessage',
  'Log_s',
  'Message',
  'Line',
];
export const timeNames: readonly string[] = [
  'time',
  'timestamp',
  '@timestamp',
  'ts',
  '__REALTIME_TIMESTAMP',
  'asctime',
  'date',
  'TimeGenerated',
  'Time',
  'Date',
  'receiveTimestamp',
];
/** Objects that hold the message where the entry itself does not. */
const inner = ['jsonPayload', 'content', 'attributes', '_source', 'structured', 'result', 'labels', 'record'];
/** The error that a message is about, where the entry has it apart. */
const errorNames = ['error', 'err', 'error_message', 'errorMessage'];
const tracebackNames = ['exc_info', 'exc_text', 'exception', 'stack_trace', 'traceback', 'stack'];

/** How deep arrays of entries, and messages, may be in a document. */
const MAX_DEPTH = 4;

/** The entry in a line of JSON; null for any other line. */
export function readJsonEntry(line: string): JsonEntry | null {
  if (!line.trimStart().startsWith('{')) return null;
  return entryOf(parseJson(line), 0);
}

/**
 * The entries of a JSON document: an array of them, or an object with such an array. Null for anything else. `filledTo` as in
 * `findWrapping`.
 */
export function readJsonDocument(
  lines: readonly string[],
  filledTo: number | null = null,
): readonly JsonEntry[] | null {
  // Line ends mean nothing in JSON: those within its texts are of a terminal that wrapped it.
  const entries = entriesOf(parseJson(lines.join('\n')) ?? parseJson(withBlanks(lines, filledTo).join('')), 0);
  return entries.length > 0 ? entries : null;
}

/** Widest terminal whose rows are filled up again. */
const MOST_WIDTH = 400;
/** What part of the long rows must be full for them to be broken at a column, and not between words. */
const MOST_FULL = 0.5;
const LONG = 0.8;

/** The rows of a wrapped document with the blanks that they lost at their ends. Outside of its texts they mean nothing. */
function withBlanks(rows: readonly string[], filledTo: number | null): readonly string[] {
  const width = filledTo ?? rows.reduce((most, {length}) => Math.max(most, length), 0);
  if (width > MOST_WIDTH || rows.some((row) => row.endsWith(' '))) return rows;
  const long = rows.filter((row) => row.length > width * LONG && !/["{[\]},]$/.test(row));
  const full = long.filter(({length}) => length >= width - 1);
  if (full.length >= long.length * MOST_FULL) return rows.map((row) => row.padEnd(width));
  return rows.map((row) => (row.length === width && !row.trim().includes(' ') ? row : `${row} `));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the text is read as it is.
    return null;
  }
}

function entriesOf(value: unknown, depth: number): readonly JsonEntry[] {
  if (depth > MAX_DEPTH) return [];
  if (Array.isArray(value)) {
    const entries = value.flatMap((item) => pairOf(item) ?? entryOf(item, 0) ?? []);
    return entries.length > 0 ? entries : value.flatMap((item) => entriesOf(item, depth + 1));
  }
  const object = objectSchema.safeParse(value);
  if (!object.success) return [];
  for (const part of Object.values(object.data)) {
    if (typeof part !== 'object' || part === null) continue;
    const entries = entriesOf(part, depth + 1);
    if (entries.length > 0) return entries;
  }
  return [];
}

/** Loki writes an entry as a pair: nanoseconds since 1970, and the line. */
function pairOf(value: unknown): JsonEntry | null {
  if (!Array.isArray(value)) return null;
  const pair = pairSchema.safeParse(value);
  return pair.success ? {said: pair.data[1], time: epochText(Number(pair.data[0]))} : null;
}

function entryOf(value: unknown, depth: number): JsonEntry | null {
  const object = objectSchema.safeParse(value);
  if (!object.success || depth > MAX_DEPTH) return null;
  const message = firstText(object.data, messageNames);
  if (message !== null) {
    return {said: withError(message, object.data), time: timeOf(object.data)};
  }
  for (const name of inner) {
    if (object.data[name] === undefined) continue;
    const entry = entryOf(object.data[name], depth + 1);
    if (entry !== null) return {...entry, time: timeOf(object.data) ?? entry.time};
  }
  return null;
}

function withError(said: string, object: JsonObject): string {
  const error = firstText(object, errorNames);
  const traceback = firstText(object, tracebackNames);
  const more = [error, traceback].filter((text) => text !== null && text !== '' && !said.includes(text));
  return [said, ...more].join('\n');
}

function firstText(object: JsonObject, names: readonly string[]): string | null {
  for (const name of names) {
    const text = textOf(object[name]);
    if (text !== null) return text;
  }
  return null;
}

/** The journal writes a message with control characters as an array of bytes. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  // A schema that does not match costs more than all the rest: entries have few of these names.
  if (!Array.isArray(value)) return null;
  const bytes = z.array(z.int().min(0).max(255)).nonempty().safeParse(value);
  return bytes.success ? Buffer.from(bytes.data).toString() : null;
}

function timeOf(object: JsonObject): string | null {
  for (const name of timeNames) {
    const value = object[name];
    const epoch =
      typeof value === 'number' || (typeof value === 'string' && /^\d{10,19}$/.test(value)) ? Number(value) : null;
    if (epoch !== null) return epochText(epoch);
    if (typeof value === 'string') return value;
  }
  return null;
}

/** A time as a cell of a table has it: digits count from 1970. */
export function timeText(cell: string): string | null {
  return /^\d{10,19}$/.test(cell) ? epochText(Number(cell)) : cell;
}

/** Seconds, milliseconds, microseconds or nanoseconds since 1970, by their size. */
function epochText(epoch: number): string | null {
  const ms = epoch > 1e17 ? epoch / 1e6 : epoch > 1e14 ? epoch / 1000 : epoch > 1e11 ? epoch : epoch * 1000;
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
