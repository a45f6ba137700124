import type {RunEvent} from '../../../domain/lifecycle/lifecycle.ts';
import {stallAfter, unseenStall} from '../../../domain/traffic/forward-progress.ts';
import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';

/** Compiling a new shape stalls an engine for 30 to 70 s while requests run; only a longer stall is a problem. */
const STALL_MS = 90_000;

export type ProgressEvent =
  | Omit<Extract<RunEvent, {type: 'progress-stalled'}>, 'atMs'>
  | Omit<Extract<RunEvent, {type: 'progress-resumed'}>, 'atMs'>;

/**
 * Watches the engine's steps while requests run or wait. Emits `progress-stalled` after STALL_MS without a step, and
 * `progress-resumed` at the next step. Only time in which samples were taken counts.
 */
export function createProgressWatch(
  runId: string,
  onEvent: (event: ProgressEvent) => void,
): (sample: EngineMetricsSample) => void {
  let track = unseenStall;
  let isStalled = false;
  return (sample) => {
    track = stallAfter(track, sample);
    const {stall} = track;
    const wasStalled = isStalled;
    isStalled = stall !== null && stall.stalledMs >= STALL_MS;
    if (isStalled && !wasStalled && stall !== null) onEvent({type: 'progress-stalled', runId, stall});
    if (!isStalled && wasStalled) onEvent({type: 'progress-resumed', runId});
  };
}
