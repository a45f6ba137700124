import {absent, isPresent} from '../../samples/reading.ts';
import type {Finding} from '../diagnosis/finding.ts';
import {answerFailure, watchHang} from './automatic-restart.ts';
import {type CrashTime, withCrash, withCrashCause} from './crashes.ts';
import type {LifecycleState, RunEvent} from './lifecycle.ts';
import {
  awaitedTokenFinding,
  MEMORY_NOT_FREED,
  memoryNotFreedFinding,
  NOT_ANSWERING,
  notAnsweringFinding,
  PROCESSES_REMAIN,
  processesRemainFinding,
  stalledFinding,
  unexplainedExitFinding,
} from './lifecycle-findings.ts';
import {type StartPhase, startPhases} from './phases.ts';
import {onProbeFailed, onProbeSucceeded, onResumed} from './probe-events.ts';
import type {PastExit} from './run-identity.ts';
import {
  beginCleanup,
  beginPreflight,
  beginTermination,
  clearTimers,
  emit,
  patch,
  patchInternal,
  probe,
  type Step,
  setTimer,
} from './step.ts';

/** While serving, a failure line older than this at the exit is not its cause. */
const FAILURE_LINE_MAX_AGE_MS = 120_000;
/** What one event of the current run does. */
export function onRunEvent(step: Step, event: RunEvent & {readonly atMs: number}): Step {
  switch (event.type) {
    case 'log-phase':
      return onPhase(step, event.phase, null, event.atMs);
    case 'log-progress':
      return onPhase(step, event.phase, event.ratio, event.atMs);
    case 'log-fact':
      return patch(step, {facts: {...step.state.facts, [event.name]: event.value}});
    case 'log-version':
      return patch(step, {version: event.version});
    case 'log-failure':
      return onLogFailure(step, event.finding, event.atMs);
    case 'probe-succeeded':
      return onProbeSucceeded(step, event.atMs);
    case 'probe-failed':
      return onProbeFailed(step, event);
    case 'progress-stalled':
      if (step.state.state !== 'ready') return step;
      return watchHang(probe(patch(step, {state: 'degraded', diagnosis: stalledFinding(event.stall, event)})));
    case 'progress-resumed':
      return step.state.state === 'degraded' ? onResumed(step) : step;
    case 'metrics-silent':
      return step.state.state === 'ready' ? probe(step) : step;
    case 'server-silent':
      if (step.state.state !== 'ready') return step;
      return watchHang(
        probe(patch(step, {state: 'degraded', diagnosis: notAnsweringFinding(event.unansweredMs, event)})),
      );
    case 'server-answers':
      return step.state.state === 'degraded' && step.state.diagnosis?.code === NOT_ANSWERING
        ? probe(patch(step, {diagnosis: awaitedTokenFinding()}))
        : step;
    case 'drained':
      return step.state.state === 'draining' ? beginTermination(step, event.atMs) : step;
    case 'engine-exited':
      return onExited(step, event);
    case 'processes-gone':
      return onProcessesGone(step, event.atMs);
    case 'memory-freed':
      if (!step.state.internal.isSessionGone) return step;
      return settleIfGone(patchInternal(step, {isMemoryFreed: true}));
  }
}

/** Ranks log their phases in turn, so a line of an earlier phase than the current one changes nothing. */
function onPhase(step: Step, phase: StartPhase, ratio: number | null, atMs: number): Step {
  const {state} = step;
  const {isAdopted} = state.internal;
  if (state.state !== 'starting') return step;
  const presentIndex = state.phase === null ? -1 : startPhases.indexOf(state.phase);
  const index = startPhases.indexOf(phase);
  if (index < presentIndex) return step;
  const isNew = index > presentIndex;
  const known = isNew || !isPresent(state.progressRatio) ? 0 : state.progressRatio;
  const bounded = ratio === null || !Number.isFinite(ratio) ? null : Math.max(known, Math.min(1, Math.max(0, ratio)));
  const unknown = isNew ? absent('the log shows no progress for this phase yet') : state.progressRatio;
  const moved = patch(step, {
    phase,
    progressRatio: bounded ?? unknown,
    phaseEnteredAtMs: isNew && !isAdopted ? {...state.phaseEnteredAtMs, [phase]: atMs} : state.phaseEnteredAtMs,
  });
  return isNew && phase === 'serve' ? probe(moved) : moved;
}

type Exited = {readonly status: number | null; readonly atMs: number; readonly past?: PastExit | null};

function onExited(step: Step, event: Exited): Step {
  const {status, atMs} = event;
  const {internal, run} = step.state;
  if (internal.hasExited || run === null) return step;
  const wasRequested = internal.isStopRequested;
  const timers = clearTimers(step, ['drain', 'terminate', 'probe', 'back-off', 'hang', 'stable']);
  const exited = patchInternal(patch(timers, {exit: {status, atMs: exitTime(event).atMs, wasRequested}}), {
    hasExited: true,
    isProbing: false,
  });
  const ending = wasRequested ? patch(exited, {state: 'stopping'}) : failAfterExit(exited, event);
  return internal.isSessionGone ? settleIfGone(recordEnd(ending, atMs)) : beginCleanup(ending);
}

