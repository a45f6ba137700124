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
/** A tenth of a second; a journal has at most a few that were cut or damaged. */
const MOST_SKIPPED = 10_000;
const LINE_END = 0x0a;

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

/** A line that is no entry, and why. */
type Skipped = {readonly at: number; readonly linesAfter: number; readonly why: () => string};

/**
 * The entries in the end of a journal, oldest first. What is not read or cannot be read is a warning. The newest lines are
 * read first, and none before too many that are no entries: what is not a journal takes no longer than one.
 */
export function parseJournal({bytes, from, size}: FileEnd, file: string): JournalContent {
  const entries: JournalEntry[] = [];
  /** The oldest ones. */
  const named: Skipped[] = [];
  let skipped = 0;
  let end = bytes.at(-1) === LINE_END ? bytes.length - 1 : bytes.length;
  for (let linesAfter = 0; end > 0 && skipped < MOST_SKIPPED; linesAfter += 1) {
    const start = bytes.lastIndexOf(LINE_END, end - 1) + 1;
    // The first line of an end is the rest of one.
    if (start === 0 && from > 0) break;
    if (end > start) {
      const entry =
        end - start > MOST_LINE_BYTES ? err(() => 'too long') : parseLine(bytes.toString('utf8', start, end));
      if (entry.ok) entries.push(entry.value);
      else {
        skipped += 1;
        named.push({at: start, linesAfter, why: entry.error});
        if (named.length > MOST_NAMED) named.shift();
      }
    }
    end = start - 1;
  }
  const lines = skipped === 0 ? 0 : countLines(bytes);
  const more = skipped - named.length;
  return {
    entries: entries.toReversed(),
    warnings: [
      ...(from === 0 ? [] : [`Of ${file}, ${mibText(size)}, only the end was read.`]),
      ...named.toReversed().map(({at, linesAfter, why}) => {
        const place = from === 0 ? `line ${lines - linesAfter}` : `offset ${from + at}`;
        return `${file}, ${place}, was skipped: ${why()}.`;
      }),
      ...(more > 0 ? [`${file}: ${more} more lines were skipped.`] : []),
      ...(skipped < MOST_SKIPPED ? [] : [`${file}: what is before them was not read, because it is no journal.`]),
    ],
  };
}

/** Lines with an end, and what is after the last end. */
function countLines(bytes: Buffer): number {
  let lines = bytes.at(-1) === LINE_END ? 0 : 1;
  for (let at = bytes.indexOf(LINE_END); at >= 0; at = bytes.indexOf(LINE_END, at + 1)) lines += 1;
  return lines;
}

const versionSchema = z.object({schemaVersion: z.literal(JOURNAL_SCHEMA_VERSION)});

/** One line as an entry; the error can say why it is none. */
export function parseLine(line: string): Result<JournalEntry, () => string> {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return err(() => 'not JSON');
  }
  if (!versionSchema.safeParse(value).success) return err(() => 'written by another version of Gantry');
  const entry = journalEntrySchema.safeParse(value);
  return entry.success ? ok(entry.data) : err(() => z.prettifyError(entry.error).replaceAll(/\s+/gu, ' '));
}

/** The line of an entry, with its end. */
export function journalLine(entry: JournalEntry): Buffer {
  return Buffer.from(`${JSON.stringify({schemaVersion: JOURNAL_SCHEMA_VERSION, ...entry})}\n`);
}
