import {setTimeout as delay} from 'node:timers/promises';
import {runDirectory} from '../state-dir/run-directories.ts';
import {isGone, listPids, readProcStatSync} from './proc-stat.ts';
import {readWords, variableIn} from './proc-words.ts';
import {readBirth} from './run-files.ts';
import {RUN_ID_VARIABLE, SHIM_NAME} from './run-mark.ts';

const POLL_MS = 50;
const ROUNDS = 100;

/** A process of a finished run. */
export type Leftover = {
  readonly pid: number;
  readonly command: string;
  readonly startTimeTicks: string;
  readonly runId: string;
};

/** Running processes with the mark of one of these runs in their environment. */
export async function findLeftovers(runIds: ReadonlySet<string>): Promise<readonly Leftover[]> {
  if (runIds.size === 0) return [];
  const found: Leftover[] = [];
  for (const pid of listPids()) {
    const runId = await readMark(pid);
    if (runId === null || !runIds.has(runId) || pid === process.pid) continue;
    const stat = readProcStatSync(pid);
    if (stat !== null) found.push({pid, command: stat.command, startTimeTicks: stat.startTimeTicks, runId});
  }
  return found;
}

/**
 * Kills leftovers of finished runs with SIGKILL: each process has the mark of its run, so no other process is affected.
 * A run whose engine is running is not finished, even if the journal says so: it is not touched. Returns all that were
 * found, and those that remain.
 */
export async function reapLeftovers(
  stateDir: string,
  runIds: ReadonlySet<string>,
): Promise<{readonly reaped: readonly Leftover[]; readonly remaining: readonly Leftover[]}> {
  const reaped = await findLeftovers(runIds);
  const living = new Set<string>();
  for (const runId of new Set(reaped.map((one) => one.runId))) {
    const birth = readBirth(runDirectory(stateDir, runId));
    const isBorn = birth !== null && readProcStatSync(birth.pid)?.startTimeTicks === birth.startTimeTicks;
    const ofRun = reaped.filter((one) => one.runId === runId);
    if (isBorn || (await Promise.all(ofRun.map(({pid}) => isShim(pid)))).includes(true)) living.add(runId);
  }
  const spared = reaped.filter(({runId}) => living.has(runId));
  let remaining = reaped.filter(({runId}) => !living.has(runId));
  for (let round = 0; round < ROUNDS && remaining.length > 0; round += 1) {
    for (const {pid, startTimeTicks} of remaining) {
      if (readProcStatSync(pid)?.startTimeTicks === startTimeTicks) kill(pid);
    }
    await delay(POLL_MS);
    remaining = remaining.filter(({pid, startTimeTicks}) => readProcStatSync(pid)?.startTimeTicks === startTimeTicks);
  }
  return {reaped, remaining: [...spared, ...remaining]};
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/**
 * The leader of a run's session exits with its engine: also an engine without files is running. Any process can lead a
 * session of its own; this one is known by its command.
 */
async function isShim(pid: number): Promise<boolean> {
  if (readProcStatSync(pid)?.sessionId !== pid) return false;
  return (await readWords(pid, 'cmdline')).includes(SHIM_NAME);
}

/** The run whose mark a process carries; null if it has none, has exited, or is another user's. */
export async function readMark(pid: number): Promise<string | null> {
  return variableIn(await readWords(pid, 'environ'), RUN_ID_VARIABLE);
}
