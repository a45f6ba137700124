import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {errorCode} from '../../shared/error-code.ts';
import {atBeat} from '../../sources/host/beat.ts';
import {isSameProcess, readShim} from './process-identity.ts';
import {readExitStatus} from './run-files.ts';

const POLL_MS = 500;
/** The shim writes immediately when the engine exits; after this time it will not write anymore. */
const RECORD_GRACE_MS = 5_000;

/**
 * Reports once how the engine of a run exited: its exit status as a shell reports it, null if it was not recorded, or
 * cannot be read. Works the same for the process that started the run and one that adopted it.
 */
export function watchExit(
  run: RunIdentity,
  directory: string,
  onExit: (status: number | null) => void,
  {pollMs = POLL_MS}: {readonly pollMs?: number} = {},
): {readonly stop: () => void} {
  let isStopped = false;
  let cancel = (): void => undefined;
  let endedAtMs: number | null = null;

  function look(): void {
    if (isStopped) return;
    cancel = atBeat(pollMs, look, {place: 'half-second'});
    if (isSameProcess(run)) return;
    endedAtMs ??= performance.now();
    // Checked before reading: once the shim is gone, it will write nothing more.
    const canStillRecord = readShim(run) !== null && performance.now() - endedAtMs < RECORD_GRACE_MS;
    const status = readStatus(directory);
    if (status === null && canStillRecord) return;
    stop();
    onExit(status);
  }

  function stop(): void {
    isStopped = true;
    cancel();
  }

  // Also for an engine that has exited before, not before the caller has what it is about.
  queueMicrotask(look);
  return {stop};
}

/** That the engine has exited is known without its record. */
function readStatus(directory: string): number | null {
  try {
    return readExitStatus(directory);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return null;
  }
}
