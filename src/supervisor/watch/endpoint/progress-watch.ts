import type {RunEvent} from '../../../domain/lifecycle/lifecycle.ts';
import {isPending, pendingRequests, progressCounter, watchedMs} from '../../../domain/traffic/forward-progress.ts';
import type {EngineMetricsSample} from '../../../samples/engine-metrics.ts';
import {isAbsent} from '../../../samples/reading.ts';
import type {Stamp} from '../../../samples/stamp.ts';

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
  let counted: number | null = null;
  let last: Stamp | null = null;
  let stalledMs = 0;
  let isStalled = false;
  return (sample) => {
    const {stamp} = sample;
    const counter = progressCounter(sample);
    const pending = pendingRequests(sample);
    if (isAbsent(counter) || isAbsent(pending)) return;
    const sinceLastMs = last === null ? 0 : watchedMs(last, stamp);
    last = stamp;
    if (counter !== counted || !isPending(pending)) {
      counted = counter;
      stalledMs = 0;
      if (isStalled) {
        isStalled = false;
        onEvent({type: 'progress-resumed', runId});
      }
      return;
    }
    stalledMs += sinceLastMs;
    if (isStalled || stalledMs < STALL_MS) return;
    isStalled = true;
    onEvent({type: 'progress-stalled', runId, stall: {stalledMs, ...pending}});
  };
}
