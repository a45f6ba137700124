import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {isSameProcess, readShim} from './process-identity.ts';
import {readExitStatus} from './run-files.ts';

const POLL_MS = 300;
/** The shim writes immediately when the engine exits; after this time it will not write anymore. */
const RECORD_GRACE_MS = 5_000;

/**
 * Reports once how the engine of a run exited: its exit status as a shell reports it, null if it was not recorded. Works
 * the same for the process that started the run and one that adopted it. Calls `onError` for an unreadable directory and
 * continues.
 */
export function watchExit(
  run: RunIdentity,
  directory: string,
  onExit: (status: number | null) => void,
  options: {readonly pollMs?: number; readonly onError?: (error: Error) => void} = {},
): {readonly stop: () => void} {
  const pollMs = options.pollMs ?? POLL_MS;
  let isStopped = false;
  let endedAtMs: number | null = null;
  let timer: NodeJS.Timeout | null = null;

  async function look(): Promise<void> {
    if (isSameProcess(run)) return;
    endedAtMs ??= performance.now();
    // Checked before reading: once the shim is gone, it will write nothing more.
    const canStillRecord = readShim(run) !== null && performance.now() - endedAtMs < RECORD_GRACE_MS;
    const status = await readExitStatus(directory);
    if (isStopped || (status === null && canStillRecord)) return;
    isStopped = true;
    onExit(status);
  }

  async function turn(): Promise<void> {
    try {
      await look();
    } catch (error) {
      options.onError?.(error instanceof Error ? error : new Error(String(error)));
    }
    if (!isStopped) timer = setTimeout(() => void turn(), pollMs);
  }

  void turn();
  return {
    stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
