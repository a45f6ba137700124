import type {RunEvent} from '../../../domain/lifecycle/lifecycle.ts';
import type {Stall} from '../../../domain/traffic/forward-progress.ts';

/** Compiling a new shape stalls an engine for 30 to 70 s while requests run; only a longer stall is a problem. */
const STALL_MS = 90_000;

export type ProgressEvent =
  | Omit<Extract<RunEvent, {type: 'progress-stalled'}>, 'atMs'>
  | Omit<Extract<RunEvent, {type: 'progress-resumed'}>, 'atMs'>;

/**
 * Watches the stall of the engine after every sample. Emits `progress-stalled` after STALL_MS without a step, and
 * `progress-resumed` at the next step, or once no request is running or waiting.
 */
export function createProgressWatch(
  runId: string,
  onEvent: (event: ProgressEvent) => void,
): (stall: Stall | null) => void {
  let isStalled = false;
  return (stall) => {
    const wasStalled = isStalled;
    isStalled = stall !== null && stall.stalledMs >= STALL_MS;
    if (isStalled && !wasStalled && stall !== null) onEvent({type: 'progress-stalled', runId, stall});
    if (!isStalled && wasStalled) onEvent({type: 'progress-resumed', runId});
  };
}
