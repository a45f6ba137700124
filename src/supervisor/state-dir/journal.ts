import {closeSync, fstatSync, ftruncateSync, openSync, writeSync} from 'node:fs';
import {readFile, truncate, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {z} from 'zod';
import type {ApiError} from '../../api/commands.ts';
import type {RecordedCrashes} from '../../domain/lifecycle/lifecycle.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {errorCode} from '../../shared/error-code.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import {APPEND, PRIVATE_MODE} from '../../sources/host/own-files.ts';
import {
  JOURNAL_SCHEMA_VERSION,
  type JournalEntry,
  journalEntrySchema,
  type RunLaunchingEntry,
  type RunStartedEntry,
} from './journal-entry.ts';

/** The content of a journal, and warnings about unreadable lines. */
export type JournalContent = {
  readonly entries: readonly JournalEntry[];
  /** One sentence per skipped line. */
  readonly warnings: readonly string[];
};

/** The journal of the supervisor that holds the directory's lock. */
export type Journal = {
  readonly path: string;
  /** Adds one entry in one write. On failure the file is unchanged. */
  readonly append: (entry: JournalEntry) => Result<null, ApiError>;
  readonly close: () => void;
};

/** The journal's file in a state directory. */
export function journalPath(stateDir: string): string {
  return path.join(stateDir, 'journal.jsonl');
}

/**
 * Opens the journal of a state directory for writing: reads existing entries, moves a partial last line (a write interrupted
 * by a crash) aside, and appends from then on. `entries` are those at opening.
 */
export async function openJournal(directories: {
  readonly stateDir: string;
}): Promise<Result<JournalContent & {readonly journal: Journal}, ApiError>> {
  const file = journalPath(directories.stateDir);
  try {
    const torn = await moveTornTailAside(file);
    const content = await readJournal(directories);
    if (!content.ok) return content;
    const descriptor = openSync(file, APPEND, PRIVATE_MODE);
    return ok({
      entries: content.value.entries,
      warnings: torn === null ? content.value.warnings : [torn, ...content.value.warnings],
      journal: {
        path: file,
        append: (entry) => append(file, descriptor, entry),
        close: () => closeSync(descriptor),
      },
    });
  } catch (error) {
    return err(unusable(file, error));
  }
}

/** Reads a journal without changing it. A missing journal is empty. */
export async function readJournal(directories: {readonly stateDir: string}): Promise<Result<JournalContent, ApiError>> {
  const file = journalPath(directories.stateDir);
  try {
    return ok(parseJournal(await readTextIfThere(file), file));
  } catch (error) {
    return err(unusable(file, error));
  }
}

/** A run without a recorded end. Only its processes show whether it is still running. */
export type AdoptableRun = {
  readonly run: RunStartedEntry['run'];
  readonly settings: LaunchSettings;
  readonly engineVersion: string | null;
  /** Null when it was never ready. */
  readonly readyAtMs: number | null;
  /** True when a stop was requested: it must continue. */
  readonly isStopRequested: boolean;
  /** True when it was ready, and has generated only broken text so far. */
  readonly isOutputBroken: boolean;
  /** True when it was ready, and no probe has checked its text so far. */
  readonly isTextUnchecked: boolean;
  readonly simulated: RunStartedEntry['simulated'];
  /** Of these settings before this run, and hangs of this run; null for none. */
  readonly crashes: RecordedCrashes | null;
};

/** The newest run, unless its end is recorded. */
export function findAdoptableRun(entries: readonly JournalEntry[]): AdoptableRun | null {
  const started = entries.findLast((entry) => entry.type === 'run-started');
  if (started === undefined) return null;
  const ofRun = entries.filter((entry) => entry.runId === started.runId);
  if (ofRun.some((entry) => entry.type === 'run-ended')) return null;
  const newestReady = ofRun.findLast((entry) => entry.type === 'run-ready');
  return {
    run: started.run,
    settings: started.settings,
    engineVersion: started.engineVersion,
    readyAtMs: ofRun.find((entry) => entry.type === 'run-ready')?.atMs ?? null,
    isStopRequested: ofRun.some((entry) => entry.type === 'run-stop-requested'),
    isOutputBroken: newestReady?.isOutputBroken === true,
    isTextUnchecked: newestReady?.isTextUnchecked === true,
    simulated: started.simulated,
    crashes: crashesIn(ofRun, started),
  };
}

/** The crashes until its launch or its newest hang, unless it has served for long enough since. */
function crashesIn(ofRun: readonly JournalEntry[], {crashes}: RunStartedEntry): RecordedCrashes | null {
  const newest = ofRun.findLast((entry) => entry.type === 'run-hung' || entry.type === 'run-stable');
  if (newest?.type === 'run-stable') return null;
  return newest?.crashes ?? crashes ?? null;
}

/** How long a run took from the start of its process until it was ready, ms; null if either is not recorded. */
export function recordedStartMs(entries: readonly JournalEntry[], runId: string): number | null {
  const ofRun = entries.filter((entry) => entry.runId === runId);
  const started = ofRun.find((entry) => entry.type === 'run-started');
  const ready = ofRun.find((entry) => entry.type === 'run-ready');
  return started === undefined || ready === undefined ? null : ready.atMs - started.run.startedAtMs;
}

/** A launch that a supervisor started but did not finish; null when the newest one has an outcome. */
export function findInterruptedLaunch(entries: readonly JournalEntry[]): RunLaunchingEntry | null {
  const launching = entries.findLast((entry) => entry.type === 'run-launching');
  if (launching === undefined) return null;
  const hasOutcome = entries.some((entry) => entry.runId === launching.runId && entry.type !== 'run-launching');
  return hasOutcome ? null : launching;
}

/** The settings of the newest run that became ready and generated valid text. */
export function findLastGoodSettings(entries: readonly JournalEntry[], isSimulated: boolean): LaunchSettings | null {
  const ready = entries.filter((entry) => entry.type === 'run-ready');
  const valid = ready.filter(
    ({isOutputBroken, isTextUnchecked}) => isOutputBroken !== true && isTextUnchecked !== true,
  );
  const good = new Set(valid.map(({runId}) => runId));
  return (
    entries
      .filter((entry) => entry.type === 'run-started')
      .findLast((entry) => good.has(entry.runId) && (entry.simulated !== null) === isSimulated)?.settings ?? null
  );
}

const versionSchema = z.object({schemaVersion: z.literal(JOURNAL_SCHEMA_VERSION)});

function parseJournal(text: string, file: string): JournalContent {
  const entries: JournalEntry[] = [];
  const warnings: string[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '') continue;
    const entry = parseLine(line);
    if (entry.ok) entries.push(entry.value);
    else warnings.push(`${file}, line ${index + 1}, was skipped: ${entry.error}.`);
  }
  return {entries, warnings};
}

