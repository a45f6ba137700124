import {readFileSync} from 'node:fs';
import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {type ProcStat, readProcStatSync} from './proc-stat.ts';

/** Identifies a process, also if its pid is reused. */
export type ProcessIdentity = Pick<RunIdentity, 'pid' | 'startTimeTicks' | 'bootId'>;

let bootId: string | null = null;

/** This boot's id: pids and start times of another boot are not valid. Read once: no process outlives its boot. */
export function readBootId(): string {
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return bootId;
}

/** The identity of a running process; null if there is none. */
export function readIdentity(pid: number): ProcessIdentity | null {
  const stat = readProcStatSync(pid);
  return stat === null ? null : {pid, startTimeTicks: stat.startTimeTicks, bootId: readBootId()};
}

/** True while exactly this process is running: same pid, same start time, same boot. */
export function isSameProcess(identity: ProcessIdentity): boolean {
  return readBootId() === identity.bootId && readProcStatSync(identity.pid)?.startTimeTicks === identity.startTimeTicks;
}

/**
 * The run's shim, its session leader, while it runs. It started before the engine; another process that later gets its
 * pid started after.
 */
export function readShim(run: RunIdentity): ProcStat | null {
  if (readBootId() !== run.bootId) return null;
  const stat = readProcStatSync(run.sessionId);
  if (stat === null || stat.sessionId !== run.sessionId) return null;
  return BigInt(stat.startTimeTicks) <= BigInt(run.startTimeTicks) ? stat : null;
}
