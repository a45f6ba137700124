import {describe, expect, test} from 'vitest';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
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
  stopEvent,
  type TimelessEvent,
  toReady,
  toStarting,
} from './lifecycle-samples.ts';

const run = runOf(1);
const {runId} = run;
const otherSettings = settingsOf(262_144);
const restart = {type: 'restart-requested', settings: otherSettings, drainMs: 0, force: false} as const;
const adopted = (readyAtMs: number | null): TimelessEvent => ({
  type: 'engine-adopted',
  run,
  settings: settingsOf(),
  readyAtMs,
});
const failureLine = (code: string, severity: 'critical' | 'warning') =>
  ({type: 'log-failure', runId, finding: findingOf(code, severity)}) as const;
const exited = {type: 'engine-exited', runId, status: 1} as const;

describe('a late answer', () => {
  test('a refusal of a preflight that a restart replaced refuses nothing', () => {
    const again = after([startEvent, restart]).state;
    expect(again).toMatchObject({state: 'preflight', settings: otherSettings});
    const late = after([{type: 'preflight-refused', attempt: 1, finding: findingOf('no-fit')}], again);
    expect(late).toEqual({state: again, effects: []});
    const own = {type: 'preflight-refused', attempt: again.internal.attempt, finding: findingOf('no-fit')} as const;
    expect(after([own], again).state.state).toBe('failed');
  });

  test('the answer of a preflight changes nothing once the engine is being started', () => {
    const launching = after(toStarting.slice(0, 2)).state;
    for (const event of [
      {type: 'preflight-passed', attempt: 1},
      {type: 'preflight-refused', attempt: 1, finding: findingOf('no-fit')},
    ] as const) {
      expect(after([event], launching)).toEqual({state: launching, effects: []});
    }
  });

  test('an unexpected process is not accepted as the run', () => {
    const ready = after(toReady).state;
    expect(after([{type: 'engine-spawned', run: runOf(7)}], ready)).toEqual({state: ready, effects: []});
    expect(after([{type: 'spawn-failed', finding: findingOf('x')}], ready)).toEqual({state: ready, effects: []});
  });

  test('a timer that was replaced has no effect', () => {
    const probing = after(toStarting).state;
    const first = firing(probing, 'probe');
    const again = after([first, {type: 'probe-failed', runId, answer: 'refused'}], probing).state;
    expect(after([first], again)).toEqual({state: again, effects: []});
    expect(after([firing(again, 'probe')], again).effects).toEqual([{type: 'probe-readiness', runId}]);
  });

  test('a second exit of the same run changes nothing', () => {
    const ended = after([...toReady, exited]).state;
    expect(after([{...exited, status: 137}], ended)).toEqual({state: ended, effects: []});
  });

  test('a second report that the processes are gone changes nothing', () => {
    const gone = after([...toReady, exited, {type: 'processes-gone', runId}]).state;
    expect(after([{type: 'processes-gone', runId}], gone)).toEqual({state: gone, effects: []});
  });

  test('free memory changes nothing while processes of the run remain', () => {
    const ended = after([...toReady, exited]).state;
    expect(after([{type: 'memory-freed', runId}], ended)).toEqual({state: ended, effects: []});
  });

  test('a token of an engine that is being stopped does not make it ready', () => {
    const stopping = after([...toStarting, stopEvent]).state;
    const answered = after([{type: 'probe-succeeded', runId}], stopping);
    expect(answered.state.state).toBe('stopping');
    expect(answered.effects).toEqual([]);
  });

  test('a failed probe of an engine that is being stopped starts no other one', () => {
    const stopping = after([...toReady, stopEvent]).state;
    const answered = after([{type: 'probe-failed', runId, answer: 'refused'}], stopping);
    expect(answered.state.state).toBe('stopping');
    expect(answered.effects).toEqual([]);
  });

  test('a phase that is logged after the first token changes nothing', () => {
    const ready = after(toReady).state;
    expect(after([{type: 'log-phase', runId, phase: 'serve'}], ready)).toEqual({state: ready, effects: []});
  });

  test('the end of a drain changes nothing once the engine is being stopped', () => {
    const stopping = after([...toReady, stopEvent]).state;
    expect(after([{type: 'drained', runId}], stopping)).toEqual({state: stopping, effects: []});
  });
});