function parseLine(line: string): Result<JournalEntry, string> {
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

async function moveTornTailAside(file: string): Promise<string | null> {
  const bytes = Buffer.from(await readTextIfThere(file, 'latin1'), 'latin1');
  const wholeBytes = bytes.lastIndexOf('\n') + 1;
  if (wholeBytes === bytes.length) return null;
  const aside = `${file}.torn-${wholeBytes}`;
  await writeFile(aside, bytes.subarray(wholeBytes), {mode: 0o600});
  await truncate(file, wholeBytes);
  return `The last line of ${file} was incomplete; it was moved to ${aside}.`;
}

async function readTextIfThere(file: string, encoding: 'utf8' | 'latin1' = 'utf8'): Promise<string> {
  try {
    return await readFile(file, encoding);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

function append(file: string, descriptor: number, entry: JournalEntry): Result<null, ApiError> {
  const line = Buffer.from(`${JSON.stringify({schemaVersion: JOURNAL_SCHEMA_VERSION, ...entry})}\n`);
  try {
    const {size} = fstatSync(descriptor);
    const written = writeSync(descriptor, line);
    if (written === line.length) return ok(null);
    ftruncateSync(descriptor, size);
    return err(unusable(file, new Error(`only ${written} of ${line.length} bytes could be written`)));
  } catch (error) {
    return err(unusable(file, error));
  }
}

function unusable(file: string, error: unknown): ApiError {
  return {
    code: 'journal.unusable',
    message: `The journal ${file} cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: 'Check the permissions and the free space of its directory; a running engine is not affected.',
  };
}
