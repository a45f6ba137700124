import {readdir, readFile, readlink, realpath} from 'node:fs/promises';
import path from 'node:path';
import {errorCode} from '../../../shared/error-code.ts';
import {isGone, readProcStat} from '../../process/proc-stat.ts';
import {isSameProcess, type ProcessIdentity, readBootId} from '../../process/process-identity.ts';
import {isElsewhere, readHolder} from './lock-holder.ts';

/** Names of files in a state directory that only its supervisor keeps open. */
const KEPT_OPEN = ['supervisor.lock', 'journal.jsonl'];
/** What the kernel adds to the name of a file that was removed. */
const REMOVED = / \(deleted\)$/u;

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
  const directory = await realDirectory(stateDir);
  const files = new Set(KEPT_OPEN.map((name) => path.join(directory, name)));
  for (const name of await readdir('/proc')) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === process.pid || !(await isSupervisor(pid))) continue;
    if (!(await hasOpen(pid, files))) continue;
    const stat = await readProcStat(pid);
    if (stat !== null) return {pid, startTimeTicks: stat.startTimeTicks, bootId: readBootId()};
  }
  return null;
}

/** The directory as the kernel names it; one that is gone as it was named. */
async function realDirectory(directory: string): Promise<string> {
  try {
    return await realpath(directory);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    const parent = path.dirname(directory);
    return parent === directory ? directory : path.join(await realDirectory(parent), path.basename(directory));
  }
}

/** An editor or `tail` may have the same files open. */
async function isSupervisor(pid: number): Promise<boolean> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').includes('supervise');
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

async function hasOpen(pid: number, files: ReadonlySet<string>): Promise<boolean> {
  try {
    for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      if (files.has(target.replace(REMOVED, ''))) return true;
    }
    return false;
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}
