import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import {listSession} from '../process/session.ts';
import type {Observer} from '../snapshot/observer.ts';
import {every} from './every.ts';

const POLL_MS = 250;

/**
 * Polls until every process of the run is gone (`processes-gone`), then until the driver no longer reports any of them
 * (`memory-freed`). Without a limit: limits are in the lifecycle. Returns a stop function.
 */
export function verifyStopped(
  run: RunIdentity,
  observer: Observer,
  onEvent: (type: 'processes-gone' | 'memory-freed') => void,
): () => void {
  const pidsOfRun = new Set<number>([run.pid]);
  let isGone = false;
  const stop = every(POLL_MS, async () => {
    const left = await listSession(run);
    for (const process of left) pidsOfRun.add(process.pid);
    if (left.length > 0) return;
    if (!isGone) {
      isGone = true;
      onEvent('processes-gone');
    }
    if (isHeldOnCards(observer, pidsOfRun)) return;
    stop();
    onEvent('memory-freed');
  });
  return () => stop();
}

/** True while the driver's newest list has a process of the run. Without a list: false. */
function isHeldOnCards(observer: Observer, pids: ReadonlySet<number>): boolean {
  const {gpuProcesses} = observer.get();
  return gpuProcesses?.processes.some((process) => pids.has(process.pid)) ?? false;
}
