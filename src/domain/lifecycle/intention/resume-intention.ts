import {absent} from '../../../samples/reading.ts';
import {restoreCrashes} from '../crashes.ts';
import type {LifecycleEvent, LifecycleState, StartRequest} from '../lifecycle.ts';
import {
  beginCleanup,
  beginPreflight,
  beginTermination,
  clearAllTimers,
  emit,
  patch,
  patchInternal,
  type Step,
  setTimer,
} from '../step.ts';
import {drainOrTerminate} from '../verbs.ts';
import type {Intention} from './intention.ts';
import {leavesRun} from './intention-facts.ts';
import {givenUpFinding} from './intention-findings.ts';
import {delayLeftMs, drainLeftMs} from './time-left.ts';

type Resumed = Extract<LifecycleEvent, {type: 'intention-resumed'}>;

/** Carries on what an earlier supervisor has begun, from where it is: its run, if there is one, has been adopted. */
export function resumeIntention(step: Step, event: Resumed): Step {
  const {isRunOfIt, atMs} = event;
  const intention = withPresentTimes(event);
  if (!isFree(step.state)) return step;
  const known = patch(step, {
    intention,
    continuedStep: event.step,
    rolledBack: intention.rolledBack ?? step.state.rolledBack,
  });
  const resumed = intention.crashes === null ? known : restoreCrashes(known, intention.crashes);
  if (step.state.run === null) return resumeWithoutRun(resumed, intention, atMs);
  if (intention.start === null || !isRunOfIt) return resumeBeforeStart(resumed, intention, atMs);
  const {force, rollbackTo} = intention.start;
  return patchInternal(resumed, {force, rollbackTo});
}

/** With the ends of its drain and its delay as they are carried on. */
function withPresentTimes({intention, step, atMs}: Resumed): Intention {
  const {backOff} = intention;
  if (step === 'draining') return {...intention, drainUntilMs: atMs + drainLeftMs(intention, atMs)};
  if (backOff === null) return intention;
  return {...intention, backOff: {...backOff, untilMs: atMs + delayLeftMs(intention, atMs)}};
}

/** Nothing else was decided meanwhile. */
function isFree({intention, run, state, internal}: LifecycleState): boolean {
  if (intention !== null || internal.isSpawning) return false;
  return run !== null || state === 'stopped' || state === 'failed';
}

/** The start that was intended. */
function requestOf({start, cause}: Intention): StartRequest | null {
  return start === null ? null : {...start, isAutomatic: cause !== 'operator'};
}

function resumeWithoutRun(step: Step, intention: Intention, atMs: number): Step {
  const {backOff, exit, crashes} = intention;
  const start = requestOf(intention);
  if (start === null) return patch(step, {state: 'stopped', diagnosis: null});
  const {settings, force} = start;
  const leftMs = (backOff?.untilMs ?? 0) - atMs;
  if (backOff === null || leftMs <= 0) return beginPreflight(step, start);
  const waiting = patch(step, {state: 'backing-off', settings, backOff, exit, diagnosis: crashes?.cause ?? null});
  return setTimer(patchInternal(waiting, {force}), 'back-off', leftMs);
}

/** The adopted run has to end first. */
function resumeBeforeStart(step: Step, intention: Intention, atMs: number): Step {
  const {drainUntilMs, exit} = intention;
  const {state} = step.state;
  if (exit !== null) return resumeAfterExit(step, intention, atMs);
  const waiting = patch(step, {pending: requestOf(intention)});
  if (state === 'ready' || state === 'degraded') {
    return drainOrTerminate(waiting, Math.max(0, (drainUntilMs ?? 0) - atMs), atMs);
  }
  return state === 'stopping' ? waiting : beginTermination(waiting, atMs);
}

/** Its exit was seen and answered before: what remains of it is cleaned up. */
function resumeAfterExit(step: Step, intention: Intention, atMs: number): Step {
  const {start, backOff, exit, crashes} = intention;
  const exited = patchInternal(clearAllTimers(step), {hasExited: true, isProbing: false});
  const gone = patch(exited, {
    exit,
    phase: null,
    diagnosis: crashes?.cause ?? null,
    progressRatio: absent('the engine exited'),
  });
  if (backOff === null) return beginCleanup(patch(gone, {state: 'stopping', pending: requestOf(intention)}));
  const waiting = patchInternal(patch(gone, {state: 'backing-off', backOff}), {force: start?.force ?? false});
  return beginCleanup(setTimer(waiting, 'back-off', Math.max(0, backOff.untilMs - atMs)));
}

/** Keeps an intention that is not carried on, with the reason, until the operator acts. */
export function giveUpIntention(step: Step, event: Extract<LifecycleEvent, {type: 'intention-given-up'}>): Step {
  const {intention, step: reached, reason, atMs} = event;
  if (!isFree(step.state)) return step;
  const givenUp = {intention, step: reached, reason, atMs};
  const noted = patch(step, {givenUp});
  const {run} = step.state;
  if (run !== null && leavesRun(reason) && !step.state.internal.isStopRequested) {
    return emit(noted, {type: 'record', entry: {type: 'run-stop-withdrawn', runId: run.runId, atMs}});
  }
  if (run !== null || intention.start === null) return noted;
  return patch(noted, {
    state: 'failed',
    settings: intention.start.settings,
    diagnosis: givenUpFinding(givenUp),
    progressRatio: absent('the start was given up'),
  });
}
