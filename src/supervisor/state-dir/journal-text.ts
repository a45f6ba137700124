import {closeSync, constants, fstatSync, openSync, readSync} from 'node:fs';
import {z} from 'zod';
import {errorCode} from '../../shared/error-code.ts';
import {mibText} from '../../shared/quantities/bytes.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {JOURNAL_SCHEMA_VERSION, type JournalEntry, journalEntrySchema} from './journal-entry.ts';

/** The end of a journal that is read: ten times what compaction leaves. */
export const MOST_BYTES_READ = 8 * 1024 * 1024;
/** Longer than any command line that the kernel accepts (2 MiB for all arguments), twice. */
const MOST_LINE_BYTES = 5 * 1024 * 1024;
/** Skipped lines that are named; more are counted. */
const MOST_NAMED = 5;

/** The content of a journal, and warnings about unreadable lines. */
export type JournalContent = {
  readonly entries: readonly JournalEntry[];
  /** One sentence per problem: skipped lines, and a beginning that was not read. */
  readonly warnings: readonly string[];
};

/** The last bytes of a file. */
export type FileEnd = {
  readonly bytes: Buffer;
  /** Offset of the first of them; 0 for a file that was read completely. */
  readonly from: number;
  readonly size: number;
};

/** The last bytes of a regular file; of a missing one, none. Throws for anything else, without waiting on a pipe. */
export function readFileEnd(file: string, mostBytes: number): FileEnd {
  let descriptor: number;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return {bytes: Buffer.alloc(0), from: 0, size: 0};
    throw error;
  }
  try {
    return readEndOf(descriptor, mostBytes);
  } finally {
    closeSync(descriptor);
  }
}

/** The same of an open file, which may have been deleted meanwhile. */
export function readEndOf(descriptor: number, mostBytes: number): FileEnd {
  const stats = fstatSync(descriptor);
  if (!stats.isFile()) throw new Error('it is not a file');
  const {size} = stats;
  const from = Math.max(0, size - mostBytes);
  const bytes = Buffer.alloc(size - from);
  let filled = 0;
  while (filled < bytes.length) {
    const read = readSync(descriptor, bytes, filled, bytes.length - filled, from + filled);
    if (read === 0) break;
    filled += read;
  }
  return {bytes: bytes.subarray(0, filled), from, size};
}

/** The entries in the end of a journal, oldest first. What is not read or cannot be read is a warning. */
export function parseJournal({bytes, from, size}: FileEnd, file: string): JournalContent {
  const entries: JournalEntry[] = [];
  const skipped: string[] = [];
  let number = 0;
  let start = from === 0 ? 0 : startOfLine(bytes);
  while (start < bytes.length) {
    const found = bytes.indexOf(0x0a, start);
    const end = found < 0 ? bytes.length : found;
    number += 1;
    if (end > start) {
      const entry = end - start > MOST_LINE_BYTES ? err('too long') : parseLine(bytes.toString('utf8', start, end));
      if (entry.ok) entries.push(entry.value);
      else skipped.push(`${placeOf(number, from + start, from)}, was skipped: ${entry.error}.`);
    }
    start = end + 1;
  }
  const named = skipped.slice(0, MOST_NAMED).map((text) => `${file}, ${text}`);
  const more = skipped.length - named.length;
  return {
    entries,
    warnings: [
      ...(from === 0 ? [] : [`Of ${file}, ${mibText(size)}, only the end was read.`]),
      ...named,
      ...(more > 0 ? [`${file}: ${more} more lines were skipped.`] : []),
    ],
  };
}

/** Lines cannot be counted from the end. */
function placeOf(line: number, offset: number, from: number): string {
  return from === 0 ? `line ${line}` : `offset ${offset}`;
}

function startOfLine(bytes: Buffer): number {
  const end = bytes.indexOf(0x0a);
  return end < 0 ? bytes.length : end + 1;
}

const versionSchema = z.object({schemaVersion: z.literal(JOURNAL_SCHEMA_VERSION)});

/** One line as an entry; the error says why it is none. */
export function parseLine(line: string): Result<JournalEntry, string> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return err('not JSON');
  }
  if (!versionSchema.safeParse(value).success) return err('written by another version of Gantry');
  const entry = journalEntrySchema.safeParse(value);
  return entry.success ? ok(entry.data) : err(z.prettifyError(entry.error).replaceAll(/\s+/gu, ' '));
}

/** The line of an entry, with its end. */
export function journalLine(entry: JournalEntry): Buffer {
  return Buffer.from(`${JSON.stringify({schemaVersion: JOURNAL_SCHEMA_VERSION, ...entry})}\n`);
}
