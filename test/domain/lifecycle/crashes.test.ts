import {describe, expect, test} from 'vitest';
import {explainFindings} from '../../../src/domain/diagnosis/cause-chains.ts';
import {detailsOf, withDetails} from '../../../src/domain/diagnosis/details/details.ts';
import {failureFindings, recordedCrashes} from '../../../src/domain/lifecycle/crashes.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {defaultRestartPolicy} from '../../../src/domain/lifecycle/restart-policy.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import {after, findingOf, firing, runOf, settingsOf, startEvent, stopEvent, toReady} from './lifecycle-samples.ts';

const LOOP = 'lifecycle.crash-loop';
const {runId} = runOf(1);
const policy = {restart: {...defaultRestartPolicy, maxRestarts: 2}};

/** The run with this number ends, with a cause in its log, and is gone. */
function crash(state: LifecycleState, number: number): LifecycleState {
  const own = {runId: `run-${number}`} as const;
  return after(
    [
      {type: 'log-failure', ...own, finding: findingOf('vllm.out-of-memory')},
      {type: 'engine-exited', ...own, status: 1},
      {type: 'processes-gone', ...own},
      {type: 'memory-freed', ...own},
    ],
    state,
  ).state;
}

/** The scheduled restart, up to a run with this number. */
function restarted(state: LifecycleState, number: number): LifecycleState {
  const begun = after([firing(state, 'back-off')], state).state;
  const {attempt} = begun.internal;
  return after(
    [
      {type: 'preflight-passed', attempt},
      {type: 'engine-spawned', run: runOf(number)},
    ],
    begun,
  ).state;
}

function served(state: LifecycleState, number: number): LifecycleState {
  return after([{type: 'probe-succeeded', runId: `run-${number}`}], state).state;
}

const codesOf = (state: LifecycleState): readonly string[] => failureFindings(state).map(({code}) => code);

function loopOf(state: LifecycleState) {
  const [finding] = failureFindings(state);
  const facts = finding === undefined ? null : detailsOf(finding, LOOP);
  if (finding === undefined || facts === null) throw new Error(`no crash loop: ${codesOf(state).join(', ')}`);
  return {finding, facts};
}

const ready = after(toReady, initialLifecycleState({policy})).state;
const first = crash(ready, 1);

describe('crashes of an engine', () => {
  test('are one finding from the first one on, through waiting, starting and serving, with the cause as data', () => {
    const starting = restarted(first, 2);
    const again = served(starting, 2);
    for (const state of [first, starting, again]) {
      expect(codesOf(state)).toEqual([LOOP]);
      expect(loopOf(state).facts).toMatchObject({crashes: 1, cause: {code: 'vllm.out-of-memory'}});
    }
    expect(loopOf(first).facts.nextRestartAtMs).toBe(first.backOff?.untilMs);
    expect(loopOf(starting).facts.nextRestartAtMs).toBeNull();
    expect([first, starting, again].map((state) => loopOf(state).finding.severity)).toEqual([
      'critical',
      'critical',
      'warning',
    ]);
  });

  test('are counted since the first one, and stay on the screen when the engine stays down', () => {
    const second = crash(served(restarted(first, 2), 2), 2);
    expect(loopOf(second).facts).toMatchObject({crashes: 2, sinceMs: loopOf(first).facts.sinceMs});
    const third = crash(served(restarted(second, 3), 3), 3);
    expect(third).toMatchObject({state: 'failed', diagnosis: {code: LOOP}});
    expect(codesOf(third)).toEqual([LOOP]);
    expect(loopOf(third).facts).toMatchObject({crashes: 3, nextRestartAtMs: null});
  });

  test('carry the fix of the last cause', () => {
    const finding = {...findingOf('vllm.out-of-memory'), settingsChange: {memoryFraction: 0.88}};
    const ended = after(
      [
        {type: 'log-failure', runId, finding},
        {type: 'engine-exited', runId, status: 1},
      ],
      ready,
    ).state;
    expect(loopOf(ended).finding).toMatchObject({settingsChange: {memoryFraction: 0.88}, remedy: finding.remedy});
  });

  test('have the facts of the cause, and none where it has none', () => {
    const causeOf = (finding: ReturnType<typeof findingOf>) =>
      loopOf(
        after(
          [
            {type: 'log-failure', runId, finding},
            {type: 'engine-exited', runId, status: 1},
          ],
          ready,
        ).state,
      ).facts.cause;
    const xid = withDetails('host.xid', {pciBusId: '0000:5d:00', index: 3, gpuInstanceId: null, xid: 79});
    expect(causeOf({...findingOf('host.xid'), ...xid})).toEqual(xid);
    expect(causeOf(findingOf('host.xid'))).toEqual({code: 'host.xid'});
    expect(causeOf(findingOf('host.xid'))).not.toHaveProperty('details');
  });

  test('have the cause that is found after the exit', () => {
    const xid = {type: 'log-failure', runId, finding: findingOf('host.xid')} as const;
    const late = after([{type: 'engine-exited', runId, status: 1}, xid], ready).state;
    expect(codesOf(late)).toEqual([LOOP]);
    expect(loopOf(late).facts.cause.code).toBe('host.xid');
  });

  test('hide nothing else: the answer of a later start is shown next to them', () => {
    const starting = restarted(first, 2);
    const answer = {
      type: 'probe-failed',
      runId: 'run-2',
      answer: 'no',
      finding: findingOf('engine.probe-refused'),
    } as const;
    expect(codesOf(after([answer], starting).state)).toEqual([LOOP, 'engine.probe-refused']);
  });
});

