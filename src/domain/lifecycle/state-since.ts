import type {LifecycleEvent, LifecycleState, Transition} from './lifecycle.ts';
import type {KeptState} from './phases.ts';

/** What is to be kept of the present state; null while it is unknown since when it lasts. */
export function keepState({
  state,
  stateSinceMs = null,
}: {
  readonly state: LifecycleState['state'];
  readonly stateSinceMs?: number | null | undefined;
}): KeptState | null {
  return stateSinceMs === null ? null : {state, sinceMs: stateSinceMs};
}

/**
 * Completes a transition with the time since when the state lasts, and with that of the last start. What an earlier
 * supervisor knew of an adopted run holds until the engine shows something else: it is found degraded again, with the
 * time of before, only after a probe or a sample.
 */
export function followState(before: LifecycleState, next: Transition, event: LifecycleEvent): Transition {
  if (next.state === before) return next;
  const {run} = next.state;
  const isNewRun = run !== null && run.runId !== before.run?.runId;
  const started = isNewRun ? {...next.state, lastStartedAtMs: run.startedAtMs} : next.state;
  if (event.type === 'engine-adopted') return isNewRun ? {...next, state: adopted(started, event)} : next;
  return {...next, state: withSince(before, started, event)};
}

function adopted(
  state: LifecycleState,
  {keptState = null}: Extract<LifecycleEvent, {type: 'engine-adopted'}>,
): LifecycleState {
  const isSame = keptState?.state === state.state;
  const knownMs = state.state === 'ready' ? state.readyAtMs : state.state === 'starting' ? state.lastStartedAtMs : null;
  return {
    ...state,
    stateSinceMs: isSame ? keptState.sinceMs : knownMs,
    internal: {...state.internal, keptState: isSame ? null : keptState},
  };
}

function withSince(before: LifecycleState, state: LifecycleState, event: LifecycleEvent): LifecycleState {
  const {keptState} = before.internal;
  const isChanged = state.state !== before.state;
  const isDisproved = keptState !== null && event.type === 'probe-succeeded';
  if (!isChanged && !isDisproved) return state;
  const isKept = isChanged && keptState?.state === state.state;
  return {
    ...state,
    stateSinceMs: isKept ? keptState.sinceMs : event.atMs,
    internal: {...state.internal, keptState: null},
  };
}
