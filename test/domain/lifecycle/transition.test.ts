import {describe, expect, test} from 'vitest';
import type {Transition} from '../../../src/domain/lifecycle/lifecycle.ts';
import {
  after,
  findingOf,
  firing,
  goneEvents,
  runOf,
  settingsOf,
  startEvent,
  stopEvent,
  toReady,
  toStarting,
} from './lifecycle-samples.ts';

const run = runOf(1);
const {runId} = run;
const restart = (contextLengthTokens: number, drainMs = 0) =>
  ({type: 'restart-requested', settings: settingsOf(contextLengthTokens), drainMs, force: false}) as const;
const effectTypes = (step: Transition) => step.effects.map((effect) => effect.type);

describe('a start', () => {
  test('runs preflight, launches, and is ready only after a generated token', () => {
    const requested = after([startEvent]);
    expect(requested.state.state).toBe('preflight');
    expect(requested.effects).toEqual([
      {type: 'run-preflight', attempt: 1, settings: settingsOf(), force: false, isAutomatic: false},
    ]);
    const passed = after([startEvent, {type: 'preflight-passed', attempt: 1}]);
    expect(passed.effects).toEqual([{type: 'spawn-engine', settings: settingsOf()}]);
    expect(passed.state.state).toBe('starting');
    const serving = after([...toStarting, {type: 'log-phase', runId, phase: 'serve'}]);
    expect(serving.state.state).toBe('starting');
    expect(serving.effects.at(-1)).toEqual({type: 'probe-readiness', runId});
    const ready = after(toReady);
    expect(ready.state).toMatchObject({state: 'ready', lastGoodSettings: settingsOf(), readyAtMs: 14_000});
    expect(ready.effects.at(-1)).toEqual({type: 'record', entry: {type: 'run-ready', runId, atMs: 14_000}});
  });

  test('that preflight refuses fails with the refusal as diagnosis and launches nothing', () => {
    const refused = after([startEvent, {type: 'preflight-refused', attempt: 1, finding: findingOf('no-fit')}]);
    expect(refused.state).toMatchObject({state: 'failed', diagnosis: {code: 'no-fit'}, run: null});
    expect(refused.effects).toEqual([]);
  });

  test('is not let through by the late answer of an abandoned preflight', () => {
    const again = after([startEvent, stopEvent, {...startEvent, settings: settingsOf(262_144)}]);
    const late = after([{type: 'preflight-passed', attempt: 1}], again.state);
    expect(late.state).toBe(again.state);
    expect(late.effects).toEqual([]);
  });

  test('probes again one second after a probe that found a closed port', () => {
    const probing = after([...toStarting]);
    const fired = after([firing(probing.state, 'probe')], probing.state);
    expect(fired.effects).toEqual([{type: 'probe-readiness', runId}]);
    const failed = after([{type: 'probe-failed', runId, answer: 'connection refused.'}], fired.state);
    expect(failed.effects).toEqual([expect.objectContaining({type: 'set-timer', timer: 'probe', afterMs: 1_000})]);
    expect(failed.state.state).toBe('starting');
  });

  test('reports a wrong answer of the engine, and continues probing', () => {
    const probing = after([...toStarting]);
    const fired = after([firing(probing.state, 'probe')], probing.state);
    const finding = findingOf('engine.probe-unauthorized');
    const failed = after([{type: 'probe-failed', runId, answer: 'status 401.', finding}], fired.state);
    expect(failed.state).toMatchObject({state: 'starting', diagnosis: finding});
    expect(effectTypes(failed)).toEqual(['set-timer']);
    const ready = after([firing(failed.state, 'probe'), {type: 'probe-succeeded', runId}], failed.state);
    expect(ready.state).toMatchObject({state: 'ready', diagnosis: null});
  });

  test('moves only forward through its phases, and keeps when it entered each', () => {
    const {state} = after([
      ...toStarting,
      {type: 'log-progress', runId, phase: 'load-weights', ratio: 0.5},
      {type: 'log-phase', runId, phase: 'resolve'},
      {type: 'log-progress', runId, phase: 'load-weights', ratio: 0.25},
    ]);
    expect(state).toMatchObject({phase: 'load-weights', progressRatio: 0.5});
    expect(state.phaseEnteredAtMs).toEqual({launch: 1_000, 'load-weights': 14_000});
  });

  test('that fails keeps the last good settings', () => {
    const failed = after([
      ...toReady,
      restart(262_144),
      {type: 'engine-exited', runId, status: 0},
      ...goneEvents,
      {type: 'preflight-passed', attempt: 2},
      {type: 'engine-spawned', run: runOf(2)},
      {type: 'engine-exited', runId: 'run-2', status: 1},
    ]);
    expect(failed.state).toMatchObject({
      state: 'failed',
      settings: {contextLengthTokens: 262_144},
      lastGoodSettings: {contextLengthTokens: 131_072},
    });
  });
});

