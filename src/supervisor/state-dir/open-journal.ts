import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs';
import {truncate, writeFile} from 'node:fs/promises';
import path from 'node:path';
import type {ApiError} from '../../api/commands.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {PRIVATE_MODE, READ_AND_APPEND} from '../../sources/host/own-files.ts';
import {compactEntries} from './compact-entries.ts';
import {journalPath, journalUnusable} from './journal.ts';
import type {JournalEntry} from './journal-entry.ts';
import {
  type JournalContent,
  journalLine,
  MOST_BYTES_READ,
  parseJournal,
  readEndOf,
  readFileEnd,
} from './journal-text.ts';
import {damagedPath, olderPartPath, replacementSteps} from './replace-journal.ts';
import {appendToRun} from './run-journal.ts';

/** The journal of the supervisor that holds the directory's lock. */
export type Journal = {
  readonly path: string;
  /** Adds one entry in one write, here and to the record of its run. On failure it is not in the journal. */
  readonly append: (entry: JournalEntry) => Result<null, ApiError>;
  /**
   * Replaces all entries by these, which have some that the file lacks, in their place. The old file stays next to it. On
   * failure it is unchanged.
   */
  readonly rewrite: (entries: readonly JournalEntry[]) => Result<null, ApiError>;
  readonly close: () => void;
};

/** About a thousand entries; a run has about six. */
const COMPACT_ABOVE_BYTES = 1024 * 1024;

/**
 * Opens the journal of a state directory for writing: reads its entries, moves a partial last line (a write interrupted
 * by a crash) aside, compacts it if it is long, and appends from then on. What is in its place and no file, or cannot be
 * read at all, is moved aside. `entries` are those at opening.
 */
export async function openJournal(directories: {
  readonly stateDir: string;
}): Promise<Result<JournalContent & {readonly journal: Journal}, ApiError>> {
  const file = journalPath(directories.stateDir);
  try {
    const displaced = moveAsideIfUnreadable(file);
    const torn = await moveTornTailAside(file);
    const journal = new JournalFile(file);
    const {entries, warnings} = journal.compactIfLong();
    const problems = [displaced, torn, ...warnings].filter((warning) => warning !== null);
    return ok({entries, warnings: problems, journal});
  } catch (error) {
    return err(journalUnusable(file, error));
  }
}

class JournalFile implements Journal {
  readonly path: string;
  #descriptor: number;
  #compactAboveBytes = COMPACT_ABOVE_BYTES;

  constructor(file: string) {
    this.path = file;
    this.#descriptor = openForAppending(file);
  }

