import {lstat, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {errorCode} from '../../shared/error-code.ts';
import {listPids} from '../../supervisor/process/proc-stat.ts';
import {readWords} from '../../supervisor/process/proc-words.ts';
import {isOwnerAlive, readOwner} from './demo-owner.ts';

/** Of the temporary homes of `gantry demo --once`. */
export const TEMPORARY_PREFIX = 'gantry-demo-';

const KILLS = 20;
const ROUND_MS = 100;

/**
 * Ends and removes what killed `gantry demo --once` commands left: temporary homes of this user whose owner has exited,
 * and the processes that have such a home in their environment. Of anything else nothing is known, and nothing touched.
 */
export async function removeLeftDemos(): Promise<void> {
  const parent = tmpdir();
  for (const name of await readdir(parent)) {
    if (!name.startsWith(TEMPORARY_PREFIX)) continue;
    const directory = path.join(parent, name);
    if (await isLeft(directory)) await removeDemo(directory, 0);
  }
}

/**
 * Removes a temporary home once the processes that have it in their environment have exited; after `graceMs` they are killed. A
 * supervisor that is still leaving would create the directory again: it keeps itself reachable until the end.
 */
export async function removeDemo(directory: string, graceMs: number): Promise<void> {
  await untilProcessesLeave(directory, graceMs);
  for (let round = 0; round < KILLS; round += 1) {
    const pids = await processesOf(directory);
    if (pids.length === 0) break;
    for (const pid of pids) kill(pid);
    await delay(ROUND_MS);
  }
  await rm(directory, {recursive: true, force: true, maxRetries: 5, retryDelay: 100});
}

/** Waits until no process has this directory in its environment, at most so long. */
export async function untilProcessesLeave(directory: string, withinMs: number): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (performance.now() < endMs && (await processesOf(directory)).length > 0) await delay(ROUND_MS);
}

/** The node of a temporary home. */
export function nodeOf(stateDir: string): string {
  return path.join(stateDir, 'simulated-node');
}

async function isLeft(directory: string): Promise<boolean> {
  try {
    const {uid} = await lstat(directory);
    if (uid !== process.getuid?.()) return false;
    const owner = readOwner(nodeOf(path.join(directory, 'state')));
    return owner !== null && owner.directory === directory && !isOwnerAlive(owner);
  } catch (error) {
    // Removed meanwhile, or not ours to read.
    if (errorCode(error) !== undefined) return false;
    throw error;
  }
}

async function processesOf(directory: string): Promise<readonly number[]> {
  const marked: number[] = [];
  for (const pid of listPids()) {
    const variables = await readWords(pid, 'environ');
    if (pid !== process.pid && variables.some((variable) => variable.includes(`=${directory}/`))) marked.push(pid);
  }
  return marked;
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
