import {describe, expect, test} from 'vitest';
import type {NewEvent} from '../../../src/api/event-schema.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {type Cause, eventsOfChange} from '../../../src/supervisor/events/lifecycle-events.ts';
import {wantsEvent} from '../../../src/supervisor/hooks/hook.ts';
import {findingOf, runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';

const base: LifecycleState = {...initialLifecycleState(), settings: settingsOf(), run: runOf(1)};

function eventsOf(
  before: Partial<LifecycleState>,
  state: Partial<LifecycleState>,
  cause: Cause = null,
): readonly NewEvent[] {
  return eventsOfChange({...base, ...before, ...state}, {...base, ...before}, {atMs: 7, cause});
}

const only = (before: Partial<LifecycleState>, state: Partial<LifecycleState>, cause: Cause = null): NewEvent => {
  const events = eventsOf(before, state, cause);
  const [event] = events;
  if (events.length !== 1 || event === undefined) throw new Error(`there are ${events.length} events`);
  return event;
};

describe('the exit of a run', () => {
  const exitOf = (status: number | null, wasRequested = false) => ({status, wasRequested, atMs: 5});

  test.each([
    [129, 'SIGHUP'],
    [130, 'SIGINT'],
    [134, 'SIGABRT'],
    [135, 'SIGBUS'],
    [137, 'SIGKILL'],
    [139, 'SIGSEGV'],
    [143, 'SIGTERM'],
  ])('with status %i names %s', (status, signal) => {
    const event = only({state: 'stopping'}, {exit: exitOf(status)});
    expect(event.message).toContain(signal);
    expect(event.details).toMatchObject({status});
  });

  test('with another status has no signal, and an unknown status is not a number', () => {
    expect(only({state: 'stopping'}, {exit: exitOf(1)}).message).not.toContain('SIG');
    const unknown = only({state: 'stopping'}, {exit: exitOf(null)});
    expect(unknown.details).toMatchObject({status: null});
    expect(unknown.message).not.toContain('null');
  });

  test('that was requested is not a failure, and has no finding', () => {
    const event = only({state: 'stopping', diagnosis: findingOf('x')}, {exit: exitOf(0, true)});
    expect(event).toMatchObject({code: 'engine.exited', severity: 'info', actor: 'engine'});
    expect(event.details).not.toHaveProperty('finding');
  });

  test.each([
    ['host.out-of-memory', 'host'],
    ['gpu.lost', 'host'],
    ['source.nvidia-smi.timeout', 'host'],
    ['vllm.out-of-memory', 'engine'],
    ['hostile.x', 'engine'],
    ['source.log.x', 'engine'],
    ['vllm.gpu.x', 'engine'],
  ])('because of %s is attributed to the %s', (code, actor) => {
    expect(only({state: 'stopping'}, {exit: exitOf(1), diagnosis: findingOf(code)})).toMatchObject({
      actor,
      severity: 'critical',
      details: {finding: code},
    });
  });

  test('is logged once', () => {
    expect(eventsOf({state: 'stopping', exit: exitOf(1)}, {exit: exitOf(1)})).toEqual([]);
  });
});

describe('a new state', () => {
  test.each<[LifecycleState['state'], LifecycleState['state'], Cause, string, string]>([
    ['stopped', 'preflight', null, 'supervisor', 'info'],
    ['backing-off', 'preflight', null, 'policy', 'info'],
    ['stopped', 'preflight', 'command', 'operator', 'info'],
    ['preflight', 'starting', null, 'supervisor', 'info'],
    ['starting', 'ready', null, 'engine', 'info'],
    ['degraded', 'ready', null, 'engine', 'info'],
    ['ready', 'degraded', null, 'engine', 'warning'],
    ['ready', 'draining', null, 'policy', 'info'],
    ['ready', 'draining', 'command', 'operator', 'info'],
    ['ready', 'stopping', null, 'supervisor', 'info'],
    ['stopping', 'stopped', null, 'supervisor', 'info'],
    ['starting', 'failed', null, 'engine', 'critical'],
    ['ready', 'backing-off', null, 'policy', 'warning'],
  ])('%s to %s, cause %s: by the %s, %s', (from, to, cause, actor, severity) => {
    expect(only({state: from}, {state: to}, cause)).toMatchObject({
      code: `engine.${to}`,
      actor,
      severity,
      atMs: 7,
      runId: 'run-1',
      details: {from},
    });
  });

  test('ready has the duration of its start, if there was one', () => {
    const startMs = (ms: number) => only({state: 'starting'}, {state: 'ready', readyAtMs: 1_000 + ms});
    expect(startMs(119_000)).toMatchObject({details: {startMs: 119_000}, message: expect.stringContaining('119 s')});
    expect(startMs(120_000).message).toContain('2 min');
    expect(startMs(7_140_000).message).toContain('119 min');
    expect(startMs(7_200_000).message).toContain('2.0 h');
    expect(only({state: 'starting', run: null}, {state: 'ready', readyAtMs: 9}).details).toEqual({from: 'starting'});
    expect(only({state: 'degraded', readyAtMs: 5}, {state: 'ready', readyAtMs: 9}).details).toEqual({from: 'degraded'});
  });

  test('a long hang is ended by the policy, not one that a command ends', () => {
    const pending = {settings: settingsOf(), force: false};
    expect(only({state: 'degraded'}, {state: 'stopping', pending})).toMatchObject({
      actor: 'policy',
      severity: 'warning',
    });
    expect(only({state: 'degraded'}, {state: 'stopping'})).toMatchObject({actor: 'supervisor', severity: 'info'});
    expect(only({state: 'ready'}, {state: 'stopping', pending})).toMatchObject({actor: 'supervisor'});
    expect(only({state: 'degraded'}, {state: 'stopping', pending}, 'command')).toMatchObject({
      actor: 'operator',
      severity: 'info',
    });
  });

  test('a rollback is logged once, with its cause', () => {
    const rolledBack = {settings: settingsOf(1), cause: findingOf('vllm.x'), atMs: 1};
    expect(only({state: 'starting'}, {state: 'stopping', rolledBack})).toMatchObject({
      actor: 'policy',
      severity: 'warning',
      details: {finding: 'vllm.x'},
    });
    const later = only({state: 'ready', rolledBack}, {state: 'stopping'});
    expect(later).toMatchObject({actor: 'supervisor', severity: 'info'});
  });

  test('a wait for a restart has its number and its end', () => {
    const backOff = {attempt: 2, maxAttempts: 5, untilMs: 70_000};
    const exit = {status: 1, wasRequested: false, atMs: 60_000};
    const events = eventsOf({state: 'ready'}, {state: 'backing-off', backOff, exit, diagnosis: findingOf('vllm.x')});
    expect(events.map(({code}) => code)).toEqual(['engine.exited', 'engine.backing-off']);
    expect(events[1]).toMatchObject({
      details: {attempt: 2, maxAttempts: 5, untilMs: 70_000, finding: 'vllm.x'},
      message: expect.stringContaining('10 s'),
    });
    const later = only({state: 'preflight', exit}, {state: 'backing-off', backOff, diagnosis: findingOf('vllm.x')});
    expect(later.message).toContain('vllm.x happened.');
  });
});

describe('a run', () => {
  test('that is new is started or adopted, with the right actor', () => {
    const before = {run: null, state: 'starting'} as const;
    expect(only(before, {run: runOf(2)})).toMatchObject({code: 'engine.spawned', details: {pid: 1002}, runId: 'run-2'});
    expect(only(before, {run: runOf(2)}, 'command').code).toBe('engine.spawned');
    expect(only({run: null, state: 'stopped'}, {run: runOf(2), state: 'ready'}, 'adoption').code).toBe(
      'engine.adopted',
    );
    expect(eventsOf({}, {run: {...runOf(1)}})).toEqual([]);
  });

  test('that is adopted has no event for its state; every other new state has one', () => {
    const stopped = {run: null, state: 'stopped'} as const;
    const codes = (state: Partial<LifecycleState>, cause: Cause) =>
      eventsOf(stopped, state, cause).map(({code}) => code);
    expect(codes({run: runOf(2), state: 'ready'}, 'adoption')).toEqual(['engine.adopted']);
    expect(codes({run: runOf(2), state: 'starting'}, 'command')).toEqual(['engine.spawned', 'engine.starting']);
    expect(codes({run: null, state: 'failed'}, 'adoption')).toEqual(['engine.failed']);
  });

  test('that has ended is still in the events of its end', () => {
    expect(only({state: 'stopping'}, {state: 'stopped', run: null}).runId).toBe('run-1');
    expect(only({state: 'preflight', run: null}, {state: 'failed'}).runId).toBeNull();
  });
});

describe('settings', () => {
  const other = settingsOf(65_536);

  test('that a command changed are the operator\u2019s; those of a rollback the policy\u2019s', () => {
    const rolledBack = {settings: settingsOf(1), cause: findingOf('x'), atMs: 1};
    expect(only({}, {settings: other}, 'command')).toMatchObject({actor: 'operator', severity: 'info'});
    expect(only({}, {settings: other})).toMatchObject({actor: 'operator', severity: 'info'});
    expect(only({}, {settings: other, rolledBack})).toMatchObject({actor: 'policy', severity: 'warning'});
    expect(only({rolledBack}, {settings: other})).toMatchObject({actor: 'policy', severity: 'warning'});
    expect(only({rolledBack}, {settings: other}, 'command')).toMatchObject({actor: 'operator', severity: 'info'});
  });

  test('that are equal, or the first ones, are not a change', () => {
    expect(eventsOf({}, {settings: {...settingsOf()}})).toEqual([]);
    expect(eventsOf({settings: null}, {settings: other})).toEqual([]);
    expect(eventsOf({}, {settings: null})).toEqual([]);
  });

  test('that were not set are null in the details', () => {
    const {details} = only({}, {settings: {...settingsOf(), maxRunningRequests: 64}});
    expect(details).toEqual({maxRunningRequests: {from: null, to: '64'}});
  });
});

describe('which events reach a hook', () => {
  test.each([
    [['engine.failed'], 'engine.failed', true],
    [['engine.failed'], 'engine.failed.x', false],
    [['engine.failed'], 'xengine.failed', false],
    [['engine.failed'], 'engine-failed', false],
    [['engine.*'], 'engine.ready', true],
    [['*.failed'], 'engine.failed', true],
    [['*'], 'anything', true],
    [['e*e.*d'], 'engine.failed', true],
    [['a', 'engine.*'], 'engine.x', true],
    [[], 'engine.x', false],
    [['engine.(ready|failed)'], 'engine.ready', false],
    [['engine.[a-z]+'], 'engine.x', false],
  ])('%j: %s %s', (on, code, expected) => {
    expect(wantsEvent({on}, code)).toBe(expected);
  });
});
