import type {ProcessIdentity} from '../../process/process-identity.ts';
import {essentialEntries} from '../compact-entries.ts';
import {type AdoptableRun, adoptableOf, findAdoptableRun} from '../journal.ts';
import type {JournalEntry, RunLaunchingEntry, RunStartedEntry} from '../journal-entry.ts';
import {stateDirectoryOf} from '../run-directories.ts';

/** The engine of a run that is running. */
export type LivingEngine = ProcessIdentity & {readonly sessionId: number};

/** What there is of one run besides the journal. */
export type RunTraces = {
  readonly runId: string;
  /** Where its files are, or were, absolute. */
  readonly directory: string;
  readonly hasDirectory: boolean;
  readonly hasLog: boolean;
  readonly hasBirth: boolean;
  /** Its own record; empty where it is lost. */
  readonly entries: readonly JournalEntry[];
  /** What its processes carry of its launch; null where they do not. */
  readonly mark: RunLaunchingEntry | null;
  /** Null where no engine of it is running. */
  readonly living: LivingEngine | null;
  /** True where that one listens on a port. */
  readonly isListening: boolean;
};

/** What there is besides the journal: of the runs of a state directory in the order of their start, and of others. */
export type Traces = {readonly runs: readonly RunTraces[]; readonly strays: readonly StrayEngine[]};

/** What was missing of a run that is adopted; the first source that had its settings comes first. */
export type MissingRecord = 'journal' | 'run-record' | 'run-directory' | 'log' | 'birth' | 'key';

/** A running engine that is adopted although records of it were missing. */
export type IncompleteAdoption = {
  readonly traces: RunTraces;
  readonly source: 'journal' | 'run-directory' | 'processes';
  readonly missing: readonly MissingRecord[];
};

/** An engine that is running and not adopted. */
export type OtherEngine = LivingEngine & {
  readonly runId: string;
  /**
   * `unknown`: nothing says with which settings it was started; `moved`: the state directory that it was started from is in
   * another place now.
   */
  readonly reason: 'another-is-managed' | 'unknown' | 'moved';
  /** Null where no record has them. */
  readonly model: string | null;
  readonly port: number | null;
  /** Where its files are; null where that is unknown. */
  readonly stateDir: string | null;
};

/** Processes of a run that is none of this state directory, or that has ended. */
export type StrayEngine = Omit<OtherEngine, 'reason'> & {
  readonly reason: 'moved' | 'of-another-directory' | 'left-over';
};

/** What the journal, the run directories and the processes say together. */
export type ReconciledRuns = {
  /** The journal's, with those that it lacked. */
  readonly entries: readonly JournalEntry[];
  readonly added: readonly JournalEntry[];
  /** The run to adopt: the running engine, or the newest run without a recorded end. */
  readonly adoptable: AdoptableRun | null;
  /** The traces of a running engine that is to be adopted. */
  readonly managed: RunTraces | null;
  readonly incomplete: IncompleteAdoption | null;
  readonly others: readonly OtherEngine[];
  /** Other processes with a mark that are not managed from here: of other state directories, or left of a run that has ended. */
  readonly strays: readonly StrayEngine[];
};

/**
 * Decides which run lives and what is known of it. Any of the three views suffices. Of several running engines, the one
 * that listens on a port is managed, then the newest.
 */
