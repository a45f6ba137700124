import {describe, expect, test} from 'vitest';
import {crashLoopFinding} from '../../../src/domain/lifecycle/crashes.ts';
import {intentionFindings} from '../../../src/domain/lifecycle/intention/intention-findings.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import type {PastExit} from '../../../src/domain/lifecycle/run-identity.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import {after, findingOf, goneEvents, runOf, settingsOf, startEvent, type TimelessEvent} from './lifecycle-samples.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const nowMs = 20 * DAY_MS;
const run = runOf(1);
const {runId} = run;
const settings = settingsOf();

const adopted = transition(initialLifecycleState(), {
  type: 'engine-adopted',
  run,
  settings,
  readyAtMs: nowMs - 3 * DAY_MS,
  atMs: nowMs,
}).state;

const exits = (from: LifecycleState, past: PastExit | null) =>
  transition(from, {type: 'engine-exited', runId, status: 1, past, atMs: nowMs});
const recorded = (exitedAtMs: number): PastExit => ({exitedAtMs, seenAtMs: exitedAtMs - 1, dueAtMs: exitedAtMs});
const unrecorded = (seenAtMs: number, dueAtMs = seenAtMs): PastExit => ({exitedAtMs: null, seenAtMs, dueAtMs});

function crashesOf({crashes}: LifecycleState) {
  if (crashes === null) throw new Error('no crash');
  return crashes;
}

