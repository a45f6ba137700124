import {describe, expect, test} from 'vitest';
import type {LifecycleEvent, LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import type {KeptState} from '../../../src/domain/lifecycle/phases.ts';
import {keepState, recallState} from '../../../src/domain/lifecycle/state-since.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import {runOf, settingsOf} from './lifecycle-samples.ts';

const run = {...runOf(1), startedAtMs: 1_000};
const {runId} = run;
const settings = settingsOf();

function after(state: LifecycleState, ...events: readonly LifecycleEvent[]): LifecycleState {
  return events.reduce((reached, event) => transition(reached, event).state, state);
}

const silent = (atMs: number): LifecycleEvent => ({type: 'server-silent', runId, unansweredMs: 30_000, atMs});

/** An engine that was ready at 5,000, found by a supervisor at 100,000. */
function adopted(keptState: KeptState | null, change: {isStopRequested?: boolean; readyAtMs?: number | null} = {}) {
  const event = {type: 'engine-adopted', run, settings, readyAtMs: 5_000, keptState, atMs: 100_000, ...change} as const;
  return after(initialLifecycleState(), event);
}

describe('a state', () => {
  test('lasts since the event that led to it, and events within it change nothing', () => {
    const begun = after(initialLifecycleState(), {type: 'start-requested', settings, force: false, atMs: 10});
    expect(begun).toMatchObject({state: 'preflight', stateSinceMs: 10});
    const {attempt} = begun.internal;
    const loading = after(
      begun,
      {type: 'preflight-passed', attempt, atMs: 20},
      {type: 'engine-spawned', run, atMs: 30},
      {type: 'log-phase', runId, phase: 'load-weights', atMs: 40},
    );
    expect(loading).toMatchObject({state: 'starting', stateSinceMs: 20});
    const degraded = after(loading, {type: 'probe-succeeded', runId, atMs: 50}, silent(60));
    expect(degraded).toMatchObject({state: 'degraded', stateSinceMs: 60});
    expect(keepState(degraded)).toEqual({state: 'degraded', sinceMs: 60});
    expect(keepState(initialLifecycleState())).toBeNull();
  });
});

describe('of an adopted run', () => {
  test('a degraded engine has been so since an earlier supervisor saw it, once it is found degraded again', () => {
    const found = adopted({state: 'degraded', sinceMs: 40_000});
    expect(found).toMatchObject({state: 'ready', stateSinceMs: null});
    expect(after(found, silent(101_000))).toMatchObject({state: 'degraded', stateSinceMs: 40_000});
    const again = after(found, silent(101_000), {type: 'probe-succeeded', runId, atMs: 102_000}, silent(103_000));
    expect(again).toMatchObject({state: 'degraded', stateSinceMs: 103_000});
  });

  test('what was kept is kept again until it is confirmed or disproved', () => {
    const kept = {state: 'degraded', sinceMs: 40_000} as const;
    const found = adopted(kept);
    expect(keepState(found)).toEqual(kept);
    expect(keepState(after(found, silent(101_000)))).toEqual(kept);
    const well = after(found, {type: 'probe-succeeded', runId, atMs: 101_000});
    expect(keepState(well)).toEqual({state: 'ready', sinceMs: 101_000});
  });

  test.each([
    ['the clock was not set', 50_000, 50_000, 40_000],
    ['it was set forward', 50_000, 90_000, 80_000],
    ['it was set back', 50_000, 20_000, 10_000],
    ['it would begin in the future', 30_000, 30_000, 30_000],
  ])('a stored state has its age: %s', (_, presentMs, nowMs, sinceMs) => {
    expect(recallState({state: 'degraded', sinceMs: 40_000}, presentMs, nowMs)).toEqual({state: 'degraded', sinceMs});
  });

  test('one that generates has recovered at an unknown time: it is ready since that was seen', () => {
    const well = after(adopted({state: 'degraded', sinceMs: 40_000}), {type: 'probe-succeeded', runId, atMs: 101_000});
    expect(well).toMatchObject({state: 'ready', stateSinceMs: 101_000});
    expect(after(well, silent(102_000)).stateSinceMs).toBe(102_000);
  });

  test.each([
    ['stopping', {isStopRequested: true}, {state: 'stopping', stateSinceMs: 40_000}],
    ['ready', {}, {state: 'ready', stateSinceMs: 40_000}],
    ['starting', {readyAtMs: null}, {state: 'starting', stateSinceMs: 40_000}],
  ] as const)('the same state lasts since before: %s', (state, change, expected) => {
    expect(adopted({state, sinceMs: 40_000}, change)).toMatchObject(expected);
  });

  test('without a record it is ready since it was, and starting since it began', () => {
    expect(adopted(null).stateSinceMs).toBe(5_000);
    expect(adopted(null, {readyAtMs: null}).stateSinceMs).toBe(1_000);
    expect(adopted(null, {isStopRequested: true})).toMatchObject({state: 'stopping', stateSinceMs: null});
  });
});

test('the last start is known during and after the run, and while the next one is prepared', () => {
  expect(initialLifecycleState({lastStartedAtMs: 7}).lastStartedAtMs).toBe(7);
  const ended = after(
    adopted(null),
    {type: 'engine-exited', runId, status: 1, atMs: 110_000},
    {type: 'processes-gone', runId, atMs: 110_001},
    {type: 'memory-freed', runId, atMs: 110_002},
  );
  expect(ended.run).toBeNull();
  const next = after(ended, {type: 'start-requested', settings, force: false, atMs: 120_000});
  expect(next).toMatchObject({state: 'preflight', run: null, lastStartedAtMs: 1_000});
});
