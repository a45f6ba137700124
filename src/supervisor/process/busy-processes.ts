import {readFile} from 'node:fs/promises';
import {setTimeout as delay} from 'node:timers/promises';
import {decimalText} from '../../shared/quantities/counts.ts';
import {isGone, parseProcStat} from './proc-stat.ts';

/** CPU time of a process over a short interval. */
export type BusyProcess = {
  readonly pid: number;
  readonly command: string;
  /** One letter of /proc: `R` running, `S` sleeping, `D` blocked in the kernel or a driver, `T` stopped, `t` held by a debugger, `Z` exited. */
  readonly state: string;
  /** 1 is one core. */
  readonly cores: number;
};

/** Clock ticks a second of /proc times; 100 on every Linux that Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;
const LOOK_MS = 500;

/** CPU use of these processes, the busiest first; exited ones are dropped. */
export async function readBusyProcesses(pids: Iterable<number>): Promise<readonly BusyProcess[]> {
  const startedMs = performance.now();
  const before = await readTimes(pids);
  await delay(LOOK_MS);
  const after = await readTimes(before.keys());
  const seconds = (performance.now() - startedMs) / 1000;
  return [...after]
    .map(([pid, {command, state, ticks}]) => ({
      pid,
      command,
      state,
      cores: Math.max(0, ticks - (before.get(pid)?.ticks ?? ticks)) / TICKS_PER_SECOND / seconds,
    }))
    .sort((a, b) => b.cores - a.cores);
}

/** `VLLM::Worker_TP3 (pid 41) uses 1.0 cores; 8 others are idle`, or who is blocked in the driver; null without processes. */
export function busyText(processes: readonly BusyProcess[]): string | null {
  if (processes.length === 0) return null;
  const spinning = processes.filter(({cores}) => cores >= 0.8);
  const stuck = processes.filter(({state}) => state === 'D');
  const stopped = processes.filter((one) => isStopped(one) || isTraced(one));
  const exited = processes.filter(isExited);
  const parts = [
    ...exited.slice(0, 4).map((one) => `${one.command} (pid ${one.pid}) has exited and was not reaped`),
    ...(exited.length > 4 ? [`and ${exited.length - 4} more have exited`] : []),
    ...stopped
      .slice(0, 4)
      .map(
        (one) => `${one.command} (pid ${one.pid}) is ${isTraced(one) ? 'held by a debugger' : 'stopped by a signal'}`,
      ),
    ...(stopped.length > 4 ? [`and ${stopped.length - 4} more are stopped`] : []),
    ...spinning.slice(0, 4).map((one) => `${one.command} (pid ${one.pid}) uses ${decimalText(one.cores, 1)} cores`),
    ...(spinning.length > 4 ? [`and ${spinning.length - 4} more are busy`] : []),
    ...stuck.slice(0, 4).map((one) => `${one.command} (pid ${one.pid}) is blocked in the kernel`),
  ];
  const resting = processes.length - new Set([...spinning, ...stuck, ...stopped, ...exited]).size;
  if (parts.length === 0) return `all ${processes.length} processes are idle`;
  return [...parts, ...(resting > 0 ? [resting === 1 ? '1 other is idle' : `${resting} others are idle`] : [])].join(
    '; ',
  );
}

/** Stopped by a signal: SIGCONT resumes it. */
export function isStopped({state}: Pick<BusyProcess, 'state'>): boolean {
  return state === 'T';
}

/** Stopped by a debugger: only that resumes it. */
export function isTraced({state}: Pick<BusyProcess, 'state'>): boolean {
  return state === 't';
}

/** A zombie: it has exited, and its parent has not taken notice. */
function isExited({state}: Pick<BusyProcess, 'state'>): boolean {
  return state === 'Z' || state === 'X';
}

type Times = {readonly command: string; readonly state: string; readonly ticks: number};

async function readTimes(pids: Iterable<number>): Promise<ReadonlyMap<number, Times>> {
  const times = new Map<number, Times>();
  await Promise.all(
    [...pids].map(async (pid) => {
      const one = await readOne(pid);
      if (one !== null) times.set(pid, one);
    }),
  );
  return times;
}

async function readOne(pid: number): Promise<Times | null> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const stat = parseProcStat(text);
    // Fields 14 and 15 of the line, utime and stime; field 3 is the first after the bracket.
    const fields = text
      .slice(text.lastIndexOf(')') + 1)
      .trim()
      .split(/\s+/u);
    const ticks = Number(fields[11]) + Number(fields[12]);
    return stat === null || !Number.isFinite(ticks) ? null : {command: stat.command, state: stat.state, ticks};
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}
