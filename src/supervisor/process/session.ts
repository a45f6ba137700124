import {setTimeout as delay} from 'node:timers/promises';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {isInContainer, readContainerId, readContainerRecord, removeContainer, stopContainer} from './container.ts';
import {
  inBatches,
  inTurns,
  isGone,
  listPids,
  type ProcStat,
  readInode,
  readProcStatSync,
  readStartTimeTicks,
} from './proc-stat.ts';
import {readWords} from './proc-words.ts';
import {isSameProcess, readBootId, readShim} from './process-identity.ts';
import {runFiles} from './run-files.ts';
import {RUN_ID_VARIABLE, readPlace} from './run-mark.ts';

const KILL_ROUNDS = 20;
const KILL_POLL_MS = 25;
const SHIM_GRACE_MS = 1_000;
/** The first verdict may be of a process that has been forked and will be another program. */
const VERDICTS_OF_FOREIGN = 2;
/** A process can, though none does, take the run's log as its output later. */
const FOREIGN_FOR_MS = 30_000;

/** One process of a run. */
export type SessionProcess = {
  readonly pid: number;
  /** Up to 15 characters, from the kernel. */
  readonly command: string;
  readonly startTimeTicks: string;
  readonly parentPid: number;
  /** One letter: `R`, `S`, `D`, ... */
  readonly state: string;
  readonly residentBytes: number;
  /** True for the shim that records the engine's exit status. */
  readonly isShim: boolean;
};

/**
 * Every running process that provably belongs to the run: the engine; processes with the run's mark in their environment;
 * processes with the run's log as output (engines overwrite their environment with their process title, and some workers
 * create their own session); processes in the run's session while the shim leads it; after the shim's exit, processes in
 * a session of that number whose working directory is the run's (a session number can be reused); processes in the run's
 * container, which are not our children; and all descendants of these. With `foreign`, which a caller keeps over its listings,
 * processes that were looked at before are not looked at every time.
 */
export async function listSession(
  run: RunIdentity,
  foreign: ForeignProcesses | null = null,
): Promise<readonly SessionProcess[]> {
  if (readBootId() !== run.bootId) return [];
  const shim = readShim(run);
  // No process of the run is older than its shim; an unknown shim started just before the engine.
  const oldest = BigInt(shim?.startTimeTicks ?? run.startTimeTicks);
  const readUnlessOlder = (pid: number) => (foreign?.isOlder(pid) === true ? null : readProcStatSync(pid));
  const read = (await inTurns(listPids(), readUnlessOlder)).filter((stat) => stat !== null);
  const stats = read.filter((stat) => BigInt(stat.startTimeTicks) >= oldest);
  await foreign?.noteOlder(read.filter((stat) => BigInt(stat.startTimeTicks) < oldest));
  const containerId = readContainerId(run.directory);
  const proven = new Map<number, ProcStat>();
  const unknown = stats.filter((stat) => foreign?.has(stat) !== true);
  await inBatches(unknown, async (stat) => {
    const isContained = containerId !== null && (await isInContainer(stat.pid, containerId));
    if (isContained || (await isProven(stat, run, shim !== null))) proven.set(stat.pid, stat);
  });
  foreign?.keep(
    stats.filter(({pid}) => !proven.has(pid)),
    new Set(unknown),
  );
  addDescendants(stats, proven);
  return [...proven.values()].map(({sessionId: _, ...process}) => ({...process, isShim: process.pid === shim?.pid}));
}

type ForeignProcess = {readonly stat: ProcStat; readonly verdicts: number; readonly untilMs: number};

/**
 * Processes that do not belong to a run. To look at one takes three operations on its environment, each in another thread; a host
 * has hundreds, and a run is listed every few seconds. One with another command, parent or session is looked at again.
 */
export class ForeignProcesses {
  #known = new Map<number, ForeignProcess>();
  /** Most processes of a host are older than the run, and none of those ever belongs to it: until when they are not looked at. */
  readonly #older = new Map<number, {readonly inode: number; readonly untilMs: number}>();