describe('an engine that exited while no supervisor ran', () => {
  test('a short time ago is restarted, as one that was watched', () => {
    for (const past of [
      null,
      recorded(nowMs - 14 * MINUTE_MS),
      unrecorded(nowMs - 14 * MINUTE_MS),
      // Of a node that was rebooted just now.
      unrecorded(nowMs - 2 * DAY_MS, nowMs - MINUTE_MS),
      // The clock is set now and then.
      recorded(nowMs + MINUTE_MS),
    ]) {
      expect(exits(adopted, past).state, JSON.stringify(past)).toMatchObject({state: 'backing-off', givenUp: null});
    }
  });

  test('counts as stable by how long it served until it exited, not until now', () => {
    const exitedAtMs = nowMs - 12 * MINUTE_MS;
    const crashed = (servedMs: number): LifecycleState => {
      const internal = {...adopted.internal, consecutiveRestarts: 3};
      const crashes = {
        count: 3,
        sinceMs: nowMs - DAY_MS,
        lastAtMs: nowMs - DAY_MS,
        cause: findingOf('lifecycle.engine-exited'),
      };
      const earlier = {...adopted, readyAtMs: exitedAtMs - servedMs, crashes, internal};
      return exits(earlier, recorded(exitedAtMs)).state;
    };
    expect(crashed(MINUTE_MS / 2)).toMatchObject({crashes: {count: 4}, backOff: {attempt: 4}});
    expect(crashed(11 * MINUTE_MS)).toMatchObject({crashes: {count: 1}, backOff: {attempt: 1}});
  });

  test('long ago stays down, with the time and the cause, until the operator acts', () => {
    const exitedAtMs = nowMs - 2 * DAY_MS;
    const {state, intentions, effects} = exits(adopted, recorded(exitedAtMs));
    const reason = {kind: 'exited-unwatched', exitedAtMs, seenAtMs: exitedAtMs - 1};
    expect(state).toMatchObject({
      state: 'failed',
      backOff: null,
      intention: null,
      exit: {status: 1, atMs: exitedAtMs},
      diagnosis: {code: 'lifecycle.engine-exited'},
      crashes: {count: 1, lastAtMs: exitedAtMs},
      givenUp: {reason, intention: {cause: 'crash', start: {settings}}},
    });
    expect(effects.filter(({type}) => type === 'set-timer')).toMatchObject([{timer: 'kill'}]);
    expect(intentions).toMatchObject([
      {type: 'intention-begun', intention: {cause: 'crash'}},
      {type: 'intention-ended', outcome: {kind: 'given-up', reason}},
    ]);
    const [finding] = intentionFindings(state);
    expect(finding).toMatchObject({
      code: 'lifecycle.intention-given-up',
      severity: 'critical',
      details: {reason, command: 'gantry restart'},
    });
    const over = after(goneEvents, state);
    expect(over.state).toMatchObject({state: 'failed', run: null, givenUp: {reason}});
    const started = after([startEvent], over.state);
    expect(started.state).toMatchObject({state: 'preflight', givenUp: null});
  });

  test('at an unknown time stays down: before now, or after it', () => {
    const stateAfter = (past: PastExit) => exits(adopted, past).state;
    const times = (past: PastExit) => stateAfter(past).givenUp?.reason;
    const kind = 'exited-unwatched';
    const seenAtMs = nowMs - DAY_MS;
    expect(times(unrecorded(seenAtMs))).toEqual({kind, exitedAtMs: null, seenAtMs});
    expect(times(recorded(nowMs + DAY_MS))).toEqual({kind, exitedAtMs: null, seenAtMs: null});
    const unseen = {exitedAtMs: null, seenAtMs: null, dueAtMs: Number.NEGATIVE_INFINITY};
    expect(times(unseen)).toEqual({kind, exitedAtMs: null, seenAtMs: null});
    for (const past of [unrecorded(seenAtMs), recorded(nowMs + DAY_MS), unseen]) {
      const state = stateAfter(past);
      expect(state).toMatchObject({exit: {atMs: null}, crashes: {count: 1, sinceMs: null, lastAtMs: null}});
      expect(crashLoopFinding(state, {...crashesOf(state), count: 2}).message).toContain(
        'the first time at an unknown time',
      );
      expect(crashLoopFinding(state, crashesOf(state)).message).toContain('crashed at an unknown time');
    }
  });

  test('at an unknown time has served as long as it is known to have, and not until now', () => {
    const readyAtMs = nowMs - 20 * MINUTE_MS;
    const crashes = {count: 3, sinceMs: 1, lastAtMs: 2, cause: findingOf('lifecycle.engine-exited')};
    const internal = {...adopted.internal, consecutiveRestarts: 3};
    const crashed = exits({...adopted, readyAtMs, crashes, internal}, unrecorded(readyAtMs + MINUTE_MS / 2, nowMs));
    expect(crashed.state).toMatchObject({crashes: {count: 4}, backOff: {attempt: 4}, exit: {atMs: null}});
  });

  test('is not given up where nothing would have been started', () => {
    const past = recorded(nowMs - DAY_MS);
    const stopping = transition(adopted, {type: 'stop-requested', drainMs: 0, atMs: nowMs}).state;
    expect(exits(stopping, past).state).toMatchObject({state: 'stopping', givenUp: null});
    const manual = transition(adopted, {
      type: 'policy-changed',
      policy: {...adopted.internal.policy.restart, isAutomatic: false},
      atMs: nowMs,
    }).state;
    expect(exits(manual, past).state).toMatchObject({state: 'failed', givenUp: null});
  });

  test('while it loaded with a rollback: the last good settings are not started either', () => {
    const other = settingsOf(65_536);
    const asked = {type: 'restart-requested', settings: other, drainMs: 0, force: false, rollback: true} as const;
    const served = after([
      startEvent,
      {type: 'preflight-passed', attempt: 1},
      {type: 'engine-spawned', run},
      {type: 'probe-succeeded', runId},
    ]);
    const second = runOf(2);
    const loading: readonly TimelessEvent[] = [
      asked,
      {type: 'engine-exited', runId, status: 0},
      ...goneEvents,
      {type: 'preflight-passed', attempt: 2},
      {type: 'engine-spawned', run: second},
    ];
    const {state} = after(loading, served.state);
    expect(state).toMatchObject({state: 'starting', settings: other});
    const past = recorded(nowMs - DAY_MS);
    const ended = transition(state, {type: 'engine-exited', runId: second.runId, status: 1, past, atMs: nowMs});
    expect(ended.state).toMatchObject({
      state: 'failed',
      pending: null,
      rolledBack: null,
      givenUp: {intention: {cause: 'rollback', start: {settings}}},
    });
    expect(ended.intentions?.map(({type}) => type)).toEqual(['intention-begun', 'intention-ended', 'intention-ended']);
  });
});