  close = (): void => closeSync(this.#descriptor);

  append = (entry: JournalEntry): Result<null, ApiError> => {
    try {
      const followed = this.#followPath();
      // Also into a file without a name: its directory may have been moved.
      const size = this.#append(journalLine(entry));
      // A command is answered once it is on the disk: the node may lose its power.
      if (entry.type === 'intention-begun') fdatasyncSync(this.#descriptor);
      // The entry is durable: what fails from here on is in the supervisor's log, and tried again with later entries.
      const recorded = problemOf('its run has no record of it', () => appendToRun(path.dirname(this.path), entry));
      const isLong = followed.ok && size > this.#compactAboveBytes;
      const compacted = isLong ? this.compactIfLong().warnings : [];
      for (const warning of [recorded, ...compacted])
        if (warning !== null) process.stderr.write(`gantry: ${warning}\n`);
      return followed;
    } catch (error) {
      return err(journalUnusable(this.path, error));
    }
  };

  rewrite = (entries: readonly JournalEntry[]): Result<null, ApiError> => {
    try {
      this.#replaceWith(entries, damagedPath(this.path));
      return ok(null);
    } catch (error) {
      return err(journalUnusable(this.path, error));
    }
  };

  /** The entries, after compaction if the file is long. Warnings are about what could not be read. */
  compactIfLong(): JournalContent {
    const end = readFileEnd(this.path, MOST_BYTES_READ);
    const {entries, warnings} = parseJournal(end, this.path);
    if (end.size <= this.#compactAboveBytes) return {entries, warnings};
    // A failure is reported once, and not repeated with each entry.
    this.#compactAboveBytes = end.size * 2;
    let aside: string | null = null;
    const failed = problemOf('it could not be compacted', () => {
      aside = warnings.length === 0 ? olderPartPath(this.path) : damagedPath(this.path);
      this.#compactAboveBytes = Math.max(COMPACT_ABOVE_BYTES, this.#replaceWith(entries, aside) * 2);
    });
    const outcome =
      failed === null ? warnings.slice(0, 1).map(() => `The old file is ${aside}.`) : [`${this.path}: ${failed}`];
    return {entries, warnings: [...warnings, ...outcome]};
  }

  #append(line: Buffer): number {
    const {size} = fstatSync(this.#descriptor);
    const written = writeSync(this.#descriptor, line);
    if (written === line.length) return size + written;
    ftruncateSync(this.#descriptor, size);
    throw new Error(`only ${written} of ${line.length} bytes could be written`);
  }

  /** Entries in a file that was deleted or replaced would be lost: a deleted one is written again. */
  #followPath(): Result<null, ApiError> {
    try {
      const inode = statSync(this.path, {throwIfNoEntry: false})?.ino;
      if (inode === fstatSync(this.#descriptor).ino) return ok(null);
      if (inode === undefined) {
        this.#replaceWith(parseJournal(readEndOf(this.#descriptor, MOST_BYTES_READ), this.path).entries, null);
      } else {
        this.#reopen();
      }
      return ok(null);
    } catch (error) {
      return err(journalUnusable(this.path, error));
    }
  }

  /** Returns the size of the new file. */
  #replaceWith(entries: readonly JournalEntry[], aside: string | null): number {
    const text = Buffer.concat(compactEntries(entries).map(journalLine));
    for (const step of replacementSteps(this.path, text, aside)) step();
    this.#reopen();
    return text.length;
  }

  #reopen(): void {
    const descriptor = openForAppending(this.path);
    closeSync(this.#descriptor);
    this.#descriptor = descriptor;
  }
}

/** What failed, as a part of a sentence with its reason; null if nothing did. */
function problemOf(what: string, task: () => void): string | null {
  try {
    task();
    return null;
  } catch (error) {
    return `${what} (${error instanceof Error ? error.message : String(error)}).`;
  }
}

function openForAppending(file: string): number {
  return openSync(file, READ_AND_APPEND, PRIVATE_MODE);
}

/** A directory, a link, a pipe or an unreadable file in the journal's place must not keep a supervisor from starting. */
function moveAsideIfUnreadable(file: string): string | null {
  try {
    const found = lstatSync(file, {throwIfNoEntry: false});
    if (found === undefined) return null;
    if (!found.isFile()) throw new Error('it is not a file');
    readFileEnd(file, 1);
    return null;
  } catch (error) {
    const aside = damagedPath(file);
    renameSync(file, aside);
    const reason = error instanceof Error ? error.message : String(error);
    return `${file} cannot be read (${reason}); it was moved to ${aside}.`;
  }
}

/** Only what can be an entry: what is longer stays until compaction keeps the whole file. */
async function moveTornTailAside(file: string): Promise<string | null> {
  const {bytes, from, size} = readFileEnd(file, MOST_BYTES_READ);
  const whole = bytes.lastIndexOf(0x0a) + 1;
  if (whole === bytes.length || (whole === 0 && from > 0)) return null;
  const aside = `${file}.torn-${from + whole}`;
  await writeFile(aside, bytes.subarray(whole), {mode: 0o600});
  await truncate(file, size - (bytes.length - whole));
  return `The last line of ${file} was incomplete; it was moved to ${aside}.`;
}
