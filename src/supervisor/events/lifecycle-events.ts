import type {EventActor, NewEvent} from '../../api/event-schema.ts';
import type {Finding} from '../../domain/diagnosis/finding.ts';
import type {LifecycleState} from '../../domain/lifecycle/lifecycle.ts';
import {isServingState} from '../../domain/lifecycle/phases.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {versionsText} from '../../domain/settings/setting-text.ts';
import {changeBetween} from '../../domain/settings/settings-difference.ts';
import {changedNames, type SettingName, settingsTable, summarizeSetting} from '../../domain/settings/settings-table.ts';
import {isPending, type PendingRequests} from '../../domain/traffic/forward-progress.ts';
import {findEngine} from '../../engines/registry.ts';
import {countText} from '../../shared/quantities/counts.ts';
import {roughDurationText, secondsText} from '../../shared/quantities/durations.ts';

/** The cause of a lifecycle change; null if only the engine and the policy act. */
export type Cause = 'command' | 'adoption' | null;

/**
 * The events of a lifecycle change: how a run exited, the new state, and changed settings. Progress within a state is
 * not an event.
 */
export function eventsOfChange(
  state: LifecycleState,
  before: LifecycleState,
  {atMs, cause, pending = null}: When,
): NewEvent[] {
  const runId = state.run?.runId ?? before.run?.runId ?? null;
  const place = {atMs, runId};
  return [
    ...newRun(state, before, cause),
    ...settingsChange(state, before, cause),
    // What is taken over with the intention was reported by the supervisor that saw it.
    ...(cause === 'adoption' ? [] : ending(state, before)),
    ...entered(state, before, {atMs, cause, pending}),
  ].map((event) => ({...event, ...place}));
}

type When = {
  readonly atMs: number;
  readonly cause: Cause;
  /** What the engine had to work on when it last reported it; null if unknown. */
  readonly pending?: PendingRequests | null;
};

type Happening = Omit<NewEvent, 'atMs' | 'runId'>;

/** A newly managed process: just started, or started by an earlier supervisor. */
function newRun({run}: LifecycleState, before: LifecycleState, cause: Cause): Happening[] {
  if (run === null || run.runId === before.run?.runId) return [];
  const isAdopted = cause === 'adoption';
  const message = isAdopted
    ? `Adopted the engine of an earlier supervisor (pid ${run.pid}).`
    : `Engine process started (pid ${run.pid}).`;
  const code = isAdopted ? 'engine.adopted' : 'engine.spawned';
  return [{code, severity: 'info', actor: 'supervisor', message, details: {pid: run.pid}}];
}

function settingsChange(state: LifecycleState, before: LifecycleState, cause: Cause): Happening[] {
  const {settings} = state;
  if (settings === null || before.settings === null || settings === before.settings) return [];
  const earlier = before.settings;
  const names = changedNames(changeBetween(earlier, settings));
  if (names.length === 0) return [];
  const changes = names.map((name) => {
    const [from, to] = [summarizeSetting(name, earlier[name]), summarizeSetting(name, settings[name])];
    return `${settingsTable[name].label} ${versionsText(from, to, ' to ')}`;
  });
  const isRollback = state.rolledBack !== null && state.rolledBack !== before.rolledBack;
  const takesBack = isRollback || (cause === null && state.rolledBack !== null);
  return [
    {
      code: 'settings.changed',
      severity: takesBack ? 'warning' : 'info',
      actor: cause === 'command' ? 'operator' : takesBack ? 'policy' : 'operator',
      message: `${takesBack ? 'Returned to the last good settings: ' : 'Settings changed: '}${changes.join(', ')}.`,
      details: Object.fromEntries(
        names.map((name) => [name, {from: recorded(name, earlier), to: recorded(name, settings)}]),
      ),
    },
  ];
}

/** A value for the event's details; for a list only its length, because it may contain a secret. */
function recorded(name: SettingName, settings: LaunchSettings): string | null {
  const value = settings[name];
  if (value === null) return null;
  return typeof value === 'object' ? summarizeSetting(name, value) : String(value);
}