describe('a stop', () => {
  test('while loading aborts the load: SIGTERM to the engine alone, then verification', () => {
    const stopping = after([...toStarting, stopEvent]);
    expect(stopping.state.state).toBe('stopping');
    expect(effectTypes(stopping)).toEqual(['clear-timer', 'record', 'terminate-leader', 'set-timer']);
    const exited = after([{type: 'engine-exited', runId, status: 143}], stopping.state);
    expect(effectTypes(exited)).toEqual(['clear-timer', 'kill-session', 'verify-stopped', 'set-timer']);
    const {state} = after(goneEvents, exited.state);
    expect(state).toMatchObject({
      state: 'stopped',
      run: null,
      diagnosis: null,
      exit: {status: 143, wasRequested: true},
    });
    expect(state.internal.timerIds).toEqual({});
  });

  test('while the process is being launched ends it as soon as its pid is known', () => {
    const waiting = after([...toStarting.slice(0, 2), stopEvent]);
    expect(waiting.state).toMatchObject({state: 'stopping', run: null});
    const spawned = after([{type: 'engine-spawned', run}], waiting.state);
    expect(spawned.state).toMatchObject({state: 'stopping', run});
    expect(effectTypes(spawned)).toContain('terminate-leader');
    expect(after([{type: 'spawn-failed', finding: findingOf('x')}], waiting.state).state.state).toBe('stopped');
  });

  test('of an engine that ignores SIGTERM is enforced on the session after the time limit', () => {
    const stopping = after([...toReady, stopEvent]);
    const forced = after([firing(stopping.state, 'terminate')], stopping.state);
    expect(effectTypes(forced)).toEqual(['kill-session', 'verify-stopped', 'set-timer']);
  });

  test('with a drain waits for requests to finish, and no longer than its deadline', () => {
    const draining = after([...toReady, {type: 'stop-requested', drainMs: 60_000}]);
    expect(draining.state).toMatchObject({state: 'draining', drainUntilMs: 75_000});
    expect(draining.effects).toContainEqual({type: 'wait-for-drain', runId, deadlineAtMs: 75_000});
    expect(after([{type: 'drained', runId}], draining.state).state.state).toBe('stopping');
    expect(after([firing(draining.state, 'drain')], draining.state).state.state).toBe('stopping');
    expect(after([stopEvent], draining.state).state.state).toBe('stopping');
  });

  test('that cannot end the processes fails with that reason, and does not forget the run', () => {
    const stopping = after([...toReady, stopEvent]);
    const forced = after([firing(stopping.state, 'terminate')], stopping.state);
    const {state} = after([firing(forced.state, 'kill')], forced.state);
    expect(state).toMatchObject({state: 'failed', run, diagnosis: {code: 'lifecycle.processes-remain'}});
    const start = after([startEvent], state);
    expect(start.state).toMatchObject({state: 'stopping', pending: {force: false}});
    expect(effectTypes(start)).not.toContain('run-preflight');
  });

  test('after a crash, processes that survive SIGKILL are noted next to its reason until they exit', () => {
    const crashed = after([...toReady, {type: 'engine-exited', runId, status: 1}]).state;
    const {state} = after([firing(crashed, 'kill')], crashed);
    expect(state).toMatchObject({state: crashed.state, diagnosis: crashed.diagnosis, run});
    expect(state.internal.hasSurvivedKill).toBe(true);
    const gone = after([{type: 'processes-gone', runId}], state).state;
    expect(gone.internal.hasSurvivedKill).toBe(false);
    expect(after([firing(crashed, 'kill')], gone).state.internal.hasSurvivedKill).toBe(false);
  });

  test('reports GPU memory that is not freed', () => {
    const gone = after([
      ...toReady,
      stopEvent,
      {type: 'engine-exited', runId, status: 0},
      {type: 'processes-gone', runId},
    ]);
    const {state} = after([firing(gone.state, 'memory')], gone.state);
    expect(state).toMatchObject({
      state: 'stopped',
      run: null,
      diagnosis: {code: 'lifecycle.memory-not-freed', severity: 'warning'},
    });
  });

  test('settles with an unknown status if the exit is never reported', () => {
    const gone = after([...toReady, stopEvent, ...goneEvents]);
    expect(gone.state.state).toBe('stopping');
    const {state} = after([firing(gone.state, 'memory')], gone.state);
    expect(state).toMatchObject({
      state: 'stopped',
      run: null,
      exit: {status: null, wasRequested: true},
      diagnosis: null,
    });
  });
});