/** A record from the future is of a clock that was wrong: it says no more than none. */
function exitTime({atMs, past}: Exited): CrashTime {
  if (past == null) return {atMs, servedUntilMs: atMs};
  const {exitedAtMs, seenAtMs} = past;
  if (exitedAtMs === null || exitedAtMs > atMs) return {atMs: null, servedUntilMs: Math.min(atMs, seenAtMs ?? atMs)};
  return {atMs: exitedAtMs, servedUntilMs: exitedAtMs};
}

function failAfterExit(step: Step, event: Exited): Step {
  const {status, atMs, past} = event;
  const diagnosis = exitDiagnosis(step.state, status, atMs);
  const time = exitTime(event);
  const counted = withCrash(step, diagnosis, time);
  const failed = patch(counted, {state: 'failed', diagnosis, progressRatio: absent('the engine exited')});
  return answerFailure(failed, diagnosis, {atMs, servedUntilMs: time.servedUntilMs, past: past ?? null});
}

/** The log is read with a short delay, so the line with the cause may arrive after the exit. */
function onLogFailure(step: Step, finding: Finding, atMs: number): Step {
  const {state, internal} = step.state;
  const known = internal.logFailure;
  const isRecent = known !== null && atMs - known.atMs <= FAILURE_LINE_MAX_AGE_MS;
  if (isRecent && known.finding.severity === 'critical' && finding.severity !== 'critical') return step;
  const noted = patchInternal(step, {logFailure: {finding, atMs}});
  const isLate = internal.hasExited && !internal.isStopRequested && (state === 'failed' || state === 'backing-off');
  return isLate ? withCrashCause(patch(noted, {diagnosis: finding}), finding) : noted;
}

function exitDiagnosis(state: LifecycleState, status: number | null, atMs: number): Finding {
  const {logFailure} = state.internal;
  if (logFailure === null) return unexplainedExitFinding(status, state.phase);
  const isRecent = state.readyAtMs === null || atMs - logFailure.atMs <= FAILURE_LINE_MAX_AGE_MS;
  return isRecent ? logFailure.finding : unexplainedExitFinding(status, state.phase);
}

function onProcessesGone(step: Step, atMs: number): Step {
  const {internal} = step.state;
  if (internal.isSessionGone) return step;
  const gone = patchInternal(clearTimers(step, ['terminate', 'kill']), {isSessionGone: true, hasSurvivedKill: false});
  const waiting = setTimer(noLongerStuck(gone), 'memory', internal.policy.memoryGraceMs);
  return internal.hasExited ? recordEnd(waiting, atMs) : waiting;
}

/** Processes that survived SIGKILL have exited: the stop continues. */
function noLongerStuck(step: Step): Step {
  const isStuck = step.state.diagnosis?.code === PROCESSES_REMAIN;
  return isStuck ? patch(step, {state: 'stopping', diagnosis: null}) : step;
}

function recordEnd(step: Step, atMs: number): Step {
  const {run, exit} = step.state;
  if (run === null || exit === null) return step;
  const {status, wasRequested} = exit;
  return emit(step, {type: 'record', entry: {type: 'run-ended', runId: run.runId, atMs, status, wasRequested}});
}

/** The run is over once its exit is known, its session gone and its memory free. */
function settleIfGone(step: Step): Step {
  const {hasExited, isSessionGone, isMemoryFreed} = step.state.internal;
  return hasExited && isSessionGone && isMemoryFreed ? settle(step) : step;
}

function settle(step: Step): Step {
  const {pending, state} = step.state;
  const timers = clearTimers(step, ['memory', 'kill', 'terminate', 'probe', 'drain']);
  const over = patch(timers, {run: null, phase: null});
  if (pending !== null) return beginPreflight(over, pending);
  if (state === 'failed' || state === 'backing-off') return over;
  return patch(over, {state: 'stopped', diagnosis: null, progressRatio: absent('the engine is stopped')});
}

/** SIGKILL did not end the run: nothing may be started next to it. The supervisor keeps checking. */
export function onKillTimer(step: Step): Step {
  const {state, internal} = step.state;
  if (internal.isSessionGone) return step;
  const survived = patchInternal(step, {hasSurvivedKill: true});
  // After a crash its reason stays, next to this one.
  if (state !== 'stopping') return survived;
  return patch(survived, {
    state: 'failed',
    pending: null,
    diagnosis: processesRemainFinding(internal.policy.killGraceMs),
  });
}

/** Memory was not released, or the exit was never reported: the run is over, and a waiting start is not safe. */
export function onMemoryTimer(step: Step, atMs: number): Step {
  const exited = step.state.internal.hasExited ? step : onExited(step, {status: null, atMs});
  const {internal, state, pending, diagnosis, run} = exited.state;
  if (run === null || internal.isMemoryFreed) return settleIfGone(exited);
  const hadFailed = state === 'failed' || state === 'backing-off';
  const finding = memoryNotFreedFinding(internal.policy.memoryGraceMs, pending !== null);
  const isFailure = hadFailed || pending !== null;
  const over = settle(patch(exited, {pending: null, state: isFailure && !hadFailed ? 'failed' : state}));
  return patch(over, {diagnosis: hadFailed ? diagnosis : finding});
}

/** The driver has released the memory of a run that was over already: nothing is wrong with the GPUs any more. */
export function onLateMemory(step: Step): Step {
  const {run, state, diagnosis} = step.state;
  const isDown = state === 'stopped' || state === 'failed';
  if (run !== null || !isDown || diagnosis?.code !== MEMORY_NOT_FREED) return step;
  return patch(step, {state: 'stopped', diagnosis: null, progressRatio: absent('the engine is stopped')});
}