function ending(state: LifecycleState, before: LifecycleState): Happening[] {
  const {exit} = state;
  if (exit === null || !hasJustEnded(state, before)) return [];
  const how = exit.status === null ? 'exit status unknown' : `exit status ${statusText(exit.status)}`;
  const when = exit.atMs === null ? ' at an unknown time' : '';
  const details = {status: exit.status, wasRequested: exit.wasRequested, exitedAtMs: exit.atMs};
  if (exit.wasRequested) {
    return [
      {
        code: 'engine.exited',
        severity: 'info',
        actor: 'engine',
        message: `The engine exited as requested${when}: ${how}.`,
        details,
      },
    ];
  }
  const {diagnosis} = state;
  return [
    {
      code: 'engine.exited',
      severity: 'critical',
      actor: actorOf(diagnosis),
      message: `The engine exited unexpectedly${when}: ${how}.${diagnosis === null ? '' : ` ${diagnosis.message}`}`,
      details: {...details, ...findingDetails(diagnosis)},
    },
  ];
}

/** As a shell reports it; above 128 it was killed by a signal. */
function statusText(status: number): string {
  const signals: Readonly<Partial<Record<number, string>>> = {
    129: 'SIGHUP',
    130: 'SIGINT',
    134: 'SIGABRT',
    135: 'SIGBUS',
    137: 'SIGKILL',
    139: 'SIGSEGV',
    143: 'SIGTERM',
  };
  const name = signals[status];
  return name === undefined ? String(status) : `${status} (${name})`;
}

function entered(state: LifecycleState, before: LifecycleState, when: When): Happening[] {
  const {cause} = when;
  if (state.state === before.state || (cause === 'adoption' && before.run === null && state.run !== null)) return [];
  const {severity, actor, message, details = {}} = textOf(state, before, when);
  const byWhom = cause === 'command' ? 'operator' : actor;
  return [{code: `engine.${state.state}`, severity, actor: byWhom, message, details: {from: before.state, ...details}}];
}

function startingText({internal}: LifecycleState): string {
  return internal.force
    ? 'Starting the engine with --force: failed checks do not prevent it.'
    : 'Checks passed; starting the engine.';
}

type EventText = Pick<Happening, 'severity' | 'actor' | 'message'> & {readonly details?: Happening['details']};

function textOf(state: LifecycleState, before: LifecycleState, {atMs, cause, pending = null}: When): EventText {
  const {diagnosis, settings} = state;
  switch (state.state) {
    case 'preflight': {
      // No command: a scheduled start begins.
      const actor = before.state === 'backing-off' ? 'policy' : 'supervisor';
      const what =
        settings === null
          ? 'the engine'
          : `${settings.model} on ${findEngine(settings.engine)?.displayName ?? settings.engine}`;
      return {severity: 'info', actor, message: `Checking before the start of ${what}.`};
    }
    case 'starting':
      return {severity: 'info', actor: 'supervisor', message: startingText(state)};
    case 'ready':
      return readyText(state, before);
    case 'degraded':
      return {
        severity: diagnosis?.severity ?? 'warning',
        actor: 'engine',
        message: diagnosis?.message ?? 'The engine answers but does not generate tokens.',
        details: findingDetails(diagnosis),
      };
    case 'draining':
      return {
        severity: 'info',
        actor: 'policy',
        message: `The engine stops when its running requests have finished${latestText(state.drainUntilMs, atMs)}.`,
      };
    case 'stopping':
      return withDropped(stoppingText(state, before, cause), before, pending);
    case 'stopped':
      return {severity: 'info', actor: 'supervisor', message: 'The engine is stopped; all its processes have exited.'};
    case 'failed':
      return {
        severity: 'critical',
        actor: actorOf(diagnosis),
        // The exit of the process was just reported with its reason.
        message: hasJustEnded(state, before)
          ? 'The engine stays down: it is not restarted automatically.'
          : `The engine is down. ${diagnosis?.message ?? 'The reason is unknown.'}`,
        details: findingDetails(diagnosis),
      };
    case 'backing-off':
      return backingOffText(state, before);
  }
}