describe('a restart requested while the process is being started', () => {
  test('begins when that start fails', () => {
    const waiting = after([...toStarting.slice(0, 2), restart]).state;
    const failed = after([{type: 'spawn-failed', finding: findingOf('no-program')}], waiting);
    expect(failed.state).toMatchObject({state: 'preflight', settings: otherSettings, pending: null});
    expect(failed.effects.at(-1)).toMatchObject({type: 'run-preflight', settings: otherSettings});
  });
});

describe('failures in the log', () => {
  test('a warning does not replace a critical one, whichever is newer', () => {
    const {state} = after([...toStarting, failureLine('oom', 'critical'), failureLine('slow', 'warning'), exited]);
    expect(state.diagnosis?.code).toBe('oom');
  });

  test('a critical one replaces a warning, and an earlier critical one', () => {
    const first = after([...toStarting, failureLine('slow', 'warning'), failureLine('oom', 'critical'), exited]).state;
    expect(first.diagnosis?.code).toBe('oom');
    const second = after([...toStarting, failureLine('a', 'critical'), failureLine('b', 'critical'), exited]).state;
    expect(second.diagnosis?.code).toBe('b');
  });

  test('a warning counts if the critical line is over two minutes old, not before', () => {
    const starting = after(toStarting).state;
    const at = (state: LifecycleState, event: TimelessEvent, atMs: number): LifecycleState =>
      transition(state, {...event, atMs}).state;
    const critical = at(starting, failureLine('oom', 'critical'), 50_000);
    const known = (state: LifecycleState) => state.internal.logFailure?.finding.code;
    expect(known(at(critical, failureLine('slow', 'warning'), 170_000))).toBe('oom');
    expect(known(at(critical, failureLine('slow', 'warning'), 170_001))).toBe('slow');
  });

  test('a line within two minutes before the exit of a serving engine explains it, an older one does not', () => {
    const ready = after(toReady).state;
    const failed = transition(ready, {...failureLine('oom', 'critical'), atMs: 50_000}).state;
    const codeAt = (atMs: number) => transition(failed, {...exited, atMs}).state.diagnosis?.code;
    expect(codeAt(170_000)).toBe('oom');
    expect(codeAt(170_001)).toBe('lifecycle.engine-exited');
  });

  test('a line of a start explains its failure, whatever its age', () => {
    const starting = after(toStarting).state;
    const failed = transition(starting, {...failureLine('oom', 'critical'), atMs: 50_000}).state;
    expect(transition(failed, {...exited, atMs: 5_000_000}).state.diagnosis?.code).toBe('oom');
  });

  test('a line after a requested stop is not a diagnosis', () => {
    const stopped = after([...toReady, stopEvent, exited]).state;
    expect(after([failureLine('oom', 'critical')], stopped).state.diagnosis).toBeNull();
  });
});

describe('an adopted start', () => {
  test('keeps no times of phases, because its log is read late', () => {
    const {state} = after([adopted(null), {type: 'log-phase', runId, phase: 'load-weights'}]);
    expect(state).toMatchObject({state: 'starting', phase: 'load-weights'});
    expect(state.phaseEnteredAtMs).toEqual({});
  });

  test('forgets exit, diagnosis and facts of an earlier run', () => {
    const failed = after([...toStarting, {type: 'log-fact', runId, name: 'kvBytes', value: 5}, exited, ...goneEvents]);
    expect(failed.state).toMatchObject({state: 'failed', exit: {status: 1}, facts: {kvBytes: 5}});
    const taken = after([{type: 'engine-adopted', run: runOf(2), settings: otherSettings, readyAtMs: 7}], failed.state);
    expect(taken.state).toMatchObject({
      state: 'ready',
      run: runOf(2),
      exit: null,
      diagnosis: null,
      lastGoodSettings: otherSettings,
    });
    expect(taken.state.facts).toEqual({});
  });

  test('that never was ready does not count as settings that have served', () => {
    const taken = after([adopted(null)], initialLifecycleState({lastGoodSettings: otherSettings})).state;
    expect(taken.lastGoodSettings).toEqual(otherSettings);
  });

  test('is not accepted while a process is being started, nor while processes of a failed run remain', () => {
    for (const events of [toStarting.slice(0, 2), [startEvent], [...toReady, exited]]) {
      const {state} = after(events);
      const beside = after([{type: 'engine-adopted', run: runOf(2), settings: settingsOf(), readyAtMs: 5}], state);
      expect(beside).toEqual({state, effects: []});
    }
  });
});

