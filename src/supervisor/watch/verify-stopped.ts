import type {RunIdentity} from '../../domain/lifecycle/run-identity.ts';
import type {Clock} from '../loop/clock.ts';
import {listSession} from '../process/session.ts';
import type {Observations} from '../snapshot/observations.ts';
import type {Observer} from '../snapshot/observer.ts';
import {every} from './every.ts';

const POLL_MS = 250;
/** If the cards have not been read for this long, there is no point in waiting for the next reading. */
const SILENT_AFTER_MS = 15_000;

type VerifyParts = {
  readonly observer: Pick<Observer, 'get'>;
  readonly clock: Clock;
  /** Processes that were seen in the run, also exited ones. */
  readonly ownPids: ReadonlySet<number>;
};

/**
 * Polls until every process of the run is gone (`processes-gone`), then until the driver no longer reports any of them
 * and the cards have been read again (`memory-freed`). Without a limit: limits are in the lifecycle. Returns a stop
 * function.
 */
export function verifyStopped(
  run: RunIdentity,
  {observer, clock, ownPids}: VerifyParts,
  onEvent: (type: 'processes-gone' | 'memory-freed') => void,
): () => void {
  const pidsOfRun = new Set<number>([run.pid, ...ownPids]);
  let goneAtMs: number | null = null;
  const stop = every(POLL_MS, async () => {
    const left = await listSession(run);
    for (const process of left) pidsOfRun.add(process.pid);
    if (left.length > 0) return;
    if (goneAtMs === null) {
      goneAtMs = clock.monotonicMs();
      onEvent('processes-gone');
    }
    const seen = observer.get();
    if (isNamed(seen, pidsOfRun) || isReadBefore(seen, goneAtMs, clock.monotonicMs())) return;
    stop();
    onEvent('memory-freed');
  });
  return () => stop();
}

/** True while the driver's newest list has a process of the run. Without a list: false. */
function isNamed({gpuProcesses}: Observations, pids: ReadonlySet<number>): boolean {
  return gpuProcesses?.processes.some((process) => pids.has(process.pid)) ?? false;
}

/** True while the newest reading of the cards is from before the end: it may show memory that is free by now. */
function isReadBefore({gpuFrame}: Observations, goneAtMs: number, nowMs: number): boolean {
  if (gpuFrame === null) return false;
  const {monotonicMs} = gpuFrame.stamp;
  return monotonicMs < goneAtMs && nowMs - monotonicMs < SILENT_AFTER_MS;
}
