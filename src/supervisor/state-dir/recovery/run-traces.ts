import {existsSync} from 'node:fs';
import {isListeningOn} from '../../../sources/host/port-holder.ts';
import type {ProcStat} from '../../process/proc-stat.ts';
import {isSameProcess, readBootId} from '../../process/process-identity.ts';
import {readBirth, runFiles} from '../../process/run-files.ts';
import {findMarkedProcesses, isOutputDeleted, type MarkedProcess} from '../../process/run-mark.ts';
import type {JournalEntry, RunLaunchingEntry} from '../journal-entry.ts';
import {parseLine} from '../journal-text.ts';
import {realPath} from '../real-path.ts';
import {listRuns, runDirectory, stateDirectoryOf} from '../run-directories.ts';
import {readRunJournal} from '../run-journal.ts';
import type {LivingEngine, RunTraces, StrayEngine, Traces} from './reconcile-runs.ts';

/**
 * The traces of every run of a state directory, oldest first: of those in the journal, those with a directory, and those
 * with a running process. Besides, every other process with a mark, whatever state directory it is of.
 */
export async function readRunTraces(stateDir: string, journal: readonly JournalEntry[]): Promise<Traces> {
  const place = realPath(stateDir);
  const everywhere = await findMarkedProcesses();
  const marked = everywhere.filter((process) => belongsTo(place, process, everywhere));
  const withDirectory = await listRuns(place);
  const newest = journal.findLast((entry) => entry.type === 'run-started');
  const runIds = new Set([...withDirectory, ...marked.map(({runId}) => runId)]);
  if (newest !== undefined) runIds.add(newest.runId);
  const read = (runId: string) =>
    tracesOf(
      runDirectory(place, runId),
      journal.filter((entry) => entry.runId === runId),
      {runId, marked: marked.filter((process) => process.runId === runId)},
    );
  const runs = await Promise.all([...runIds].toSorted().map(read));
  const living = new Set(runs.flatMap((run) => (run.living === null ? [] : [run.runId])));
  const own = new Set(marked);
  const unclaimed = everywhere.filter((process) => !own.has(process) || !living.has(process.runId));
  return {runs, strays: straysOf(place, unclaimed)};
}

/** One for each run: the engine, or what is left of it. */
function straysOf(stateDir: string, unclaimed: readonly MarkedProcess[]): readonly StrayEngine[] {
  const runs = Map.groupBy(unclaimed, ({runId}) => runId);
  return [...runs.values()].flatMap((marked) => {
    const stats = marked.map(({stat}) => stat);
    const {runId, directory = null} = marked.find((process) => process.directory !== null) ?? marked[0] ?? {};
    const engine = engineAmong(stats) ?? stats[0];
    if (engine === undefined || runId === undefined) return [];
    const mark = markOf(marked);
    const {model = null, port = null} = mark?.settings ?? {};
    const own = runDirectory(stateDir, runId);
    const place = directory ?? mark?.directory ?? null;
    const isMoved = place !== own && mark !== null && realPath(mark.directory) === own;
    const reason = place === own ? 'left-over' : isMoved ? 'moved' : 'of-another-directory';
    return [{...identityOf(engine), runId, reason, model, port, stateDir: place && stateDirectoryOf(place)}];
  });
}

function identityOf({pid, sessionId, startTimeTicks}: ProcStat): LivingEngine {
  return {pid, sessionId, startTimeTicks, bootId: readBootId()};
}

async function tracesOf(
  directory: string,
  journal: readonly JournalEntry[],
  {runId, marked}: {readonly runId: string; readonly marked: readonly MarkedProcess[]},
): Promise<RunTraces> {
  const hasDirectory = existsSync(directory);
  const entries = readRunJournal(directory, runId);
  const birth = readBirthIfReadable(directory);
  const mark = markOf(marked);
  const recorded = [...journal, ...entries];
  const living = livingEngine(recorded, birth, marked);
  const port = recorded.find((entry) => entry.type === 'run-started')?.settings.port ?? mark?.settings.port ?? null;
  return {
    runId,
    directory,
    hasDirectory,
    hasLog: existsSync(runFiles(directory).logPath) && !(living !== null && isOutputDeleted(living.pid)),
    hasBirth: birth !== null,
    entries,
    mark,
    living,
    isListening: living !== null && port !== null && (await isListeningOn(port, pidsOf(living, marked))),
  };
}

/** A recorded identity decides; without any, the processes do. */
function livingEngine(
  recorded: readonly JournalEntry[],
  birth: ProcStat | null,
  marked: readonly MarkedProcess[],
): LivingEngine | null {
  const started = recorded.findLast((entry) => entry.type === 'run-started');
  if (started !== undefined) {
    const {pid, sessionId, startTimeTicks, bootId} = started.run;
    return isSameProcess(started.run) ? {pid, sessionId, startTimeTicks, bootId} : null;
  }
  const stats = marked.map(({stat}) => stat);
  const born = stats.find(({pid, startTimeTicks}) => pid === birth?.pid && startTimeTicks === birth.startTimeTicks);
  const engine = birth === null ? engineAmong(stats) : born;
  return engine === undefined ? null : identityOf(engine);
}

/** The child of the session's leader, which only records its exit; where that has exited, the oldest process. */
function engineAmong(stats: readonly ProcStat[]): ProcStat | undefined {
  const byAge = stats.toSorted((a, b) => Number(BigInt(a.startTimeTicks) - BigInt(b.startTimeTicks)));
  const leader = byAge.find(({pid, sessionId}) => pid === sessionId);
  return byAge.find(({parentPid}) => parentPid === leader?.pid) ?? byAge.find((stat) => stat !== leader);
}

function markOf(marked: readonly MarkedProcess[]): RunLaunchingEntry | null {
  for (const {record, runId} of marked) {
    const entry = record === null ? null : parseLine(record);
    if (entry?.ok === true && entry.value.type === 'run-launching' && entry.value.runId === runId) return entry.value;
  }
  return null;
}

function pidsOf(engine: LivingEngine, marked: readonly MarkedProcess[]): readonly number[] {
  return [...new Set([engine.pid, ...marked.map(({stat}) => stat.pid)])];
}

/** Files that cannot be read are lost: the other views decide. */
function readBirthIfReadable(directory: string): ProcStat | null {
  try {
    return readBirth(directory);
  } catch {
    return null;
  }
}

/**
 * A process says where the files of its run are, or were; of one that has left them, another one of its run does. What it
 * carries counts only where none does.
 */
function belongsTo(
  stateDir: string,
  {runId, directory, record}: MarkedProcess,
  all: readonly MarkedProcess[],
): boolean {
  const own = runDirectory(stateDir, runId);
  const known = directory ?? all.find((one) => one.runId === runId && one.directory !== null)?.directory ?? null;
  if (known !== null) return known === own;
  const entry = record === null ? null : parseLine(record);
  return entry?.ok === true && entry.value.type === 'run-launching' && realPath(entry.value.directory) === own;
}
