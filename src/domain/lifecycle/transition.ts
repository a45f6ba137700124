import {absent} from '../../samples/reading.ts';
import type {Finding} from '../diagnosis/finding.ts';
import {answerFailure, onHangTimer, onPolicyChanged} from './automatic-restart.ts';
import {onStableTimer, withRecordedCrashes} from './crashes.ts';
import {intendCommand} from './intention/begin-intention.ts';
import {followIntention} from './intention/intention-end.ts';
import {giveUpIntention, resumeIntention} from './intention/resume-intention.ts';
import type {LifecycleEvent, LifecycleState, LifecycleTimer, StartRequest, Transition} from './lifecycle.ts';
import {onKillTimer, onLateMemory, onMemoryTimer, onRunEvent} from './run-events.ts';
import {followState} from './state-since.ts';
import {
  beginCleanup,
  beginPreflight,
  beginTermination,
  emit,
  freshRun,
  patch,
  patchInternal,
  probe,
  type Step,
  setTimer,
} from './step.ts';
import {restart, start, stop} from './verbs.ts';

/**
 * The lifecycle: what one event does to the state, and what the supervisor should do about it. Pure and total: an
 * event that does not belong to the current run, attempt or timer does not change the state. Two invariants hold for
 * every sequence of events: `spawn-engine` is only requested when no process of an earlier run can exist, and `ready`
 * is only reached by a token that the engine really generated. What was decided is an intention until it is reached, has
 * failed, or is superseded; each change of it is recorded before the effects. What each verb does in each state is listed in
 * test/domain/lifecycle/verb-table.md, which a test writes from this function.
 */
export function transition(state: LifecycleState, event: LifecycleEvent): Transition {
  return followIntention(state, followState(state, decide(state, event), event), event);
}

function decide(state: LifecycleState, event: LifecycleEvent): Transition {
  switch (event.type) {
    case 'start-requested':
      return intendCommand(state, event, start(state, {settings: event.settings, force: event.force}));
    case 'stop-requested':
      return intendCommand(state, event, stop(state, event.drainMs, event.atMs));
    case 'restart-requested':
      return intendCommand(state, event, restart(state, restartRequest(state, event), event.drainMs, event.atMs));
    default:
      return onHappening({state, effects: []}, event);
  }
}

function restartRequest(
  {lastGoodSettings}: LifecycleState,
  {settings, force, rollback}: Extract<LifecycleEvent, {type: 'restart-requested'}>,
): StartRequest {
  return {settings, force, rollbackTo: rollback === true ? lastGoodSettings : null};
}

type Verb = 'start-requested' | 'stop-requested' | 'restart-requested';

function onHappening(step: Step, event: Exclude<LifecycleEvent, {type: Verb}>): Step {
  const {state} = step;
  switch (event.type) {
    case 'preflight-passed': {
      if (state.state !== 'preflight' || event.attempt !== state.internal.attempt || state.settings === null)
        return step;
      const launching = patch(step, {state: 'starting', progressRatio: absent('the engine is being launched')});
      return emit(patchInternal(launching, {isSpawning: true}), {type: 'spawn-engine', settings: state.settings});
    }
    case 'preflight-refused':
      if (state.state !== 'preflight' || event.attempt !== state.internal.attempt) return step;
      return failWithoutRun(step, event.finding, 'the start was refused', event.atMs);
    case 'engine-spawned':
      return state.internal.isSpawning ? onSpawned(step, event) : step;
    case 'spawn-failed':
      return state.internal.isSpawning ? onSpawnFailed(patchInternal(step, {isSpawning: false}), event) : step;
    case 'engine-adopted':
      return onAdopted(step, event);
    case 'intention-resumed':
      return resumeIntention(step, event);
    case 'intention-given-up':
      return giveUpIntention(step, event);
    case 'policy-changed':
      return onPolicyChanged(step, event.policy, event.atMs);
    case 'timer-fired':
      return state.internal.timerIds[event.timer] === event.id ? onTimer(step, event.timer, event.atMs) : step;
    default:
      if (state.run?.runId === event.runId) return onRunEvent(step, event);
      return event.type === 'memory-freed' ? onLateMemory(step) : step;
  }
}