describe('a restart', () => {
  test('starts with the new settings only once the old run is verified gone and its memory free', () => {
    const exited = after([...toReady, restart(262_144), {type: 'engine-exited', runId, status: 0}]);
    expect(exited.state).toMatchObject({state: 'stopping', pending: {settings: {contextLengthTokens: 262_144}}});
    const gone = after([{type: 'processes-gone', runId}], exited.state);
    expect(effectTypes(gone)).not.toContain('run-preflight');
    const freed = after([{type: 'memory-freed', runId}], gone.state);
    expect(freed.state).toMatchObject({state: 'preflight', run: null, pending: null});
    expect(freed.effects.at(-1)).toMatchObject({type: 'run-preflight', settings: {contextLengthTokens: 262_144}});
  });

  test('waits for the memory, also if the exit is reported last', () => {
    const late = after([
      ...toReady,
      restart(262_144),
      {type: 'processes-gone', runId},
      {type: 'engine-exited', runId, status: 0},
    ]);
    expect(late.state).toMatchObject({state: 'stopping', run});
    expect(after([{type: 'memory-freed', runId}], late.state).state.state).toBe('preflight');
  });

  test('does not start while the memory is still in use', () => {
    const gone = after([
      ...toReady,
      restart(262_144),
      {type: 'engine-exited', runId, status: 0},
      {type: 'processes-gone', runId},
    ]);
    const {state, effects} = after([firing(gone.state, 'memory')], gone.state);
    expect(state).toMatchObject({
      state: 'failed',
      pending: null,
      diagnosis: {code: 'lifecycle.memory-not-freed', severity: 'critical'},
    });
    expect(effects.map((effect) => effect.type)).not.toContain('run-preflight');
  });

  test('is cancelled by a stop that follows immediately', () => {
    const {state} = after([
      ...toReady,
      restart(262_144),
      stopEvent,
      {type: 'engine-exited', runId, status: 0},
      ...goneEvents,
    ]);
    expect(state).toMatchObject({state: 'stopped', pending: null});
  });
});

describe('an engine that exits unexpectedly', () => {
  test('is diagnosed by its exit status if its log has no cause', () => {
    const messages = [1, 137, 127, null].map(
      (status) => after([...toReady, {type: 'engine-exited', runId, status}]).state.diagnosis?.message,
    );
    expect(messages[0]).toContain('exit status 1');
    expect(messages[1]).toContain('killed by signal 9');
    expect(messages[2]).toContain('exit status 127');
    expect(messages[3]).toContain('exit status unknown');
  });

  test('is diagnosed by the failure in its log, also if that line is read after the exit', () => {
    const failure = {type: 'log-failure', runId, finding: findingOf('vllm.out-of-memory')} as const;
    const exit = {type: 'engine-exited', runId, status: 1} as const;
    for (const events of [
      [failure, exit],
      [exit, failure],
    ]) {
      expect(after([...toStarting, ...events]).state).toMatchObject({
        state: 'failed',
        diagnosis: {code: 'vllm.out-of-memory'},
        exit: {status: 1, wasRequested: false},
      });
    }
  });

  test('is not diagnosed by a line from hours ago', () => {
    const failed = after([...toReady, {type: 'log-failure', runId, finding: findingOf('one-bad-request')}]).state;
    const later = {
      ...failed,
      internal: {...failed.internal, logFailure: {finding: findingOf('one-bad-request'), atMs: -3_600_000}},
    };
    expect(after([{type: 'engine-exited', runId, status: 1}], later).state.diagnosis?.code).toBe(
      'lifecycle.engine-exited',
    );
  });

  test('is not diagnosed by a line of its start, once it has served: that line was no failure', () => {
    const warning = {type: 'log-failure', runId, finding: findingOf('llamacpp.no-gpu')} as const;
    const killed = {type: 'engine-exited', runId, status: 137} as const;
    const served = after([...toStarting, warning, {type: 'probe-succeeded', runId}, killed]).state;
    expect(served.diagnosis?.code).toBe('lifecycle.engine-exited');
    expect(after([...toStarting, warning, killed]).state.diagnosis?.code).toBe('llamacpp.no-gpu');
  });

  test('has its remaining session ended, because workers outlive it and use the GPUs', () => {
    expect(effectTypes(after([...toStarting, {type: 'engine-exited', runId, status: 1}])).slice(-3)).toEqual([
      'kill-session',
      'verify-stopped',
      'set-timer',
    ]);
  });
});

