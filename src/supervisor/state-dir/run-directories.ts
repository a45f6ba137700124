import {readdir, rm} from 'node:fs/promises';
import path from 'node:path';
import {errorCode} from '../../shared/error-code.ts';
import {readProcStat} from '../process/proc-stat.ts';
import {readBirth} from '../process/run-files.ts';

/** Number of runs whose files are kept. */
export const KEPT_RUNS = 10;

/** The directory of one run. */
export function runDirectory(stateDir: string, runId: string): string {
  return path.join(stateDir, 'runs', runId);
}

/** The state directory of the directory of a run. */
export function stateDirectoryOf(directory: string): string {
  return path.dirname(path.dirname(directory));
}

/**
 * Removes the files of old runs; run ids sort by time, and the newest `keep` are kept, as is the live
 * run and every run with a running engine or shim. Returns the removed ids. Never rejects: what cannot be removed, another
 * user's for example, is passed to `onFailed` and stays.
 */
export async function pruneRunDirectories(
  stateDir: string,
  options: {
    readonly liveRunId: string | null;
    readonly keep?: number;
    readonly onFailed: (directory: string, error: unknown) => void;
  },
): Promise<readonly string[]> {
  const removed: string[] = [];
  for (const runId of await oldRuns(stateDir, options)) {
    if (runId === options.liveRunId) continue;
    const directory = runDirectory(stateDir, runId);
    try {
      if (await hasLivingProcess(directory)) continue;
      await rm(directory, {recursive: true, force: true});
      removed.push(runId);
    } catch (error) {
      options.onFailed(directory, error);
    }
  }
  return removed;
}

async function oldRuns(
  stateDir: string,
  {
    keep = KEPT_RUNS,
    onFailed,
  }: {readonly keep?: number; readonly onFailed: (directory: string, error: unknown) => void},
): Promise<readonly string[]> {
  try {
    const runs = await listRuns(stateDir);
    return runs.slice(0, Math.max(0, runs.length - keep));
  } catch (error) {
    onFailed(path.join(stateDir, 'runs'), error);
    return [];
  }
}

/** Ids of the runs that have files, oldest first. */
export async function listRuns(stateDir: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path.join(stateDir, 'runs'), {withFileTypes: true});
    return entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
      .toSorted();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Prefers yes: a process of another boot with the same pid and start time only keeps old files longer. */
async function hasLivingProcess(directory: string): Promise<boolean> {
  const birth = readBirth(directory);
  if (birth === null) return false;
  const [engine, shim] = await Promise.all([readProcStat(birth.pid), readProcStat(birth.sessionId)]);
  return engine?.startTimeTicks === birth.startTimeTicks || shim?.sessionId === birth.sessionId;
}
