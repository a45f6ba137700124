import type {IdleCost} from '../../../domain/cost/live/idle-cost-so-far.ts';
import type {LifecycleState} from '../../../domain/lifecycle/lifecycle.ts';
import {isServingState} from '../../../domain/lifecycle/phases.ts';
import type {Stamp} from '../../../samples/stamp.ts';
import {MS_PER_MINUTE} from '../../../shared/units.ts';
import type {Observations} from '../../snapshot/observations.ts';

/** A shorter pause is no idle time. */
const LEAST_IDLE_MS = 5 * MS_PER_MINUTE;

/** Since when the node serves nobody, wall clock, and why; null while it is used, and for the first five minutes. */
export function idleSince(
  lifecycle: Pick<LifecycleState, 'state' | 'run' | 'exit' | 'stateSinceMs'>,
  {serving}: Pick<Observations, 'serving'>,
  now: Stamp,
): Omit<IdleCost, 'microUsd'> | null {
  const unused = unusedSince(lifecycle, serving, now);
  return unused === null || now.sampledAtMs - unused.sinceMs < LEAST_IDLE_MS ? null : unused;
}

function unusedSince(
  {state, run, exit, stateSinceMs}: Pick<LifecycleState, 'state' | 'run' | 'exit' | 'stateSinceMs'>,
  {idle}: Observations['serving'],
  now: Stamp,
): Omit<IdleCost, 'microUsd'> | null {
  if (isServingState(state)) {
    const {condition} = idle;
    // It is reported as idle later than it is shown.
    const sinceMs =
      condition.sinceMs ?? (condition.last?.signal === 'present' ? condition.last.atMs - condition.confirmedMs : null);
    if (sinceMs === null) return null;
    return {state: 'idle', sinceMs: now.sampledAtMs - (now.monotonicMs - sinceMs), isAtLeast: idle.isAtLeast};
  }
  const isStarting = state === 'starting' || state === 'preflight';
  const sinceMs = (isStarting ? run?.startedAtMs : exit?.atMs) ?? stateSinceMs;
  return sinceMs === null ? null : {state: isStarting ? 'starting' : 'down', sinceMs, isAtLeast: false};
}