describe('crashes are forgotten', () => {
  const again = served(restarted(first, 2), 2);

  test('when a run has served for the time of the policy, and not before', () => {
    const stable = after([firing(again, 'stable')], again).state;
    expect(codesOf(stable)).toEqual([]);
    expect(stable).toMatchObject({state: 'ready', crashes: null, internal: {consecutiveRestarts: 0}});
  });

  test('after the time of a new policy, counted since the run is ready', () => {
    const restart = {...policy.restart, stableAfterMs: 300_000};
    const atMs = (again.readyAtMs ?? 0) + 100_000;
    const changed = transition(again, {type: 'policy-changed', policy: restart, atMs});
    const id = changed.state.internal.timerIds.stable;
    expect(changed.effects).toEqual([{type: 'set-timer', timer: 'stable', id, afterMs: 200_000}]);
    const late = transition(again, {type: 'policy-changed', policy: restart, atMs: atMs + 900_000});
    expect(late.effects).toMatchObject([{timer: 'stable', afterMs: 0}]);
    expect(transition(ready, {type: 'policy-changed', policy: restart, atMs}).effects).toEqual([]);
  });

  test('not while the run is degraded: it has to show it again', () => {
    const stall = {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0};
    const degraded = after([{type: 'progress-stalled', runId: 'run-2', stall}], again).state;
    const fired = after([firing(degraded, 'stable')], degraded).state;
    expect(codesOf(fired)).toEqual([LOOP, 'lifecycle.not-generating']);
    expect(fired.internal.timerIds).toHaveProperty('stable');
  });

  test('when the operator stops the engine', () => {
    expect(after([stopEvent], again).state.crashes).toBeNull();
    expect(after([stopEvent], first).state.crashes).toBeNull();
  });

  test('when it is started with other settings, not with the same', () => {
    const start = (contextLengthTokens: number) =>
      after([{...startEvent, settings: settingsOf(contextLengthTokens)}], first).state.crashes;
    expect(start(65_536)).toBeNull();
    expect(start(settingsOf().contextLengthTokens)).toMatchObject({count: 1});
  });

  test('at the next crash, when the run had served long enough', () => {
    const exited = {type: 'engine-exited', runId: 'run-2', status: 1} as const;
    const stable = {...again, readyAtMs: (again.readyAtMs ?? 0) - policy.restart.stableAfterMs};
    expect(after([exited], stable).state.crashes).toMatchObject({count: 1});
    expect(after([exited], again).state.crashes).toMatchObject({count: 2});
  });
});

test('a start that fails and is not repeated has its own finding alone; tried again, the crash is remembered', () => {
  const starting = after([...toReady.slice(0, 3)]).state;
  const failed = crash(starting, 1);
  expect(failed.state).toBe('failed');
  expect(codesOf(failed)).toEqual(['vllm.out-of-memory']);
  const again = after([startEvent], failed).state;
  expect(codesOf(again)).toEqual([LOOP]);
});

