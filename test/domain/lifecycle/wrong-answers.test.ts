import {describe, expect, test} from 'vitest';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {after, findingOf, runOf, toReady, toStarting} from './lifecycle-samples.ts';

const {runId} = runOf(1);
const finding = findingOf('engine.generates-nothing');
const wrong = {type: 'probe-failed', runId, answer: 'No text.', finding} as const;
const unanswered = {type: 'probe-failed', runId, answer: 'Connection refused.'} as const;
const valid = {type: 'probe-succeeded', runId} as const;
const broken = {type: 'probe-failed', runId, answer: '!!!!', finding, isBrokenOutput: true} as const;

const times = <T>(count: number, event: T): readonly T[] => Array.from({length: count}, () => event);
const probed = (state: LifecycleState, ...events: Parameters<typeof after>[0]): LifecycleState =>
  after(events, state).state;

describe('an engine that answers requests after its start, but never with a generated token', () => {
  const starting = after(toStarting).state;
  const degraded = probed(starting, ...times(30, wrong));

  test('is starting for 30 answers, with the reason, and degraded from then on', () => {
    expect(probed(starting, ...times(29, wrong))).toMatchObject({state: 'starting', diagnosis: finding});
    expect(degraded).toMatchObject({state: 'degraded', diagnosis: finding, readyAtMs: null});
    expect(degraded.progressRatio).toHaveProperty('absent');
    expect(degraded.internal.timerIds).toHaveProperty('probe');
  });

  test.each([
    ['a probe without an answer', unanswered],
    ['one odd text', broken],
  ])('the count starts again after %s: a port that opens late is no answer', (_, between) => {
    const interrupted = [...times(29, wrong), between, ...times(29, wrong)];
    expect(probed(starting, ...interrupted)).toMatchObject({state: 'starting'});
  });

  test('answers of another program on its port are shown, and never count: it is still starting', () => {
    const foreign = {...wrong, isOfAnotherProgram: true} as const;
    expect(probed(starting, ...times(500, foreign))).toMatchObject({state: 'starting', diagnosis: finding});
    expect(probed(starting, ...times(29, wrong), foreign, ...times(29, wrong))).toMatchObject({state: 'starting'});
    expect(probed(starting, ...times(5, foreign), unanswered)).toMatchObject({state: 'starting', diagnosis: null});
  });

  test('no number of unanswered probes ends a start', () => {
    expect(probed(starting, ...times(500, unanswered))).toMatchObject({state: 'starting', diagnosis: null});
  });

  test('becomes ready with its first valid answer, and its settings count as good', () => {
    const {state, effects} = after([valid], degraded);
    expect(state).toMatchObject({state: 'ready', diagnosis: null, lastGoodSettings: degraded.settings});
    expect(state.readyAtMs).not.toBeNull();
    expect(effects).toContainEqual({
      type: 'record',
      entry: {type: 'run-ready', runId, atMs: expect.any(Number)},
    });
  });

  test('is not ready by a step, which shows no usable answer: it is asked again', () => {
    const {state, effects} = after([{type: 'progress-resumed', runId}], degraded);
    expect(state).toMatchObject({state: 'degraded', diagnosis: finding, readyAtMs: null});
    expect(effects).toContainEqual({type: 'probe-readiness', runId});
  });

  test('becomes ready with broken text as an engine does that starts', () => {
    const state = probed(degraded, broken, broken);
    expect(state).toMatchObject({state: 'ready', diagnosis: finding, lastGoodSettings: null});
    expect(state.readyAtMs).not.toBeNull();
  });

  test('stays down after an exit: the operator started it, and it never served', () => {
    const exited = probed(degraded, {type: 'engine-exited', runId, status: 1}, {type: 'processes-gone', runId});
    expect(['failed', 'stopping']).toContain(exited.state);
    expect(exited.backOff).toBeNull();
    expect(exited.diagnosis).toMatchObject({code: 'lifecycle.engine-exited', details: {phase: starting.phase}});
    expect(starting.phase).not.toBeNull();
  });

  test('a valid answer or another run resets the count', () => {
    expect(degraded.internal.consecutiveWrongAnswers).toBe(30);
    expect(probed(degraded, valid).internal.consecutiveWrongAnswers).toBe(0);
    expect(after(toReady).state.internal.consecutiveWrongAnswers).toBe(0);
  });
});
