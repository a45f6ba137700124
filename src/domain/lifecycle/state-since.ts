import type {LifecycleEvent, LifecycleState, Transition} from './lifecycle.ts';
import type {KeptState} from './phases.ts';

/**
 * What is to be kept of the present state: what an earlier supervisor has kept until that is confirmed or disproved, so
 * that it is not lost with this one; null while it is unknown since when the state lasts.
 */
export function keepState({
  state,
  stateSinceMs,
  internal,
}: Pick<LifecycleState, 'state' | 'stateSinceMs' | 'internal'>): KeptState | null {
  return internal.keptState ?? (stateSinceMs === null ? null : {state, sinceMs: stateSinceMs});
}

/**
 * A stored state by the clock of now. `presentMs`: now by the clock with which it was stored. Its age stays what it is
 * where the clock was set meanwhile, and it never begins in the future. All epoch ms.
 */
export function recallState({state, sinceMs}: KeptState, presentMs: number, nowMs: number): KeptState {
  return {state, sinceMs: nowMs - Math.max(0, presentMs - sinceMs)};
}

/**
 * Completes a transition with the time since when the state lasts, and with that of the last start. What an earlier
 * supervisor knew of an adopted run holds until the engine shows something else: it is found degraded again, with the
 * time of before, only after a probe or a sample. Until then it is unknown since when it is as it was found.
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
    stateSinceMs: keptState === null ? knownMs : isSame ? keptState.sinceMs : null,
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
