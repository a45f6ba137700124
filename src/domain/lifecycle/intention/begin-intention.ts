import {recordedCrashes} from '../crashes.ts';
import type {LifecycleEvent, LifecycleState, Transition} from '../lifecycle.ts';
import {patch, patchInternal, type Step} from '../step.ts';
import type {Intention} from './intention.ts';

type Verb = Extract<LifecycleEvent, {type: 'start-requested' | 'stop-requested' | 'restart-requested'}>;
const verbs = {'start-requested': 'start', 'stop-requested': 'stop', 'restart-requested': 'restart'} as const;

/** After an accepted command: what it leads to is the intention from now on, and what was given up is over. */
export function intendCommand(before: LifecycleState, event: Verb, next: Transition): Transition {
  if (next.refusal !== undefined) return next;
  const acted = {...next, state: {...next.state, givenUp: null}};
  // A start that finds another one under way starts nothing itself.
  const joins = event.type === 'start-requested' && isUp(before) && !isOtherStart(before, next.state);
  if (joins) return acted;
  const {state} = acted;
  const begun = begin(acted, {
    verb: verbs[event.type],
    cause: 'operator',
    by: event.by ?? null,
    requestedAtMs: event.atMs,
    start: event.type === 'stop-requested' ? null : startOf(state),
    drainUntilMs: state.state === 'draining' ? state.drainUntilMs : null,
    backOff: null,
    rolledBack: null,
    crashes: null,
    exit: null,
  });
  return {...acted, state: begun.state};
}

/** It replaces the one before, which has no process yet. */
function isOtherStart(before: LifecycleState, {pending, internal}: LifecycleState): boolean {
  return pending !== before.pending || internal.attempt !== before.internal.attempt;
}

function isUp({state}: LifecycleState): boolean {
  return state === 'preflight' || state === 'starting' || state === 'ready' || state === 'degraded';
}

/** What is started at the end of the present way. */
function startOf({pending, settings, internal}: LifecycleState): Intention['start'] {
  if (pending !== null) return {...pending, rollbackTo: pending.rollbackTo ?? null};
  return settings === null ? null : {settings, force: internal.force, rollbackTo: internal.rollbackTo};
}

/** After the policy has decided on another start: that is the intention from now on. */
export function intendRestart(decided: Step, cause: 'crash' | 'hang' | 'rollback', atMs: number): Step {
  const {state} = decided;
  return begin(decided, {
    verb: 'restart',
    cause,
    by: null,
    requestedAtMs: atMs,
    start: startOf(state),
    drainUntilMs: null,
    backOff: state.backOff,
    rolledBack: state.rolledBack,
    crashes: recordedCrashes(state),
    exit: cause === 'hang' ? null : state.exit,
  });
}

function begin(step: Step, intention: Omit<Intention, 'id'>): Step {
  const intentions = step.state.internal.intentions + 1;
  const id = `${intention.verb}-${intention.requestedAtMs}-${intentions}`;
  return patchInternal(patch(step, {intention: {...intention, id}, continuedStep: null}), {intentions});
}
