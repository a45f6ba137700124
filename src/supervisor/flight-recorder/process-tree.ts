import {readFile} from 'node:fs/promises';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {readBusyProcesses} from '../process/busy-processes.ts';
import {isGone, parseProcStat, TICKS_PER_SECOND} from '../process/proc-stat.ts';
import {listSession} from '../process/session.ts';

/** A process of a run at a failure. */
export type ProcessView = {
  readonly pid: number;
  readonly parentPid: number;
  readonly command: string;
  /** One letter of /proc: `R` running, `S` sleeping, `D` blocked in the kernel or a driver. */
  readonly state: string;
  readonly isShim: boolean;
  /** CPU time since its start, in user code and in the kernel. */
  readonly userSeconds: number;
  readonly systemSeconds: number;
  /** CPU use in the following half second: 1 is one core; null if it has exited. */
  readonly cores: number | null;
  readonly threads: number;
  readonly residentBytes: number;
  /** Where it waits in the kernel; null if it does not wait or this user cannot read it. */
  readonly waitsIn: string | null;
};

/** Remaining processes of a run, the oldest first. */
export async function readProcessTree(run: RunIdentity): Promise<readonly ProcessView[]> {
  const members = await listSession(run);
  const views = await Promise.all(members.map(({pid, isShim}) => readProcess(pid, isShim)));
  const busy = await readBusyProcesses(members.map(({pid}) => pid));
  const coresOf = new Map(busy.map(({pid, cores}) => [pid, cores]));
  return views
    .filter((view) => view !== null)
    .map((view) => ({...view, cores: coresOf.get(view.pid) ?? null}))
    .sort((a, b) => a.pid - b.pid);
}

async function readProcess(pid: number, isShim: boolean): Promise<Omit<ProcessView, 'cores'> | null> {
  const text = await readOrNull(`/proc/${pid}/stat`);
  const stat = text === null ? null : parseProcStat(text);
  if (text === null || stat === null) return null;
  // Fields after the command, starting with number 3 of proc_pid_stat(5).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3] ?? 0);
  const waitsIn = await readOrNull(`/proc/${pid}/wchan`);
  return {
    pid,
    parentPid: stat.parentPid,
    command: stat.command,
    state: stat.state,
    isShim,
    userSeconds: field(14) / TICKS_PER_SECOND,
    systemSeconds: field(15) / TICKS_PER_SECOND,
    threads: field(20),
    residentBytes: stat.residentBytes,
    waitsIn: waitsIn === null || waitsIn === '' || waitsIn === '0' ? null : waitsIn,
  };
}

async function readOrNull(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}
