import {absent} from '../../samples/reading.ts';
import type {LaunchSettings} from '../settings/launch-settings.ts';
import type {LifecycleEffect, LifecycleInternal, LifecycleState, LifecycleTimer, StartRequest} from './lifecycle.ts';
import {defaultLifecyclePolicy, type LifecyclePolicy} from './restart-policy.ts';

/** An intermediate state with the effects so far: passed between the reducer's parts. */
export type Step = {readonly state: LifecycleState; readonly effects: readonly LifecycleEffect[]};

/** Changes part of the state. */
export function patch(step: Step, change: Partial<Omit<LifecycleState, 'internal'>>): Step {
  return {...step, state: {...step.state, ...change}};
}

/** Changes part of the reducer's internal state. */
export function patchInternal(step: Step, change: Partial<LifecycleInternal>): Step {
  return {...step, state: {...step.state, internal: {...step.state.internal, ...change}}};
}

/** Adds effects after the existing ones. */
export function emit(step: Step, ...effects: readonly LifecycleEffect[]): Step {
  return {...step, effects: [...step.effects, ...effects]};
}

/** Starts a timer, replacing one of the same name. */
export function setTimer(step: Step, timer: LifecycleTimer, afterMs: number): Step {
  const {nextTimerId, timerIds} = step.state.internal;
  const armed = patchInternal(step, {
    nextTimerId: nextTimerId + 1,
    timerIds: {...timerIds, [timer]: nextTimerId},
  });
  return emit(armed, {type: 'set-timer', timer, id: nextTimerId, afterMs});
}

/** Clears active timers; one that already fired is then recognized by its id. */
export function clearTimers(step: Step, timers: readonly LifecycleTimer[]): Step {
  const {timerIds} = step.state.internal;
  const alive = timers.filter((timer) => timerIds[timer] !== undefined);
  if (alive.length === 0) return step;
  const kept = Object.entries(timerIds).filter(([timer]) => !alive.some((name) => name === timer));
  const cleared = patchInternal(step, {timerIds: Object.fromEntries(kept)});
  return emit(cleared, ...alive.map((timer) => ({type: 'clear-timer', timer}) as const));
}

const allTimers: readonly LifecycleTimer[] = [
  'drain',
  'terminate',
  'kill',
  'memory',
  'probe',
  'back-off',
  'hang',
  'stable',
];

/** Clears every timer. */
export function clearAllTimers(step: Step): Step {
  return clearTimers(step, allTimers);
}

/** Starts at the first step. Only when no process of an earlier run can exist. */
export function beginPreflight(step: Step, request: StartRequest): Step {
  const attempt = step.state.internal.attempt + 1;
  const begun = patch(clearAllTimers(step), {
    state: 'preflight',
    phase: null,
    progressRatio: absent('the engine has not been started yet'),
    phaseEnteredAtMs: {},
    settings: request.settings,
    pending: null,
    readyAtMs: null,
    exit: null,
    diagnosis: null,
    facts: {},
    version: null,
    backOff: null,
  });
  return emit(
    patchInternal(begun, {attempt, force: request.force, rollbackTo: request.rollbackTo ?? null, ...freshRun}),
    {
      type: 'run-preflight',
      attempt,
      settings: request.settings,
      force: request.force,
      isAutomatic: request.isAutomatic ?? false,
    },
  );
}

/** Sends one readiness probe, unless one is pending. */
export function probe(step: Step): Step {
  const {run, internal} = step.state;
  if (run === null || internal.isProbing) return step;
  const cleared = patchInternal(clearTimers(step, ['probe']), {isProbing: true});
  return emit(cleared, {type: 'probe-readiness', runId: run.runId});
}

/** Records, once per run, that its stop was requested. */
export function noteStopRequested(step: Step, atMs: number): Step {
  const {run, internal} = step.state;
  if (internal.isStopRequested) return step;
  const noted = patchInternal(step, {isStopRequested: true});
  if (run === null) return noted;
  return emit(noted, {type: 'record', entry: {type: 'run-stop-requested', runId: run.runId, atMs}});
}

/** Stops the run cleanly: SIGTERM to the engine only, with a time limit. */
export function beginTermination(step: Step, atMs: number): Step {
  const {run, internal} = step.state;
  const stopping = patch(noteStopRequested(clearAllTimers(step), atMs), {
    state: 'stopping',
    phase: null,
    progressRatio: absent('the engine is stopping'),
    backOff: null,
  });
  if (run === null) return stopping;
  const asked = emit(stopping, {type: 'terminate-leader', run});
  return setTimer(asked, 'terminate', internal.policy.terminateGraceMs);
}

/** Kills what remains of the run and verifies that it is gone. */
export function beginCleanup(step: Step): Step {
  const {run, internal} = step.state;
  if (run === null) return step;
  if (internal.isSessionGone) {
    return setTimer(emit(step, {type: 'verify-stopped', run}), 'memory', internal.policy.memoryGraceMs);
  }
  const forced = emit(clearTimers(step, ['terminate']), {type: 'kill-session', run}, {type: 'verify-stopped', run});
  return setTimer(forced, 'kill', internal.policy.killGraceMs);
}

/** Internal state before a run. */
export const freshRun = {
  isStopRequested: false,
  hasExited: false,
  isSessionGone: false,
  hasSurvivedKill: false,
  isMemoryFreed: false,
  isProbing: false,
  consecutiveProbeFailures: 0,
  consecutiveWrongAnswers: 0,
  consecutiveBrokenOutputs: 0,
  startTimeouts: null,
  brokenOutput: null,
  isTextUnchecked: false,
  logFailure: null,
  keptState: null,
  isAdopted: false,
} as const;

/** A lifecycle without an engine. `lastGoodSettings` comes from the journal of earlier runs. */
export function initialLifecycleState(
  options: {
    readonly lastGoodSettings?: LaunchSettings | null;
    readonly lastStartedAtMs?: number | null;
    readonly policy?: Partial<LifecyclePolicy>;
  } = {},
): LifecycleState {
  return {
    state: 'stopped',
    stateSinceMs: null,
    phase: null,
    progressRatio: absent('the engine is not starting'),
    phaseEnteredAtMs: {},
    settings: null,
    pending: null,
    run: null,
    lastStartedAtMs: options.lastStartedAtMs ?? null,
    readyAtMs: null,
    exit: null,
    diagnosis: null,
    facts: {},
    version: null,
    lastGoodSettings: options.lastGoodSettings ?? null,
    backOff: null,
    drainUntilMs: null,
    rolledBack: null,
    crashes: null,
    intention: null,
    continuedStep: null,
    givenUp: null,
    internal: {
      policy: {...defaultLifecyclePolicy, ...options.policy},
      attempt: 0,
      force: false,
      rollbackTo: null,
      isSpawning: false,
      ...freshRun,
      consecutiveRestarts: 0,
      nextTimerId: 1,
      intentions: 0,
      timerIds: {},
    },
  };
}
