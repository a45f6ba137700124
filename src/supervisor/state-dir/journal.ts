import path from 'node:path';
import type {ApiError} from '../../api/commands.ts';
import type {RecordedCrashes} from '../../domain/lifecycle/lifecycle.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {err, ok, type Result} from '../../shared/result.ts';
import type {JournalEntry, RunLaunchingEntry, RunStartedEntry} from './journal-entry.ts';
import {type JournalContent, MOST_BYTES_READ, parseJournal, readFileEnd} from './journal-text.ts';

/** The journal's file in a state directory. */
export function journalPath(stateDir: string): string {
  return path.join(stateDir, 'journal.jsonl');
}

/** Reads a journal without changing it. A missing journal is empty; of a very large one only the end is read. */
export function readJournal(directories: {readonly stateDir: string}): Result<JournalContent, ApiError> {
  const file = journalPath(directories.stateDir);
  try {
    return ok(parseJournal(readFileEnd(file, MOST_BYTES_READ), file));
  } catch (error) {
    return err(journalUnusable(file, error));
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
  /** The intention that it was started for; null if that was not recorded. */
  readonly intentionId: string | null;
};

/** The newest run, unless its end is recorded. */
export function findAdoptableRun(entries: readonly JournalEntry[]): AdoptableRun | null {
  const started = entries.findLast((entry) => entry.type === 'run-started');
  if (started === undefined) return null;
  const isEnded = entries.some((entry) => entry.runId === started.runId && entry.type === 'run-ended');
  return isEnded ? null : adoptableOf(entries, started);
}

/** What the entries say of a run that was started. */
export function adoptableOf(entries: readonly JournalEntry[], started: RunStartedEntry): AdoptableRun {
  const ofRun = entries.filter((entry) => entry.runId === started.runId);
  const newestStop = ofRun.findLast(({type}) => type === 'run-stop-requested' || type === 'run-stop-withdrawn');
  const newestReady = ofRun.findLast((entry) => entry.type === 'run-ready');
  const readyAtMs = ofRun.find((entry) => entry.type === 'run-ready')?.atMs ?? doneAtMs(entries, started.intention);
  return {
    run: started.run,
    settings: started.settings,
    engineVersion: started.engineVersion,
    readyAtMs,
    isStopRequested: newestStop?.type === 'run-stop-requested',
    isOutputBroken: newestReady?.isOutputBroken === true,
    isTextUnchecked: newestReady === undefined ? readyAtMs !== null : newestReady.isTextUnchecked === true,
    simulated: started.simulated,
    crashes: crashesIn(ofRun, started),
    intentionId: started.intention ?? null,
  };
}

/**
 * When the intention of a start was done: its engine was ready, also if the supervisor was killed before it could record that.
 * Null if it is not done.
 */
function doneAtMs(entries: readonly JournalEntry[], id: string | undefined): number | null {
  const isDone = (entry: JournalEntry) =>
    entry.type === 'intention-ended' && entry.id === id && entry.outcome.kind === 'done';
  return entries.find(isDone)?.atMs ?? null;
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
  return startedRuns(entries, isSimulated).findLast(({runId}) => good.has(runId))?.settings ?? null;
}

function startedRuns(entries: readonly JournalEntry[], isSimulated: boolean) {
  return entries
    .filter((entry) => entry.type === 'run-started')
    .filter(({simulated}) => (simulated !== null) === isSimulated);
}

/** What the lifecycle starts with. */
export type EarlierRuns = {
  readonly lastGoodSettings: LaunchSettings | null;
  /** When the newest run began, epoch ms; null if there was none. */
  readonly lastStartedAtMs: number | null;
};

/** What a journal says of the runs before, simulated ones or real ones. */
export function findEarlierRuns(entries: readonly JournalEntry[], isSimulated: boolean): EarlierRuns {
  return {
    lastGoodSettings: findLastGoodSettings(entries, isSimulated),
    lastStartedAtMs: startedRuns(entries, isSimulated).at(-1)?.run.startedAtMs ?? null,
  };
}

/** The error of a journal that cannot be read or written. */
export function journalUnusable(file: string, error: unknown): ApiError {
  return {
    code: 'journal.unusable',
    message: `The journal ${file} cannot be used: ${error instanceof Error ? error.message : String(error)}.`,
    remedy: 'Check the permissions and the free space of its directory; a running engine is not affected.',
  };
}
