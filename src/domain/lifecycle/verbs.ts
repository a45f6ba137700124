import {secondsText} from '../../shared/quantities/durations.ts';
import {withDetails} from '../diagnosis/details/details.ts';
import type {LaunchSettings} from '../settings/launch-settings.ts';
import {differencesText, differingSettings, sameSettings} from '../settings/settings-difference.ts';
import type {LifecycleState, Refusal, StartRequest, Transition} from './lifecycle.ts';
import {
  beginCleanup,
  beginPreflight,
  beginTermination,
  clearAllTimers,
  emit,
  noteStopRequested,
  patch,
  patchInternal,
  type Step,
  setTimer,
} from './step.ts';

const NOT_LAUNCHED_YET = 'Starting with the new settings; no engine was launched yet.';

/** Start: idempotent. Refused while an engine runs with other settings, because a restart loses running requests. */
export function start(state: LifecycleState, request: StartRequest): Transition {
  const step = decidedAnew(state, request);
  switch (state.state) {
    case 'stopped':
    case 'failed':
    case 'backing-off':
      if (state.run !== null) return awaitingCleanup(step, request);
      return accepted(beginPreflight(step, request), 'Starting: the preflight checks run first.');
    case 'preflight':
    case 'starting':
      if (isSuperseded(state, request)) return supersedeContinued(step, request);
      if (isSame(state.settings, request.settings)) return accepted(step, 'The engine is already starting.');
      return refused(state, otherSettings('starting', state.settings, request.settings));
    case 'ready':
    case 'degraded':
      if (isSame(state.settings, request.settings)) return accepted(step, 'The engine is already running.');
      return refused(state, otherSettings('running', state.settings, request.settings));
    case 'draining':
    case 'stopping':
      return accepted(patch(step, {pending: request}), 'The engine starts as soon as the current one has stopped.');
  }
}

/** A start that an earlier supervisor had decided on, without a process yet, is replaced by what the operator asks for now. */
function isSuperseded({continuedStep, run, settings, internal}: LifecycleState, request: StartRequest): boolean {
  const isOther = !isSame(settings, request.settings) || (request.force && !internal.force);
  return continuedStep !== null && run === null && isOther;
}

function supersedeContinued(step: Step, request: StartRequest): Transition {
  const {state} = step.state;
  if (state === 'preflight') return accepted(beginPreflight(step, request), NOT_LAUNCHED_YET);
  // Its process may exist already: it is stopped as soon as it is known.
  const stopping = patch(clearAllTimers(step), {state: 'stopping', phase: null, pending: request});
  return accepted(stopping, 'The engine starts as soon as the earlier start has been aborted.');
}

/** Stop: idempotent. During a start it aborts loading; a serving engine drains first, up to `drainMs`. */
export function stop(state: LifecycleState, drainMs: number, atMs: number): Transition {
  const step: Step = {state: {...state, pending: null, rolledBack: null, crashes: null}, effects: []};
  switch (state.state) {
    case 'stopped':
      return accepted(step, 'No engine is running.');
    case 'failed':
    case 'backing-off':
      if (state.run !== null) return accepted(reclean(step, atMs), 'Stopping the remaining processes of the engine.');
      return accepted(settleStopped(step), 'No engine is running.');
    case 'preflight': {
      // The answer of the abandoned preflight will have an outdated attempt number.
      const abandoned = patchInternal(step, {attempt: state.internal.attempt + 1});
      return accepted(settleStopped(abandoned), 'The start was cancelled before the engine was launched.');
    }
    case 'starting':
      return accepted(beginTermination(step, atMs), 'Stopping: loading is aborted.');
    case 'ready':
    case 'degraded':
    case 'draining':
      return accepted(drainOrTerminate(step, drainMs, atMs), stopMessage(drainMs));
    case 'stopping':
      return accepted(step, 'The engine is already stopping.');
  }
}