test('a hang that is ended by a restart counts as one, and the finding says that it hung', () => {
  const restart = {...policy.restart, hangRestartAfterMs: 600_000};
  const serving = after(toReady, initialLifecycleState({policy: {restart}})).state;
  const stall = {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0};
  const hung = after([{type: 'progress-stalled', runId, stall}], serving).state;
  const ended = after([firing(hung, 'hang')], hung).state;
  expect(codesOf(ended)).toEqual([LOOP]);
  expect(loopOf(ended).facts.cause.code).toBe('lifecycle.not-generating');
  const begun = after(
    [
      {type: 'engine-exited', runId, status: 0},
      {type: 'processes-gone', runId},
      {type: 'memory-freed', runId},
    ],
    ended,
  ).state;
  const {attempt} = begun.internal;
  const spawned = after(
    [
      {type: 'preflight-passed', attempt},
      {type: 'engine-spawned', run: runOf(2)},
    ],
    begun,
  ).state;
  const again = served(spawned, 2);
  expect(codesOf(again)).toEqual([LOOP]);
  const hungAgain = after([{type: 'progress-stalled', runId: 'run-2', stall}], again).state;
  expect(explainFindings(failureFindings(hungAgain)).map(({code}) => code)).toEqual(['lifecycle.not-generating', LOOP]);
});

describe('crashes, for the supervisor after the one that counted them', () => {
  const starting = restarted(crash(served(restarted(first, 2), 2), 2), 3);
  const recorded = recordedCrashes(starting);
  const nowMs = 5_000_000;
  const adopted = (readyAtMs: number | null, crashes = recorded) =>
    transition(initialLifecycleState({policy}), {
      type: 'engine-adopted',
      run: runOf(3),
      settings: settingsOf(),
      readyAtMs,
      crashes,
      atMs: nowMs,
    });

  test('are as many as before, since the same time, and the next one counts on', () => {
    const {state} = adopted(null);
    expect(loopOf(state).facts).toEqual(loopOf(starting).facts);
    expect(loopOf(state).facts).toMatchObject({crashes: 2});
    const third = crash(state, 3);
    expect(third.crashes).toMatchObject({count: 3, sinceMs: starting.crashes?.sinceMs});
    // The limit of automatic restarts holds across supervisors.
    expect(third).toMatchObject({state: 'failed', diagnosis: {code: LOOP}});
  });

  test('are forgotten after the rest of the time that the run has to serve', () => {
    const {state, effects} = adopted(nowMs - 100_000);
    const id = state.internal.timerIds.stable;
    expect(effects).toContainEqual({type: 'set-timer', timer: 'stable', id, afterMs: 500_000});
    expect(after([firing(state, 'stable')], state).state).toMatchObject({crashes: null});
  });

  test('are kept for the whole time if nobody has seen the run serve for it: it was degraded, or not watched', () => {
    const {state, effects} = adopted(nowMs - 600_000);
    const id = state.internal.timerIds.stable;
    expect(effects).toContainEqual({type: 'set-timer', timer: 'stable', id, afterMs: 600_000});
    expect(state).toMatchObject({state: 'ready', crashes: {count: 2}});
  });

  test('are none if none were counted, or recorded as forgotten', () => {
    const {state} = adopted(nowMs - 100_000, null);
    expect(state).toMatchObject({state: 'ready', crashes: null, internal: {consecutiveRestarts: 0}});
    expect(state.internal.timerIds).not.toHaveProperty('stable');
  });

  test('are recorded as forgotten, so that the next supervisor does not know them', () => {
    const {state} = adopted(nowMs - 100_000);
    expect(after([firing(state, 'stable')], state).effects).toContainEqual({
      type: 'record',
      entry: {type: 'run-stable', runId: 'run-3', atMs: expect.any(Number)},
    });
  });

  test('include a hang that is not answered by a restart any more: it is recorded with the run', () => {
    const restart = {...policy.restart, hangRestartAfterMs: 600_000};
    const serving = served(after([{type: 'policy-changed', policy: restart}], starting).state, 3);
    const stall = {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0};
    const hung = after([{type: 'progress-stalled', runId: 'run-3', stall}], serving).state;
    const {state, effects} = after([firing(hung, 'hang')], hung);
    const entry = {type: 'run-hung', runId: 'run-3', atMs: expect.any(Number), crashes: recordedCrashes(state)};
    expect(effects).toContainEqual({type: 'record', entry});
    expect(recordedCrashes(state)).toMatchObject({count: 3, restarts: 2});
  });

  test('are none to record before the first one', () => {
    expect(recordedCrashes(ready)).toBeNull();
  });
});