  /** True for the pid of a process that was older than the run a moment ago; false once another process has that pid. */
  isOlder(pid: number): boolean {
    const known = this.#older.get(pid);
    if (known === undefined) return false;
    if (performance.now() < known.untilMs && readInode(pid) === known.inode) return true;
    this.#older.delete(pid);
    return false;
  }

  /** These have just been found to be older than the run. */
  async noteOlder(older: readonly ProcStat[]): Promise<void> {
    const untilMs = performance.now() + FOREIGN_FOR_MS;
    await inTurns(older, ({pid, startTimeTicks}) => {
      const inode = readInode(pid);
      // Afterwards: then the inode is that of this process, or of none.
      if (inode !== null && readStartTimeTicks(pid) === startTimeTicks) this.#older.set(pid, {inode, untilMs});
    });
  }

  has(stat: ProcStat): boolean {
    const known = this.#same(stat);
    return known !== null && known.verdicts >= VERDICTS_OF_FOREIGN && performance.now() < known.untilMs;
  }

  /** These are all that exist; `judged` have just been found to be foreign. */
  keep(foreign: readonly ProcStat[], judged: ReadonlySet<ProcStat>): void {
    const untilMs = performance.now() + FOREIGN_FOR_MS;
    const before = (stat: ProcStat): ForeignProcess => this.#same(stat) ?? {stat, verdicts: 0, untilMs};
    this.#known = new Map(
      foreign.map((stat) => {
        const known = before(stat);
        return [stat.pid, judged.has(stat) ? {stat, verdicts: known.verdicts + 1, untilMs} : known];
      }),
    );
  }

  #same(stat: ProcStat): ForeignProcess | null {
    const known = this.#known.get(stat.pid);
    const isSame =
      known !== undefined &&
      known.stat.startTimeTicks === stat.startTimeTicks &&
      known.stat.command === stat.command &&
      known.stat.parentPid === stat.parentPid &&
      known.stat.sessionId === stat.sessionId;
    return isSame ? known : null;
  }
}

/**
 * Sends SIGTERM only to the engine. False when it is gone. An engine in a container is stopped with the container's
 * client: a signal to the attached client would only reach it while that client runs.
 */
export function terminateLeader(run: RunIdentity): boolean {
  const terminate = (): boolean => isSameProcess(run) && signal(run.pid, 'SIGTERM');
  const container = readContainerRecord(run.directory);
  if (container === null) return terminate();
  stopContainer(container, terminate);
  return true;
}

/**
 * Kills every process of the run. The shim is killed last, so that it can record the engine's exit. Returns what is left:
 * processes that the kernel cannot kill, or that belong to another user.
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

/** Waits until no process of the run is left; returns the remaining ones at the timeout. */
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

/** Checks again, so that a reused pid is not killed. */
function kill(member: SessionProcess): void {
  if (readProcStatSync(member.pid)?.startTimeTicks === member.startTimeTicks) signal(member.pid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    // Exited, or another user's: the caller sees what is left in the listing.
    if (isGone(error)) return false;
    throw error;
  }
}

async function isProven(stat: ProcStat, run: RunIdentity, isShimAlive: boolean): Promise<boolean> {
  if (stat.pid === run.pid && stat.startTimeTicks === run.startTimeTicks) return true;
  const isInSession = stat.sessionId === run.sessionId;
  if (isInSession && isShimAlive) return true;
  // A process that started with the run's log as output belongs to the run, even in its own session.
  const {logPath} = runFiles(run.directory);
  if (['fd/1', 'fd/2'].some((output) => readPlace(`/proc/${stat.pid}/${output}`) === logPath)) return true;
  if (isInSession && readPlace(`/proc/${stat.pid}/cwd`) === run.directory) return true;
  return await carriesMark(stat.pid, run.runId);
}

async function carriesMark(pid: number, runId: string): Promise<boolean> {
  return (await readWords(pid, 'environ')).includes(`${RUN_ID_VARIABLE}=${runId}`);
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