/** Restart: stop, then start with these settings. Without an engine it is a start. */
export function restart(state: LifecycleState, request: StartRequest, drainMs: number, atMs: number): Transition {
  const step = decidedAnew(state, request);
  const waiting = patch(step, {pending: request});
  switch (state.state) {
    case 'stopped':
    case 'failed':
    case 'backing-off':
      if (state.run !== null) return awaitingCleanup(step, request);
      return accepted(beginPreflight(step, request), 'Starting: no engine was running.');
    case 'preflight':
      return accepted(beginPreflight(step, request), NOT_LAUNCHED_YET);
    case 'starting':
      return accepted(beginTermination(waiting, atMs), 'Restarting: loading is aborted first.');
    case 'ready':
    case 'degraded':
      return accepted(drainOrTerminate(waiting, drainMs, atMs), restartMessage(drainMs));
    case 'draining':
      if (drainMs === 0) return accepted(beginTermination(waiting, atMs), 'Restarting now, without draining further.');
      return accepted(waiting, 'The engine starts with the new settings as soon as the current one has stopped.');
    case 'stopping':
      return accepted(waiting, 'The engine starts with the new settings as soon as the current one has stopped.');
  }
}

/** A command from the operator resets the policy's counters and pending fallback; other settings have not crashed yet. */
function decidedAnew(state: LifecycleState, {settings}: StartRequest): Step {
  const crashes = isSame(state.settings, settings) ? state.crashes : null;
  return patchInternal({state: {...state, rolledBack: null, crashes}, effects: []}, {consecutiveRestarts: 0});
}

function stopMessage(drainMs: number): string {
  return drainMs === 0 ? 'Stopping.' : `Stopping: running requests have up to ${secondsText(drainMs)} to finish.`;
}

function restartMessage(drainMs: number): string {
  return drainMs === 0 ? 'Restarting.' : `Restarting: running requests have up to ${secondsText(drainMs)} to finish.`;
}

/** Stops a serving engine, after a drain of up to `drainMs`. */
export function drainOrTerminate(step: Step, drainMs: number, atMs: number): Step {
  const {run} = step.state;
  if (drainMs === 0 || run === null) return beginTermination(step, atMs);
  const drainUntilMs = atMs + drainMs;
  const draining = patch(noteStopRequested(clearAllTimers(step), atMs), {state: 'draining', drainUntilMs});
  const asked = emit(draining, {type: 'wait-for-drain', runId: run.runId, deadlineAtMs: drainUntilMs});
  return setTimer(asked, 'drain', drainMs);
}

function awaitingCleanup(step: Step, request: StartRequest): Transition {
  const waiting = patch(clearAllTimers(step), {state: 'stopping', pending: request, backOff: null});
  return accepted(beginCleanup(waiting), 'The engine starts as soon as the processes of the previous one are gone.');
}

function reclean(step: Step, atMs: number): Step {
  const stopping = patch(noteStopRequested(clearAllTimers(step), atMs), {state: 'stopping', backOff: null});
  return beginCleanup(stopping);
}

function settleStopped(step: Step): Step {
  return patch(clearAllTimers(step), {state: 'stopped', diagnosis: null, backOff: null});
}

function accepted(step: Step, message: string): Transition {
  return {state: step.state, effects: step.effects, message};
}

function refused(state: LifecycleState, refusal: Refusal): Transition {
  return {state, effects: [], refusal};
}

function otherSettings(doing: string, present: LaunchSettings | null, asked: LaunchSettings): Refusal {
  const differences = present === null ? [] : differingSettings(present, asked);
  return {
    ...withDetails('lifecycle.other-settings', {differences: [...differences]}),
    message: `The engine is ${doing} with other settings (${differencesText(differences)}).`,
    remedy: 'Use restart to change settings, or stop the engine first.',
  };
}

function isSame(present: LaunchSettings | null, asked: LaunchSettings): boolean {
  return present !== null && sameSettings(present, asked);
}
