import {describe, expect, test} from 'vitest';
import type {LifecycleState, Transition} from '../../../src/domain/lifecycle/lifecycle.ts';
import {defaultRestartPolicy} from '../../../src/domain/lifecycle/restart-policy.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import {
  after,
  findingOf,
  firing,
  goneEvents,
  runOf,
  settingsOf,
  startEvent,
  toReady,
  toStarting,
} from './lifecycle-samples.ts';

const {runId} = runOf(1);

/** Of each preflight, whether its start was without a command. */
const isAutomatic = ({effects}: Pick<Transition, 'effects'>): readonly boolean[] =>
  effects.flatMap((effect) => (effect.type === 'run-preflight' ? [effect.isAutomatic] : []));

describe('an engine that exited unexpectedly', () => {
  test('is restarted after a delay if it had served, and not if it never was ready', () => {
    const exit = {type: 'engine-exited', runId, status: 1} as const;
    const waiting = after([...toReady, exit, ...goneEvents]);
    expect(waiting.state).toMatchObject({state: 'backing-off', backOff: {attempt: 1, maxAttempts: 5}, run: null});
    expect(after([firing(waiting.state, 'back-off')], waiting.state).state.state).toBe('preflight');
    expect(isAutomatic(after([firing(waiting.state, 'back-off')], waiting.state))).toEqual([true]);
    expect(after([...toStarting, exit]).state.state).toBe('failed');
    const down = initialLifecycleState({policy: {restart: {...defaultRestartPolicy, isAutomatic: false}}});
    expect(after([...toReady, exit], down).state.state).toBe('failed');
  });

  test('stays down after the maximum number of restarts in a row, with the reason; a stable run resets the count', () => {
    const policy = {restart: {...defaultRestartPolicy, maxRestarts: 2}};
    const crash = (state: LifecycleState, number: number, readyMs: number): LifecycleState => {
      const id = `run-${number}`;
      const run = state.run === null ? [{type: 'engine-spawned', run: runOf(number)} as const] : [];
      const attempt = {type: 'preflight-passed', attempt: state.internal.attempt} as const;
      const ready = after([attempt, ...run, {type: 'probe-succeeded', runId: id}], state).state;
      const gone = ['processes-gone', 'memory-freed'] as const;
      const exited = {type: 'engine-exited', runId: id, status: 1, atMs: (ready.readyAtMs ?? 0) + readyMs} as const;
      return after(
        gone.map((type) => ({type, runId: id})),
        transition(ready, exited).state,
      ).state;
    };
    const retried = (state: LifecycleState): LifecycleState => after([firing(state, 'back-off')], state).state;
    const begun = after([startEvent], initialLifecycleState({policy})).state;
    const first = crash(begun, 1, 1_000);
    expect(first.backOff?.attempt).toBe(1);
    const second = crash(retried(first), 2, 1_000);
    expect(second.backOff?.attempt).toBe(2);
    const third = crash(retried(second), 3, 1_000);
    expect(third).toMatchObject({state: 'failed', backOff: null, diagnosis: {code: 'lifecycle.crash-loop'}});
    expect(third.crashes).toMatchObject({count: 3});
    expect(crash(retried(second), 3, 3_600_000).backOff?.attempt).toBe(1);
  });

  test('is not restarted for a failure that a restart does not fix', () => {
    const log = {type: 'log-failure', runId, finding: findingOf('vllm.disk-full')} as const;
    const ended = after([...toReady, log, {type: 'engine-exited', runId, status: 1}]).state;
    expect(ended).toMatchObject({state: 'failed', diagnosis: {code: 'vllm.disk-full'}});
  });

  test('waits again after a refused automatic start', () => {
    const exit = {type: 'engine-exited', runId, status: 1} as const;
    const waiting = after([...toReady, exit, ...goneEvents]).state;
    const again = after([firing(waiting, 'back-off')], waiting).state;
    const refused = after([{type: 'preflight-refused', attempt: 2, finding: findingOf('gpu.lost')}], again).state;
    expect(refused).toMatchObject({state: 'backing-off', backOff: {attempt: 2}});
  });
});

