import {detailsOf} from '../diagnosis/details/details.ts';
import type {Finding} from '../diagnosis/finding.ts';
import {sameSettings} from '../settings/settings-difference.ts';
import {crashLoopFinding, recordedCrashes, wasStable, watchRestOfStability, withCrash} from './crashes.ts';
import {intendRestart} from './intention/begin-intention.ts';
import type {Intention} from './intention/intention.ts';
import {tooLateFor} from './intention/time-left.ts';
import {isHang} from './lifecycle-findings.ts';
import {isCuredByRestart, type RestartPolicy, restartDelayMs} from './restart-policy.ts';
import type {PastExit} from './run-identity.ts';
import {beginTermination, clearTimers, emit, patch, patchInternal, type Step, setTimer} from './step.ts';

/** `servedUntilMs`: until when the run is known to have served; `past` where it exited before it was watched. */
type FailureTime = {readonly atMs: number; readonly servedUntilMs: number; readonly past: PastExit | null};

/**
 * What happens automatically after a failure: the last good settings, if requested and the failed ones never served;
 * otherwise a delayed restart, if the policy allows it and it can help; otherwise the engine stays down with a reason.
 * Failed starts that the operator requested are not repeated: they would fail the same way. What failed long ago while
 * nobody watched is not answered any more, because someone looks at it now: that is given up until the operator acts.
 */
export function answerFailure(failed: Step, cause: Finding, {atMs, servedUntilMs, past}: FailureTime): Step {
  const answered = rollBack(failed, cause, atMs) ?? backOff(failed, cause, {atMs, servedUntilMs});
  const reason = past === null ? null : tooLateFor(past, atMs);
  const {intention, internal} = answered.state;
  if (reason === null || intention === null || intention === failed.state.intention) return answered;
  const givenUp = {intention, step: 'checking', reason, atMs} as const;
  const stays = patch(failed, {intention, continuedStep: null, givenUp});
  return patchInternal(stays, {intentions: internal.intentions, consecutiveRestarts: 0});
}

function rollBack(failed: Step, cause: Finding, atMs: number): Step | null {
  const {internal, readyAtMs, settings} = failed.state;
  const {rollbackTo} = internal;
  if (rollbackTo === null || readyAtMs !== null || settings === null || sameSettings(rollbackTo, settings)) return null;
  const returning = patch(failed, {
    state: 'stopping',
    pending: {settings: rollbackTo, force: false, isAutomatic: true},
    rolledBack: {settings, cause, atMs},
    crashes: null,
  });
  return intendRestart(returning, 'rollback', atMs);
}

function backOff(failed: Step, cause: Finding, {atMs, servedUntilMs}: Omit<FailureTime, 'past'>): Step {
  const {internal, readyAtMs, settings} = failed.state;
  const policy = internal.policy.restart;
  const restarts = wasStable(failed.state, servedUntilMs) ? 0 : internal.consecutiveRestarts;
  const stays = patchInternal(failed, {consecutiveRestarts: 0});
  const isOperatorsStart = readyAtMs === null && restarts === 0;
  if (!policy.isAutomatic || isOperatorsStart || !isCuredByRestart(cause, readyAtMs !== null)) return stays;
  if (restarts >= policy.maxRestarts) return restarts === 0 ? stays : withLoopDiagnosis(stays);
  const attempt = restarts + 1;
  const delayMs = restartDelayMs(policy, attempt, seedOf(failed, settings?.model ?? ''));
  const waiting = patch(failed, {
    state: 'backing-off',
    backOff: {attempt, maxAttempts: policy.maxRestarts, untilMs: atMs + delayMs},
  });
  const counted = patchInternal(waiting, {consecutiveRestarts: attempt, rollbackTo: null});
  return setTimer(intendRestart(counted, 'crash', atMs), 'back-off', delayMs);
}

/** An engine that stays down because restarting did not help. */
function withLoopDiagnosis(step: Step): Step {
  const {crashes} = step.state;
  return crashes === null ? step : patch(step, {diagnosis: crashLoopFinding(step.state, crashes)});
}