describe('a degraded engine', () => {
  test('is degraded when no token arrives while requests run, and ready again at the next token', () => {
    const degraded = after([
      ...toReady,
      {type: 'progress-stalled', runId, stall: {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0}},
    ]);
    expect(degraded.state).toMatchObject({state: 'degraded', diagnosis: {code: 'lifecycle.not-generating'}});
    expect(degraded.effects).toEqual([{type: 'probe-readiness', runId}]);
    expect(after([{type: 'probe-succeeded', runId}], degraded.state).state).toMatchObject({
      state: 'ready',
      diagnosis: null,
    });
    expect(after([{type: 'progress-resumed', runId}], degraded.state).state).toMatchObject({
      state: 'ready',
      diagnosis: null,
    });
  });

  test('is degraded after two failed probes, not after one', () => {
    const adopted = after([{type: 'engine-adopted', run, settings: settingsOf(), readyAtMs: 5}]);
    expect(adopted.state).toMatchObject({state: 'ready', readyAtMs: 5});
    const once = after([{type: 'probe-failed', runId, answer: 'timeout.'}], adopted.state);
    expect(once.state.state).toBe('ready');
    const twice = after([firing(once.state, 'probe'), {type: 'probe-failed', runId, answer: 'timeout.'}], once.state);
    expect(twice.state.state).toBe('degraded');
    const finding = findingOf('engine.output-collapsed');
    const told = after(
      [firing(once.state, 'probe'), {type: 'probe-failed', runId, answer: 'repeats.', finding}],
      once.state,
    );
    expect(told.state).toMatchObject({state: 'degraded', diagnosis: finding});
  });
});

describe('an adopted run', () => {
  test('that never was ready is starting until it generates a token', () => {
    const adopted = after([{type: 'engine-adopted', run, settings: settingsOf(), readyAtMs: null}]);
    expect(adopted.state).toMatchObject({state: 'starting', run, settings: settingsOf()});
    expect(effectTypes(adopted)).toEqual(['record', 'probe-readiness']);
    expect(after([{type: 'probe-succeeded', runId}], adopted.state).state.state).toBe('ready');
  });

  test('whose stop had been requested is stopped', () => {
    const adopted = after([{type: 'engine-adopted', run, settings: settingsOf(), readyAtMs: 5, isStopRequested: true}]);
    expect(adopted.state.state).toBe('stopping');
    expect(effectTypes(adopted)).toContain('terminate-leader');
  });

  test('is not adopted next to another one', () => {
    const ready = after(toReady).state;
    const beside = after([{type: 'engine-adopted', run: runOf(2), settings: settingsOf(), readyAtMs: 5}], ready);
    expect(beside).toEqual({state: ready, effects: []});
  });
});

describe('what belongs to another run or timer', () => {
  test('changes nothing', () => {
    const {state} = after([...toReady, restart(262_144), {type: 'engine-exited', runId, status: 0}, ...goneEvents]);
    for (const event of [
      {type: 'probe-succeeded', runId},
      {type: 'engine-exited', runId, status: 1},
      {type: 'log-failure', runId, finding: findingOf('x')},
      {type: 'timer-fired', timer: 'probe', id: 1},
    ] as const) {
      const step = after([event], state);
      expect(step.state).toBe(state);
      expect(step.effects).toEqual([]);
    }
  });
});

describe('a start of an engine that already runs', () => {
  test('is accepted as done with the same settings', () => {
    const again = after([startEvent], after(toReady).state);
    expect(again).toMatchObject({message: 'The engine is already running.', effects: []});
  });

  test('is refused with other settings, with the differences', () => {
    const {state} = after(toReady);
    const other = after([{...startEvent, settings: settingsOf(262_144)}], state);
    expect(other.refusal).toEqual({
      code: 'lifecycle.other-settings',
      message: 'The engine is running with other settings (context 131,072, not 262,144).',
      remedy: 'Use restart to change settings, or stop the engine first.',
      details: {differences: [{key: 'contextLengthTokens', current: 131_072, requested: 262_144}]},
    });
    expect(other.state).toBe(state);
  });
});
