import {readFile} from 'node:fs/promises';
import {request} from 'node:http';
import type {ApiError} from '../../../api/commands.ts';
import {apiPaths} from '../../../api/paths.ts';
import type {SilenceJudge} from '../../../client/watch-silence.ts';
import {isStopped, isTraced, readBusyProcesses} from '../../../supervisor/process/busy-processes.ts';
import {isGone, readProcStat} from '../../../supervisor/process/proc-stat.ts';
import {type Directories, stateSocketPath} from '../../../supervisor/state-dir/directories.ts';
import {findLivingSupervisor} from '../../../supervisor/state-dir/lock/living-supervisor.ts';
import {notResponding} from './not-responding.ts';

/** A disk may be slow, and a long computation may end: only a longer silence counts. */
const BLOCKED_AFTER_MS = 3_500;
const COMPUTING_AFTER_MS = 4_500;
/** Less than a core leaves time for answers. */
const FULL_CORE = 0.8;
const ALIVE_WITHIN_MS = 2_000;

/** Looks at the process of a supervisor that is silent: a frozen one is named within seconds. */
export function createSilenceJudge(directories: Directories): SilenceJudge {
  return async (silentMs) => {
    const living = await findLivingSupervisor(directories);
    return living === null ? null : judgeProcess(living.pid, silentMs, directories);
  };
}

/** What keeps this process from answering; null if it may still answer. Takes half a second. */
export async function judgeProcess(pid: number, silentMs: number, directories: Directories): Promise<ApiError | null> {
  const before = await readRunnable(pid);
  const wasBlocked = (await readProcStat(pid))?.state === 'D';
  const [process] = await readBusyProcesses([pid]);
  const after = await readRunnable(pid);
  if (process === undefined) return null;
  const {state, cores} = process;
  const error = (cause: 'stopped' | 'traced' | 'blocked-in-kernel' | 'computing'): ApiError =>
    notResponding({pid, cause, state, cores, silentMs}, directories.socketPath);
  if (isStopped(process)) return error('stopped');
  if (isTraced(process)) return error('traced');
  // One look in a busy moment of the disk proves nothing.
  const isBlocked = wasBlocked && state === 'D' && silentMs >= BLOCKED_AFTER_MS;
  const isBusy = (cores >= FULL_CORE || isRunnable(before, after)) && silentMs >= COMPUTING_AFTER_MS;
  if ((!isBlocked && !isBusy) || (await answersAtAll(directories))) return null;
  return error(isBlocked ? 'blocked-in-kernel' : 'computing');
}

type Runnable = {readonly runnableMs: number; readonly atMs: number};

/** Time in which the main thread has run or waited for a core, /proc/PID/schedstat; null where the kernel keeps none. */
async function readRunnable(pid: number): Promise<Runnable | null> {
  try {
    const [ran, waited] = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ').map(Number);
    const runnableMs = ((ran ?? Number.NaN) + (waited ?? Number.NaN)) / 1e6;
    return runnableMs > 0 ? {runnableMs, atMs: performance.now()} : null;
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

/** True for one that never waited for anything but a core: on a busy host it gets less than one. */
function isRunnable(before: Runnable | null, after: Runnable | null): boolean {
  if (before === null || after === null) return false;
  return after.runnableMs - before.runnableMs >= FULL_CORE * (after.atMs - before.atMs);
}

/** A request may take its time; any other is answered immediately, unless the main loop is blocked. */
async function answersAtAll(directories: Directories): Promise<boolean> {
  const paths = [stateSocketPath(directories), directories.socketPath].filter((path) => path !== null);
  const answers = await Promise.all(paths.map(answersOn));
  return answers.includes(true);
}

function answersOn(socketPath: string): Promise<boolean> {
  const answered = Promise.withResolvers<boolean>();
  const asked = request({socketPath, method: 'HEAD', path: apiPaths.snapshot, agent: false}, (response) => {
    response.resume();
    answered.resolve(true);
  });
  asked.setTimeout(ALIVE_WITHIN_MS, () => asked.destroy());
  asked.once('error', () => answered.resolve(false));
  asked.once('close', () => answered.resolve(false));
  asked.end();
  return answered.promise;
}