function latestText(untilMs: number | null, atMs: number): string {
  return untilMs === null ? '' : `, in ${secondsText(Math.max(0, untilMs - atMs))} at the latest`;
}

function readyText({run, readyAtMs}: LifecycleState, before: LifecycleState): EventText {
  if (before.state === 'degraded' && before.readyAtMs !== null) {
    return {severity: 'info', actor: 'engine', message: 'The engine generates tokens again.'};
  }
  const tookMs = run === null || readyAtMs === null ? null : readyAtMs - run.startedAtMs;
  return {
    severity: 'info',
    actor: 'engine',
    message: `The engine is ready${tookMs === null ? '' : `, ${roughDurationText(tookMs)} after its start`}.`,
    details: tookMs === null ? {} : {startMs: tookMs},
  };
}

function stoppingText(state: LifecycleState, before: LifecycleState, cause: Cause): EventText {
  if (state.rolledBack !== null && state.rolledBack !== before.rolledBack) {
    return {
      severity: 'warning',
      actor: 'policy',
      message: `The new settings did not become ready; returning to the last good ones: ${state.rolledBack.cause.message}`,
      details: findingDetails(state.rolledBack.cause),
    };
  }
  if (cause === null && before.state === 'degraded' && state.pending !== null) {
    return {severity: 'warning', actor: 'policy', message: 'The engine hung for too long; restarting it.'};
  }
  return {severity: 'info', actor: 'supervisor', message: 'Stopping the engine.'};
}

/** Requests that an engine loses by its stop; an engine that finishes them first keeps them. */
function withDropped(text: EventText, {state, exit}: LifecycleState, pending: PendingRequests | null): EventText {
  if (!isServingState(state) || exit !== null || pending === null || !isPending(pending)) return text;
  const {runningRequests, waitingRequests} = pending;
  const counts = [
    ...(runningRequests > 0 ? [`${countText(runningRequests)} running`] : []),
    ...(waitingRequests > 0 ? [`${countText(waitingRequests)} waiting`] : []),
  ];
  const requests = runningRequests + waitingRequests === 1 ? 'request is' : 'requests are';
  return {
    ...text,
    message: `${text.message} ${counts.join(' and ')} ${requests} dropped unless finished before it exits.`,
    details: {...text.details, runningRequests, waitingRequests},
  };
}

function hasJustEnded({exit}: LifecycleState, before: LifecycleState): boolean {
  if (exit === null || exit === before.exit) return false;
  // Two unknown times are not the same time.
  return exit.atMs === null || exit.atMs !== before.exit?.atMs;
}

function backingOffText(state: LifecycleState, before: LifecycleState): EventText {
  const {backOff, diagnosis, intention, exit} = state;
  if (backOff === null) return {severity: 'warning', actor: 'policy', message: 'An automatic restart is scheduled.'};
  const {attempt, maxAttempts, untilMs} = backOff;
  const isReported = hasJustEnded(state, before);
  // From the decision on: the exit may have been long before it.
  const decidedAtMs = intention?.backOff === backOff ? intention.requestedAtMs : (exit?.atMs ?? null);
  const isShown = isReported && decidedAtMs !== null;
  const pause = isShown ? `in ${roughDurationText(untilMs - decidedAtMs)}` : 'after a delay';
  const told = isReported ? null : diagnosis;
  const reason = told === null ? '' : ` ${told.message}`;
  return {
    severity: told?.severity ?? 'warning',
    actor: 'policy',
    message: `Automatic restart ${attempt} of ${maxAttempts} ${pause}.${reason}`,
    details: {attempt, maxAttempts, untilMs, ...findingDetails(diagnosis)},
  };
}

function findingDetails(finding: Finding | null): {readonly finding?: string} {
  return finding === null ? {} : {finding: finding.code};
}

/** Kernel and GPUs belong to the host. */
function actorOf(finding: Finding | null): EventActor {
  return finding !== null && /^(host|gpu|source\.nvidia-smi)\./.test(finding.code) ? 'host' : 'engine';
}
