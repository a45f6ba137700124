import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {
  LifecycleEvent,
  LifecycleState,
  LifecycleTimer,
  Transition,
} from '../../../src/domain/lifecycle/lifecycle.ts';
import {defaultRestartPolicy} from '../../../src/domain/lifecycle/restart-policy.ts';
import type {RunIdentity} from '../../../src/domain/lifecycle/run-identity.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import {type LaunchSettings, plainParallelism} from '../../../src/domain/settings/launch-settings.ts';

/** An event as a test writes it: the time is filled in. */
export type TimelessEvent = LifecycleEvent extends infer E ? (E extends unknown ? Omit<E, 'atMs'> : never) : never;

export function settingsOf(contextLengthTokens = 131_072): LaunchSettings {
  return {
    engine: 'vllm',
    model: 'moonshotai/Kimi-K2.7-Code',
    format: 'int4',
    servedModelName: 'kimi-k2.7-code',
    host: '127.0.0.1',
    port: 8000,
    tensorParallelSize: 8,
    ...plainParallelism,
    contextLengthTokens,
    memoryFraction: 0.9,
    kvCacheDtype: 'auto',
    maxRunningRequests: null,
    extraArguments: [],
  };
}

export function runOf(number: number): RunIdentity {
  return {
    runId: `run-${number}`,
    pid: 1000 + number,
    sessionId: 500 + number,
    startTimeTicks: String(100_000 + number),
    bootId: 'boot',
    startedAtMs: 1_000,
    directory: `/state/runs/run-${number}`,
  };
}

export function findingOf(code: string, severity: Finding['severity'] = 'critical'): Finding {
  return {code, severity, message: `${code} happened.`, evidence: null, remedy: 'Look.', settingsChange: null};
}

/** Runs events one after the other, a second apart, from a state; the last transition comes back. */
export function after(events: readonly TimelessEvent[], from: LifecycleState = initialLifecycleState()): Transition {
  let last: Transition = {state: from, effects: []};
  let atMs = 10_000;
  for (const event of events) {
    atMs += 1_000;
    last = transition(last.state, {...event, atMs});
  }
  return last;
}

/** The firing of a timer that is alive. */
export function firing(state: LifecycleState, timer: LifecycleTimer): TimelessEvent {
  const id = state.internal.timerIds[timer];
  if (id === undefined) throw new Error(`no timer ${timer} is alive in state ${state.state}`);
  return {type: 'timer-fired', timer, id};
}

const run = runOf(1);
const {runId} = run;
export const startEvent = {type: 'start-requested', settings: settingsOf(), force: false} as const;
export const stopEvent = {type: 'stop-requested', drainMs: 0} as const;
export const toStarting: readonly TimelessEvent[] = [
  startEvent,
  {type: 'preflight-passed', attempt: 1},
  {type: 'engine-spawned', run},
];
export const toReady: readonly TimelessEvent[] = [...toStarting, {type: 'probe-succeeded', runId}];
export const goneEvents: readonly TimelessEvent[] = [
  {type: 'processes-gone', runId},
  {type: 'memory-freed', runId},
];

/** One state of every kind that an operator can meet, by name. */
export function statesByName(): Readonly<Record<string, LifecycleState>> {
  const manual = initialLifecycleState({policy: {restart: {...defaultRestartPolicy, isAutomatic: false}}});
  const exited = {type: 'engine-exited', runId, status: 1} as const;
  return {
    stopped: initialLifecycleState(),
    preflight: after([startEvent]).state,
    'starting (launching)': after(toStarting.slice(0, 2)).state,
    'starting (loading)': after(toStarting).state,
    ready: after(toReady).state,
    degraded: after([
      ...toReady,
      {type: 'progress-stalled', runId, stall: {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0}},
    ]).state,
    draining: after([...toReady, {type: 'stop-requested', drainMs: 60_000}]).state,
    stopping: after([...toReady, stopEvent]).state,
    'failed (processes left)': after([...toReady, exited], manual).state,
    failed: after([...toReady, exited, ...goneEvents], manual).state,
    'backing-off': after([...toReady, exited, ...goneEvents]).state,
  };
}
