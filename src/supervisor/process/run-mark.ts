import {readlinkSync} from 'node:fs';
import path from 'node:path';
import {inBatches, isGone, listPids, type ProcStat, readAllStats, readProcStat} from './proc-stat.ts';
import {readWords, variableIn} from './proc-words.ts';
import {runFiles} from './run-files.ts';

/** The environment variable that marks every process of a run. */
export const RUN_ID_VARIABLE = 'GANTRY_RUN_ID';
/** `$0` of the shell that leads a run's session, in its command line. */
export const SHIM_NAME = 'gantry-engine';
/** What is known of the launch before it, as a line of the journal: the run's processes are a record of it too. */
export const RUN_RECORD_VARIABLE = 'GANTRY_RUN_RECORD';
/** The kernel accepts 128 KiB for one variable (MAX_ARG_STRLEN); a longer record is left out. */
export const MOST_RECORD_BYTES = 100_000;
/** The output of a process, in /proc. */
const OUTPUTS = ['fd/1', 'fd/2'];
/** In the path of every directory of a run. */
const RUNS = '/runs/';
/** Appended by the kernel to the path of a deleted file or directory. */
const DELETED = ' (deleted)';

/** A process with the mark of a run: in its environment, or by the run's log as its output where it has overwritten that. */
export type MarkedProcess = {
  readonly runId: string;
  readonly stat: ProcStat;
  /** The value of RUN_RECORD_VARIABLE; null where it has none. */
  readonly record: string | null;
  /** The directory of its run, from its working directory or its output, also a deleted one; null if it has left it. */
  readonly directory: string | null;
};

/** The path of a link in /proc; also of what has been deleted meanwhile. Null if the process is gone. */
export function readPlace(link: string): string | null {
  const place = readLink(link);
  return place?.endsWith(DELETED) === true ? place.slice(0, -DELETED.length) : place;
}

/** True for a process whose output goes into a file that has been deleted. */
export function isOutputDeleted(pid: number): boolean {
  return readLink(`/proc/${pid}/fd/1`)?.endsWith(DELETED) === true;
}

/** Never waits, neither for the process nor for the disk that the link leads to. */
function readLink(link: string): string | null {
  try {
    return readlinkSync(link);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** Every running process with the mark of any run, of any state directory; zombies are none. */
export async function findMarkedProcesses(): Promise<readonly MarkedProcess[]> {
  const pids = listPids();
  const found: MarkedProcess[] = [];
  await inBatches(pids, async (pid) => {
    const process = await readMarked(pid);
    if (process !== null) found.push(process);
  });
  return [...found, ...(await unmarkedOf(found))];
}

/** Engines overwrite their environment with their title: what is in a session that a marked process leads belongs to it. */
async function unmarkedOf(marked: readonly MarkedProcess[]): Promise<readonly MarkedProcess[]> {
  const leaders = new Map(marked.flatMap((one) => (one.stat.pid === one.stat.sessionId ? [[one.stat.pid, one]] : [])));
  if (leaders.size === 0) return [];
  const known = new Set(marked.map(({stat}) => stat.pid));
  return (await readAllStats()).flatMap((stat) => {
    const leader = leaders.get(stat.sessionId);
    return leader === undefined || known.has(stat.pid) ? [] : [{...leader, stat, record: null}];
  });
}

async function readMarked(pid: number): Promise<MarkedProcess | null> {
  if (pid === process.pid) return null;
  const variables = await readWords(pid, 'environ');
  const runId = variableIn(variables, RUN_ID_VARIABLE) || runOfOutput(pid);
  if (runId === null) return null;
  const stat = await readProcStat(pid);
  if (stat === null) return null;
  const places = ['cwd', ...OUTPUTS].map((link) => readPlace(`/proc/${pid}/${link}`));
  const directories = places.flatMap((place) => directoryOf(place, runId) ?? []);
  return {runId, stat, record: variableIn(variables, RUN_RECORD_VARIABLE), directory: directories[0] ?? null};
}

/** The run whose log is the output of a process; null for none. A shell in the directory of a run is not a part of it. */
function runOfOutput(pid: number): string | null {
  for (const link of OUTPUTS) {
    const place = readPlace(`/proc/${pid}/${link}`);
    if (place === null || !place.includes(RUNS)) continue;
    const directory = path.dirname(place);
    if (runFiles(directory).logPath === place && path.dirname(directory).endsWith(RUNS.slice(0, -1))) {
      return path.basename(directory);
    }
  }
  return null;
}

/** `/.../runs/<id>` of a place in it. */
function directoryOf(place: string | null, runId: string): string | null {
  const part = path.join(RUNS, runId);
  const at = place === null ? -1 : `${place}/`.indexOf(`${part}/`);
  return place === null || at < 0 ? null : place.slice(0, at + part.length);
}
