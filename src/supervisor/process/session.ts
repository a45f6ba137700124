import {readdir, readFile, readlink} from 'node:fs/promises';
import {setTimeout as delay} from 'node:timers/promises';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {isInContainer, readContainerId, readContainerRecord, removeContainer, stopContainer} from './container.ts';
import {isGone, type ProcStat, readProcStat, readProcStatSync} from './proc-stat.ts';
import {isSameProcess, readBootId, readShim} from './process-identity.ts';
import {runFiles} from './run-files.ts';
import {RUN_ID_VARIABLE} from './spawn-engine.ts';

const KILL_ROUNDS = 20;
const KILL_POLL_MS = 25;
const SHIM_GRACE_MS = 1_000;
const READ_BATCH = 64;

/** One process of a run. */
export type SessionProcess = {
  readonly pid: number;
  /** Up to 15 characters, as the kernel keeps it. */
  readonly command: string;
  readonly startTimeTicks: string;
  /** True for the shim that records the engine's exit status. */
  readonly isShim: boolean;
};

/**
 * Every living process that provably belongs to the run: the engine itself; whoever carries the run's mark in its
 * environment; whoever has the run's log as its output (engines overwrite their environment with their process title,
 * and some workers make a session of their own); whoever is in the run's session while the shim leads it; after the
 * shim's end, whoever is in a session of that number and stands in the run's directory (a session number can be given
 * anew); whoever is in the run's container, which is nobody's child here; and all descendants of these.
 */
export async function listSession(run: RunIdentity): Promise<readonly SessionProcess[]> {
  if (readBootId() !== run.bootId) return [];
  const shim = readShim(run);
  // Nothing of the run is older than its shim; unknown shims were born just before the engine.
  const oldest = BigInt(shim?.startTimeTicks ?? run.startTimeTicks);
  const stats = (await readAllStats()).filter((stat) => BigInt(stat.startTimeTicks) >= oldest);
  const containerId = readContainerId(run.directory);
  const proven = new Map<number, ProcStat>();
  await inBatches(stats, async (stat) => {
    const isContained = containerId !== null && (await isInContainer(stat.pid, containerId));
    if (isContained || (await isProven(stat, run, shim !== null))) proven.set(stat.pid, stat);
  });
  addDescendants(stats, proven);
  return [...proven.values()].map(({pid, command, startTimeTicks}) => ({
    pid,
    command,
    startTimeTicks,
    isShim: pid === shim?.pid,
  }));
}

/**
 * Asks the engine alone to end (SIGTERM). False when it is not there any more. An engine in a container is asked by the
 * container's own client: a signal to the client that shows its output would reach it only while that client lives.
 */
export function terminateLeader(run: RunIdentity): boolean {
  const terminate = (): boolean => isSameProcess(run) && signal(run.pid, 'SIGTERM');
  const container = readContainerRecord(run.directory);
  if (container === null) return terminate();
  stopContainer(container, terminate);
  return true;
}

/**
 * Ends every process of the run by force. The shim is spared until the others are gone, so that it can record how the
 * engine ended. Returns what is left: processes that the kernel does not end, or that are not ours to end.
 */
export async function killSession(run: RunIdentity): Promise<readonly SessionProcess[]> {
  const container = readContainerRecord(run.directory);
  if (container !== null) await removeContainer(container);
  let members = await listSession(run);
  for (let round = 0; round < KILL_ROUNDS && members.some((member) => !member.isShim); round += 1) {
    for (const member of members) if (!member.isShim) kill(member);
    await delay(KILL_POLL_MS);
    members = await listSession(run);
  }
  if (members.some((member) => !member.isShim)) return members;
  const left = await waitUntilGone(run, {timeoutMs: SHIM_GRACE_MS, pollMs: KILL_POLL_MS});
  for (const member of left) kill(member);
  return left.length === 0 ? left : waitUntilGone(run, {timeoutMs: SHIM_GRACE_MS, pollMs: KILL_POLL_MS});
}

/** Waits until no process of the run is left; returns those that are when the time is up. */
export async function waitUntilGone(
  run: RunIdentity,
  limits: {readonly timeoutMs: number; readonly pollMs: number},
): Promise<readonly SessionProcess[]> {
  const deadlineMs = performance.now() + limits.timeoutMs;
  for (;;) {
    const members = await listSession(run);
    if (members.length === 0 || performance.now() >= deadlineMs) return members;
    await delay(limits.pollMs);
  }
}

/** Looks once more, so that a pid that changed hands since the listing is not hit. */
function kill(member: SessionProcess): void {
  if (readProcStatSync(member.pid)?.startTimeTicks === member.startTimeTicks) signal(member.pid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    // Ended meanwhile, or not ours: the caller sees in the listing what is left.
    if (isGone(error)) return false;
    throw error;
  }
}

async function isProven(stat: ProcStat, run: RunIdentity, isShimAlive: boolean): Promise<boolean> {
  if (stat.pid === run.pid && stat.startTimeTicks === run.startTimeTicks) return true;
  const isInSession = stat.sessionId === run.sessionId;
  if (isInSession && isShimAlive) return true;
  if (await carriesMark(stat.pid, run.runId)) return true;
  const {logPath} = runFiles(run.directory);
  const [output, errors] = await Promise.all([
    readLinkOrNull(`/proc/${stat.pid}/fd/1`),
    readLinkOrNull(`/proc/${stat.pid}/fd/2`),
  ]);
  // Whoever was born with the run's log as its output is the run's, also in a session of its own.
  if (output === logPath || errors === logPath) return true;
  return isInSession && (await readLinkOrNull(`/proc/${stat.pid}/cwd`)) === run.directory;
}

async function carriesMark(pid: number, runId: string): Promise<boolean> {
  try {
    const environment = await readFile(`/proc/${pid}/environ`, 'latin1');
    return environment.split('\0').includes(`${RUN_ID_VARIABLE}=${runId}`);
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
}

async function readLinkOrNull(file: string): Promise<string | null> {
  try {
    return await readlink(file);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

function addDescendants(stats: readonly ProcStat[], proven: Map<number, ProcStat>): void {
  let before: number;
  do {
    before = proven.size;
    for (const stat of stats) {
      const parent = proven.get(stat.parentPid);
      if (parent !== undefined && BigInt(stat.startTimeTicks) >= BigInt(parent.startTimeTicks))
        proven.set(stat.pid, stat);
    }
  } while (proven.size > before);
}

async function readAllStats(): Promise<readonly ProcStat[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name)).map(Number);
  const stats: ProcStat[] = [];
  await inBatches(pids, async (pid) => {
    const stat = await readProcStat(pid);
    if (stat !== null) stats.push(stat);
  });
  return stats;
}

/** Bounds how many files are open at once on a host with thousands of processes. */
async function inBatches<T>(items: readonly T[], task: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += READ_BATCH) {
    await Promise.all(items.slice(start, start + READ_BATCH).map(task));
  }
}