describe('probes that failed', () => {
  const stalled = {
    type: 'progress-stalled',
    runId,
    stall: {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0},
  } as const;
  const probeFailed = {type: 'probe-failed', runId, answer: 'timeout'} as const;

  test('are counted from zero once the engine works again', () => {
    const recovered = after([...toReady, stalled, probeFailed, {type: 'progress-resumed', runId}]).state;
    expect(recovered.state).toBe('ready');
    expect(after([probeFailed], recovered).state.state).toBe('ready');
  });

  test('of a degraded engine are repeated after the longer interval', () => {
    const {state, effects} = after([...toReady, stalled, probeFailed]);
    expect(state.state).toBe('degraded');
    expect(effects).toEqual([expect.objectContaining({type: 'set-timer', timer: 'probe', afterMs: 5_000})]);
  });

  test('a stall only matters while the engine is ready', () => {
    const degraded = after([...toReady, stalled]).state;
    expect(after([{...stalled, stall: {stalledMs: 95_000, runningRequests: 2, waitingRequests: 0}}], degraded)).toEqual(
      {
        state: degraded,
        effects: [],
      },
    );
    const starting = after(toStarting).state;
    expect(after([stalled], starting)).toEqual({state: starting, effects: []});
    expect(after([{type: 'progress-resumed', runId}], starting)).toEqual({state: starting, effects: []});
  });

  test('only one probe is in progress at a time', () => {
    const degraded = after([...toReady, stalled]).state;
    expect(degraded.internal.isProbing).toBe(true);
    const resumed = after([{type: 'progress-resumed', runId}, stalled], degraded);
    expect(resumed.effects.map(({type}) => type)).not.toContain('probe-readiness');
  });
});

describe('a hang', () => {
  const stalled = {
    type: 'progress-stalled',
    runId,
    stall: {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0},
  } as const;
  const hungUnder = (restartPolicy: Partial<typeof defaultRestartPolicy>): LifecycleState =>
    after(
      [...toReady, stalled],
      initialLifecycleState({policy: {restart: {...defaultRestartPolicy, ...restartPolicy}}}),
    ).state;

  test('is only reported without automatic restarts, whatever its limit', () => {
    const hung = hungUnder({hangRestartAfterMs: 600_000, isAutomatic: false});
    expect(hung.internal.timerIds).not.toHaveProperty('hang');
    expect(hungUnder({hangRestartAfterMs: 600_000}).internal.timerIds).toHaveProperty('hang');
  });

  const atLimit = (hung: LifecycleState): LifecycleState => ({
    ...hung,
    internal: {...hung.internal, consecutiveRestarts: 2},
  });
  const fireAt = (hung: LifecycleState, atMs: number) => transition(hung, {...firing(hung, 'hang'), atMs});

  test('of a stable run resets the count of restarts; at the limit any other run stays down', () => {
    const hung = atLimit(hungUnder({hangRestartAfterMs: 600_000, maxRestarts: 2, stableAfterMs: 600_000}));
    const readyAtMs = hung.readyAtMs ?? 0;
    const stable = fireAt(hung, readyAtMs + 600_000);
    expect(stable.state).toMatchObject({state: 'stopping', internal: {consecutiveRestarts: 1}});
    const unstable = fireAt(hung, readyAtMs + 599_999);
    expect(unstable.state).toMatchObject({state: 'degraded', diagnosis: {code: 'lifecycle.not-generating'}});
    expect(unstable.effects.map(({type}) => type)).toEqual(['record']);
  });

  test('one restart below the limit is still done', () => {
    const hung = atLimit(hungUnder({hangRestartAfterMs: 600_000, maxRestarts: 3, stableAfterMs: 600_000}));
    const step = fireAt(hung, (hung.readyAtMs ?? 0) + 1_000);
    expect(step.state).toMatchObject({state: 'stopping', internal: {consecutiveRestarts: 3}});
  });
});

describe('a run that was stable', () => {
  test('for exactly the time of the policy resets the count of restarts', () => {
    const policy = {restart: {...defaultRestartPolicy, stableAfterMs: 60_000}};
    const ready = after(toReady, initialLifecycleState({policy})).state;
    const counted = {...ready, internal: {...ready.internal, consecutiveRestarts: 3}};
    const attemptAt = (readyForMs: number) =>
      transition(counted, {...exited, atMs: (ready.readyAtMs ?? 0) + readyForMs}).state.backOff?.attempt;
    expect(attemptAt(60_000)).toBe(1);
    expect(attemptAt(59_999)).toBe(4);
  });
});
