import type {RunEvent} from '../../../domain/lifecycle/lifecycle.ts';
import {LONG_STALL_MS, STALL_MS, type Stall} from '../../../domain/traffic/forward-progress.ts';
import type {WithoutTime} from '../../loop/clock.ts';
import type {ProcessLook} from '../hang-evidence.ts';

/** Length of a stall at which the engine's processes are looked at first, and then again after each of these steps. */
const FIRST_LOOK_MS = 20_000;
const LOOK_AGAIN_MS = 10_000;

type ProgressEvent = Extract<RunEvent, {type: 'progress-stalled' | 'progress-resumed'}>;

/**
 * Watches the stall of the engine, to be called after every sample. Posts `progress-stalled` with what its processes do:
 * as soon as one of them is seen to be stopped, otherwise after STALL_MS without a step (with the look, within a minute), or
 * after LONG_STALL_MS if a step may take so long. Posts `progress-resumed` at the next step, or once no request is running or waiting.
 */
export function createProgressWatch(
  runId: string,
  look: () => Promise<ProcessLook>,
  post: (event: WithoutTime<ProgressEvent>) => void,
): (stall: Stall | null) => void {
  let newest: Stall | null = null;
  let nextLookMs = FIRST_LOOK_MS;
  let isReported = false;
  /** Increased with every stall that ends: a look of an earlier one says nothing about the next. */
  let stallNumber = 0;
  let lookedAtNumber: number | null = null;
  const judge = async (number: number): Promise<void> => {
    const {isLongStep, ...seen} = await look();
    if (number !== stallNumber || newest === null) return;
    const isHeld = seen.stoppedPids.length + seen.tracedPids.length > 0;
    if (!isHeld && newest.stalledMs < (isLongStep ? LONG_STALL_MS : STALL_MS)) return;
    isReported = true;
    post({type: 'progress-stalled', runId, stall: newest, ...seen});
  };
  return (stall) => {
    newest = stall;
    if (stall === null || stall.stalledMs < FIRST_LOOK_MS) {
      if (nextLookMs > FIRST_LOOK_MS) stallNumber += 1;
      nextLookMs = FIRST_LOOK_MS;
      if (isReported) post({type: 'progress-resumed', runId});
      isReported = false;
      return;
    }
    if (isReported || lookedAtNumber === stallNumber || stall.stalledMs < nextLookMs) return;
    nextLookMs = stall.stalledMs + LOOK_AGAIN_MS;
    const number = stallNumber;
    lookedAtNumber = number;
    void judge(number).finally(() => {
      if (lookedAtNumber === number) lookedAtNumber = null;
    });
  };
}