function onSpawned(step: Step, event: Extract<LifecycleEvent, {type: 'engine-spawned'}>): Step {
  const {state, internal} = step.state;
  const spawned = patchInternal(patch(step, {run: event.run, version: event.version ?? null}), {
    ...freshRun,
    isSpawning: false,
  });
  if (state !== 'starting') return beginTermination(spawned, event.atMs);
  const launched = patch(spawned, {
    phase: 'launch',
    phaseEnteredAtMs: {launch: event.run.startedAtMs},
    progressRatio: absent('the log shows no progress for this phase yet'),
  });
  return setTimer(launched, 'probe', internal.policy.startProbeIntervalMs);
}

function onSpawnFailed(step: Step, event: Extract<LifecycleEvent, {type: 'spawn-failed'}>): Step {
  const {state, pending} = step.state;
  if (pending !== null) return beginPreflight(step, pending);
  if (state === 'stopping') return patch(step, {state: 'stopped', progressRatio: absent('the engine is stopped')});
  return failWithoutRun(step, event.finding, 'the engine did not start', event.atMs);
}

/** A start that failed before there was a process: nothing to clean up, and the policy can act immediately. */
function failWithoutRun(step: Step, finding: Finding, reason: string, atMs: number): Step {
  const failed = patch(step, {state: 'failed', diagnosis: finding, progressRatio: absent(reason)});
  const answered = answerFailure(failed, finding, {atMs, servedUntilMs: atMs, past: null});
  const {pending} = answered.state;
  return pending === null ? answered : beginPreflight(answered, pending);
}

/** A run that was ready is assumed to be ready, and probed immediately. */
function onAdopted(step: Step, event: Extract<LifecycleEvent, {type: 'engine-adopted'}>): Step {
  const {state} = step;
  const isFree = state.run === null && !state.internal.isSpawning;
  if (!isFree || (state.state !== 'stopped' && state.state !== 'failed')) return step;
  const {run, settings, readyAtMs, atMs, isOutputBroken = false, isTextUnchecked = false} = event;
  const adopted = patchInternal(
    patch(step, {
      run,
      settings,
      readyAtMs,
      state: readyAtMs === null ? 'starting' : 'ready',
      phase: readyAtMs === null ? 'launch' : null,
      phaseEnteredAtMs: {},
      progressRatio: absent(readyAtMs === null ? 'the log has not been read yet' : 'the engine has started'),
      exit: null,
      diagnosis: null,
      facts: {},
      version: event.version ?? null,
      rolledBack: event.rolledBack ?? null,
      lastGoodSettings: readyAtMs === null || isOutputBroken || isTextUnchecked ? state.lastGoodSettings : settings,
    }),
    {
      ...freshRun,
      isAdopted: true,
      brokenOutput: isOutputBroken ? {finding: null} : null,
      isTextUnchecked,
      force: event.isForced === true,
    },
  );
  const recorded = emit(
    withRecordedCrashes(adopted, event.isStopRequested === true ? null : (event.crashes ?? null), atMs),
    {
      type: 'record',
      entry: {type: 'run-adopted', runId: run.runId, atMs},
    },
  );
  return event.isStopRequested === true ? beginTermination(recorded, atMs) : probe(recorded);
}

function onTimer(fired: Step, timer: LifecycleTimer, atMs: number): Step {
  const {timerIds} = fired.state.internal;
  const rest = Object.fromEntries(Object.entries(timerIds).filter(([name]) => name !== timer));
  const step = patchInternal(fired, {timerIds: rest});
  const {state, run, settings, internal} = step.state;
  switch (timer) {
    case 'drain':
      return state === 'draining' ? beginTermination(step, atMs) : step;
    case 'terminate':
      return beginCleanup(step);
    case 'kill':
      return onKillTimer(step);
    case 'memory':
      return onMemoryTimer(step, atMs);
    case 'hang':
      return onHangTimer(step, atMs);
    case 'stable':
      return onStableTimer(step, atMs);
    case 'probe':
      return state === 'starting' || state === 'ready' || state === 'degraded' ? probe(step) : step;
    case 'back-off': {
      if (state !== 'backing-off' || settings === null) return step;
      const request = {settings, force: internal.force, isAutomatic: true};
      if (run === null) return beginPreflight(step, request);
      return beginCleanup(patch(step, {state: 'stopping', pending: request, backOff: null}));
    }
  }
}