describe('a restart with rollback', () => {
  const other = settingsOf(1_048_576);
  const asked = {type: 'restart-requested', settings: other, drainMs: 0, force: false, rollback: true} as const;
  const goneOf = (id: string) =>
    [
      {type: 'processes-gone', runId: id},
      {type: 'memory-freed', runId: id},
    ] as const;
  const begun = after([asked, {type: 'engine-exited', runId, status: 0}, ...goneEvents], after(toReady).state).state;

  test('uses the last good settings if the engine exits before it serves with the new ones', () => {
    const attempt = {type: 'preflight-passed', attempt: begun.internal.attempt} as const;
    const spawned = after([attempt, {type: 'engine-spawned', run: runOf(2)}], begun).state;
    const log = {type: 'log-failure', runId: 'run-2', finding: findingOf('vllm.kv-cache-too-small')} as const;
    const failed = after([log, {type: 'engine-exited', runId: 'run-2', status: 1}, ...goneOf('run-2')], spawned).state;
    expect(failed).toMatchObject({
      state: 'preflight',
      settings: settingsOf(),
      rolledBack: {settings: other, cause: {code: 'vllm.kv-cache-too-small'}},
    });
    const refused = after(
      [{type: 'preflight-refused', attempt: failed.internal.attempt, finding: findingOf('x')}],
      failed,
    );
    expect(refused.state).toMatchObject({state: 'failed', diagnosis: {code: 'x'}});
  });

  test('uses them if the new ones are refused, until the next command', () => {
    const refusal = {type: 'preflight-refused', attempt: begun.internal.attempt, finding: findingOf('no')} as const;
    const answered = after([refusal], begun);
    expect(isAutomatic(answered)).toEqual([true]);
    const back = answered.state;
    expect(back).toMatchObject({state: 'preflight', settings: settingsOf(), rolledBack: {settings: other}});
    const anew = after([{type: 'restart-requested', settings: other, drainMs: 0, force: true}], back).state;
    expect(anew).toMatchObject({settings: other, rolledBack: null});
    expect(isAutomatic(after([{...asked, force: true}], back))).toEqual([false]);
  });

  test('stays failed without --rollback', () => {
    const plain = after(
      [{...asked, rollback: false}, {type: 'engine-exited', runId, status: 0}, ...goneEvents],
      after(toReady).state,
    ).state;
    const refusal = {type: 'preflight-refused', attempt: plain.internal.attempt, finding: findingOf('no')} as const;
    expect(after([refusal], plain).state).toMatchObject({state: 'failed', settings: other, rolledBack: null});
  });
});

describe('an engine that hangs', () => {
  const policy = {restart: {...defaultRestartPolicy, hangRestartAfterMs: 600_000}};
  const stalled = {
    type: 'progress-stalled',
    runId,
    stall: {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0},
    evidence: 'TP3 spins',
  } as const;

  test('is only reported if the policy says so, with the evidence', () => {
    const {state, effects} = after([...toReady, stalled]);
    expect(state.diagnosis?.evidence).toBe('TP3 spins');
    expect(effects.map(({type}) => type)).toEqual(['probe-readiness']);
  });

  test('is stopped and restarted after the configured time, unless it recovers', () => {
    const hung = after([...toReady, stalled], initialLifecycleState({policy})).state;
    const ended = after([firing(hung, 'hang')], hung);
    expect(ended.state).toMatchObject({state: 'stopping', pending: {settings: settingsOf()}});
    expect(ended.effects.map(({type}) => type)).toContain('terminate-leader');
    expect(ended.state.internal.consecutiveRestarts).toBe(1);
    const recovered = after([{type: 'progress-resumed', runId}], hung).state;
    expect(recovered.internal.timerIds).not.toHaveProperty('hang');
  });
});
