import {readdir, stat} from 'node:fs/promises';
import path from 'node:path';
import {errorCode} from '../../../shared/error-code.ts';
import {isGone, listPids, readProcStat} from '../../process/proc-stat.ts';
import {readWords} from '../../process/proc-words.ts';
import {isSameProcess, type ProcessIdentity, readBootId} from '../../process/process-identity.ts';
import {readPlace} from '../../process/run-mark.ts';
import {realPath} from '../real-path.ts';
import {isElsewhere, readHolder} from './lock-holder.ts';

/** Names of files in a state directory that only its supervisor keeps open. */
const KEPT_OPEN = ['supervisor.lock', 'journal.jsonl'];

/**
 * The running supervisor of a state directory on this host: the holder of the lock, or, if the lock is missing or of another
 * process, a process that has it open. Null if there is none.
 */
export async function findLivingSupervisor({stateDir}: {readonly stateDir: string}): Promise<ProcessIdentity | null> {
  const {holder} = await readHolder(stateDir);
  if (holder !== null && !isElsewhere(holder) && isSameProcess(holder)) return holder;
  return findByOpenFiles(stateDir);
}

/** Another process of this user that runs `gantry supervise` and has a supervisor's file of this directory open, also a removed one. */
export async function findByOpenFiles(stateDir: string): Promise<ProcessIdentity | null> {
  const directory = realPath(stateDir);
  const files = new Set(KEPT_OPEN.map((name) => path.join(directory, name)));
  const device = await deviceOf(directory);
  for (const pid of listPids()) {
    if (pid === process.pid || !(await isSupervisor(pid))) continue;
    if (!(await hasOpen(pid, {files, device}))) continue;
    const found = await readProcStat(pid);
    if (found !== null) return {pid, startTimeTicks: found.startTimeTicks, bootId: readBootId()};
  }
  return null;
}

/** An editor or `tail` may have the same files open. */
async function isSupervisor(pid: number): Promise<boolean> {
  return (await readWords(pid, 'cmdline')).includes('supervise');
}

/** Of the directory, or of the nearest one above it that exists. */
async function deviceOf(directory: string): Promise<number> {
  try {
    return (await stat(directory)).dev;
  } catch (error) {
    const parent = path.dirname(directory);
    if (errorCode(error) !== 'ENOENT' || parent === directory) throw error;
    return await deviceOf(parent);
  }
}

/** Also by device: a process in a container has files of other file systems under the same names. */
async function hasOpen(
  pid: number,
  {files, device}: {readonly files: ReadonlySet<string>; readonly device: number},
): Promise<boolean> {
  try {
    for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
      const link = `/proc/${pid}/fd/${descriptor}`;
      const target = readPlace(link);
      if (target !== null && files.has(target) && (await stat(link)).dev === device) return true;
    }
    return false;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