function seedOf({state: {run, internal}}: Step, fallback: string): string {
  return run?.runId ?? `${fallback}#${internal.attempt}`;
}

/**
 * A hang is restarted only after some time: compiling a new shape takes over a minute, a long prefill even longer. The
 * time counts from the first sign of it, whatever is found out about the hang later.
 */
export function watchHang(degraded: Step): Step {
  const {policy, timerIds} = degraded.state.internal;
  const {hangRestartAfterMs, isAutomatic} = policy.restart;
  const isWatched = timerIds.hang !== undefined;
  return hangRestartAfterMs === null || !isAutomatic || isWatched
    ? degraded
    : setTimer(degraded, 'hang', hangRestartAfterMs);
}

/**
 * Another policy: it answers failures from now on. A scheduled restart that it does not allow is cancelled; the time
 * of a hang counts from now, that of a stable run since it was ready.
 */
export function onPolicyChanged(step: Step, restart: RestartPolicy, atMs: number): Step {
  const {state, backOff, diagnosis, internal} = step.state;
  if (JSON.stringify(restart) === JSON.stringify(internal.policy.restart)) return step;
  const changed = watchRestOfStability(patchInternal(step, {policy: {...internal.policy, restart}}), atMs);
  if (state === 'degraded') return isHung(diagnosis) ? watchHang(clearTimers(changed, ['hang'])) : changed;
  if (state !== 'backing-off' || backOff === null) return changed;
  if (restart.isAutomatic && backOff.attempt <= restart.maxRestarts) {
    return patch(changed, {backOff: {...backOff, maxAttempts: restart.maxRestarts}});
  }
  return patch(clearTimers(changed, ['back-off']), {state: 'failed', backOff: null});
}

/** Whether a policy allows what an earlier one has decided; what an operator asked for is always allowed. */
export function isAllowed({cause, backOff, crashes}: Intention, policy: RestartPolicy): boolean {
  const {isAutomatic, maxRestarts, hangRestartAfterMs} = policy;
  if (cause === 'operator' || cause === 'rollback') return true;
  const attempt = backOff?.attempt ?? crashes?.restarts ?? 1;
  return isAutomatic && attempt <= maxRestarts && (cause !== 'hang' || hangRestartAfterMs !== null);
}

/** True for the diagnosis of a hang; an engine that is degraded for another reason is not restarted. */
function isHung(diagnosis: Finding | null): diagnosis is Finding {
  return diagnosis !== null && isHang(diagnosis.code);
}

/** True for an engine whose own counters show that it hangs. */
export function isStalled(diagnosis: Finding | null): boolean {
  return diagnosis !== null && detailsOf(diagnosis, 'lifecycle.not-generating')?.stall != null;
}

/** The next supervisor of this run counts on from there. */
function recordHung(hung: Step, atMs: number): Step {
  const {run} = hung.state;
  const crashes = recordedCrashes(hung.state);
  if (run === null || crashes === null) return hung;
  return emit(hung, {type: 'record', entry: {type: 'run-hung', runId: run.runId, atMs, crashes}});
}

/** Still no step or no answer: the engine is stopped and restarted, and this counts as an unexpected exit. */
export function onHangTimer(step: Step, atMs: number): Step {
  const {state, settings, internal, diagnosis} = step.state;
  if (state !== 'degraded' || settings === null || !isHung(diagnosis)) return step;
  const restarts = wasStable(step.state, atMs) ? 0 : internal.consecutiveRestarts;
  const hung = withCrash(step, diagnosis, {atMs, servedUntilMs: atMs});
  if (restarts >= internal.policy.restart.maxRestarts) return recordHung(hung, atMs);
  const counted = patchInternal(clearTimers(hung, ['probe', 'hang']), {consecutiveRestarts: restarts + 1});
  const restarting = patch(counted, {pending: {settings, force: internal.force, isAutomatic: true}});
  return beginTermination(intendRestart(restarting, 'hang', atMs), atMs);
}
