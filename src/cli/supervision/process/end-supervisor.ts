import {setTimeout as delay} from 'node:timers/promises';
import type {ApiError} from '../../../api/commands.ts';
import {secondsText} from '../../../shared/quantities/durations.ts';
import {err, ok, type Result} from '../../../shared/result.ts';
import {isGone, readProcStatSync} from '../../../supervisor/process/proc-stat.ts';
import {isSameProcess, type ProcessIdentity} from '../../../supervisor/process/process-identity.ts';
import {findLivingSupervisor} from '../../../supervisor/state-dir/lock/living-supervisor.ts';
import type {Wiring} from '../../wiring.ts';

/** A supervisor that is well exits within a second; on a busy host it takes longer. */
const GRACE_MS = 8_000;
const KILLED_WITHIN_MS = 5_000;
const POLL_MS = 25;

/** The signal that ended a supervisor. */
export type EndedBy = 'SIGTERM' | 'SIGKILL';

/**
 * Ends a supervisor: SIGTERM, which all versions understand, then SIGKILL. The engine is not its child and keeps serving;
 * the next supervisor adopts it. Resolves when it no longer holds the state directory.
 */
export async function endSupervisor(
  {directories}: Pick<Wiring, 'directories'>,
  living: ProcessIdentity,
): Promise<Result<EndedBy, ApiError>> {
  const isOver = async (): Promise<boolean> => {
    if (!isSameProcess(living)) return true;
    // It may stay for its last hooks after it has left.
    return (await findLivingSupervisor(directories))?.pid !== living.pid;
  };
  send(living, 'SIGTERM');
  // A stopped process handles signals only once it continues.
  if (readProcStatSync(living.pid)?.state === 'T') send(living, 'SIGCONT');
  if (await within(GRACE_MS, isOver)) return ok('SIGTERM');
  send(living, 'SIGKILL');
  if (await within(KILLED_WITHIN_MS, isOver)) return ok('SIGKILL');
  return err({
    code: 'supervisor.timeout',
    message: `The supervisor (pid ${living.pid}) was killed, but the kernel has not ended it within ${secondsText(KILLED_WITHIN_MS)}: it waits for a disk or a driver.`,
    remedy: 'Check the kernel log and the disks of the state directory, and try again. The engine is not affected.',
  });
}

function send(living: ProcessIdentity, signal: NodeJS.Signals): void {
  try {
    if (isSameProcess(living)) process.kill(living.pid, signal);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** Polls until it is true; false after the limit. */
export async function within(limitMs: number, isTrue: () => Promise<boolean>): Promise<boolean> {
  const deadlineMs = performance.now() + limitMs;
  for (;;) {
    if (await isTrue()) return true;
    if (performance.now() >= deadlineMs) return false;
    await delay(POLL_MS);
  }
}