export function reconcileRuns(journal: readonly JournalEntry[], {runs, strays}: Traces): ReconciledRuns {
  let entries = journal;
  for (const traces of runs) entries = withTraces(entries, traces);
  const known = new Set(journal);
  const added = entries.filter((entry) => !known.has(entry));
  const living = runs.filter((traces) => traces.living !== null);
  const settled = living.filter(({runId}) => startedOf(entries, runId) !== undefined);
  const managed = settled.findLast(({isListening}) => isListening) ?? settled.at(-1) ?? null;
  const started = managed === null ? undefined : startedOf(entries, managed.runId);
  const adoptable =
    managed === null || started === undefined
      ? findAdoptableRun(entries)
      : atPlace(adoptableOf(entries, started), managed);
  return {
    entries,
    added,
    adoptable,
    managed,
    incomplete: managed === null ? null : incompleteOf(journal, managed),
    others: [
      ...living.flatMap((traces) =>
        traces.runId === managed?.runId ? [] : otherOf(traces, startedOf(entries, traces.runId)),
      ),
      ...strays.flatMap((stray) => (stray.reason === 'moved' ? [{...stray, reason: stray.reason}] : [])),
    ],
    strays: strays.filter(({reason, runId}) => reason !== 'moved' && runId !== adoptable?.run.runId),
  };
}

function otherOf({runId, living, directory}: RunTraces, started: RunStartedEntry | undefined): readonly OtherEngine[] {
  if (living === null) return [];
  const {model = null, port = null} = started?.settings ?? {};
  const reason = started === undefined ? 'unknown' : 'another-is-managed';
  return [{...living, runId, reason, model, port, stateDir: stateDirectoryOf(directory)}];
}

/** The entries with what else is known of a run, in the place of its start. */
function withTraces(entries: readonly JournalEntry[], traces: RunTraces): readonly JournalEntry[] {
  const {runId} = traces;
  const ofRun = entries.filter((entry) => entry.runId === runId);
  const union = [...new Map([...traces.entries, ...ofRun].map((entry) => [JSON.stringify(entry), entry])).values()];
  const essential = new Set(essentialEntries(union));
  const missing = union.filter((entry) => !ofRun.includes(entry) && essential.has(entry));
  const started = startOf([...ofRun, ...missing], traces);
  const added = [...missing, ...(started === null ? [] : [started])];
  if (added.length === 0) return entries;
  const last = entries.findLastIndex((entry) => entry.runId === runId);
  // Run ids begin with the time of the launch.
  const next = last < 0 ? entries.findIndex((entry) => entry.runId !== undefined && entry.runId > runId) : last + 1;
  return next < 0 ? [...entries, ...added] : [...entries.slice(0, next), ...added, ...entries.slice(next)];
}

/** The start of a running engine that no record has: its supervisor was killed during the launch, or they are lost. */
function startOf(ofRun: readonly JournalEntry[], {living, mark, directory}: RunTraces): RunStartedEntry | null {
  if (living === null || ofRun.some((entry) => entry.type === 'run-started')) return null;
  const launch = ofRun.findLast((entry) => entry.type === 'run-launching') ?? mark;
  if (launch === null) return null;
  const {directory: _directory, bootId: _bootId, ...known} = launch;
  const run = {...living, runId: known.runId, startedAtMs: known.atMs, directory};
  return {...known, type: 'run-started', run};
}

/** With its directory where it is now: a state directory can be moved. */
function atPlace(found: AdoptableRun, {directory}: RunTraces): AdoptableRun {
  return {...found, run: {...found.run, directory}};
}

function startedOf(entries: readonly JournalEntry[], runId: string): RunStartedEntry | undefined {
  return entries.filter((entry) => entry.type === 'run-started').findLast((entry) => entry.runId === runId);
}

function incompleteOf(journal: readonly JournalEntry[], traces: RunTraces): IncompleteAdoption | null {
  const inJournal = journal.some((entry) => entry.runId === traces.runId && entry.type === 'run-started');
  const hasRecord = traces.entries.length > 0;
  const missing: MissingRecord[] = [];
  if (!inJournal) missing.push('journal');
  if (!traces.hasDirectory) missing.push('run-directory');
  if (traces.hasDirectory && !hasRecord && !inJournal) missing.push('run-record');
  if (!traces.hasLog) missing.push('log');
  if (traces.hasDirectory && !traces.hasBirth) missing.push('birth');
  if (missing.length === 0) return null;
  return {traces, source: inJournal ? 'journal' : hasRecord ? 'run-directory' : 'processes', missing};
}
