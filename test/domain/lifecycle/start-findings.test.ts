import {describe, expect, test} from 'vitest';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {
  awaitedTokenFindings,
  settingsFindings,
  slowStartFindings,
} from '../../../src/domain/lifecycle/start-findings.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {after, findingOf, firing, runOf, settingsOf, toStarting} from './lifecycle-samples.ts';

describe('a start that takes longer than any before it', () => {
  const loading = {state: 'starting', phase: 'load-weights', phaseEnteredAtMs: {'load-weights': 0}} as const;

  test('is reported relative to this node\u2019s own starts, and never stopped for it', () => {
    const starts = [{'load-weights': 240_000}, {'load-weights': 200_000}];
    expect(slowStartFindings(loading, 470_000, starts)).toEqual([]);
    const [finding] = slowStartFindings(loading, 840_000, starts);
    expect(finding).toMatchObject({code: 'lifecycle.start-slow', severity: 'warning', settingsChange: null});
    expect(finding?.message).toBe(
      'Loading weights has taken 14 min so far; the slowest of 2 earlier starts on this node took 4 min.',
    );
  });

  test('blames slow files only for a phase that reads some', () => {
    const remedyIn = (phase: 'load-weights' | 'serve') =>
      slowStartFindings({state: 'starting', phase, phaseEnteredAtMs: {[phase]: 0}}, 9e6, [{[phase]: 1_000}])[0]?.remedy;
    expect(remedyIn('load-weights')).toContain('file system');
    expect(remedyIn('serve')).toBe('Read the newest log lines. The start continues.');
  });

  test('is not reported for a phase of seconds, without an earlier start, or for a serving engine', () => {
    expect(slowStartFindings(loading, 50_000, [{'load-weights': 2_000}])).toEqual([]);
    expect(slowStartFindings(loading, 9e9, [])).toEqual([]);
    expect(slowStartFindings(loading, 9e9, [{serve: 1}])).toEqual([]);
    expect(slowStartFindings({...loading, state: 'ready'}, 9e9, [{'load-weights': 1}])).toEqual([]);
  });
});

describe('a starting engine that leaves the request for its first token without an answer', () => {
  const {runId} = runOf(1);
  const timedOut = {type: 'probe-failed', runId, answer: 'No.', timeoutMs: 30_000, meanwhile: 'none'} as const;
  const serving = after([{type: 'log-phase', runId, phase: 'serve'}], after(toStarting).state).state;
  const messageAt = (state: LifecycleState, nowMs: number) => awaitedTokenFindings(state, nowMs)[0]?.message;

  test('is reported with how often, the time limit of a request, and the wait so far', () => {
    expect(awaitedTokenFindings(serving, 9e9)).toEqual([]);
    const {state: once, effects} = after([timedOut], serving);
    expect(effects).toContainEqual(expect.objectContaining({type: 'set-timer', timer: 'probe'}));
    const sinceMs = once.internal.startTimeouts?.sinceMs ?? 0;
    expect(messageAt(once, sinceMs + 34_000)).toBe(
      'The log says that the engine serves, but it has not generated its first token: attempt 1 timed out after 30 s, 34 s of waiting so far.',
    );
    const twice = after([firing(once, 'probe'), timedOut], once).state;
    expect(messageAt(twice, sinceMs + 190_000)).toMatch(/: attempt 2 timed out after 30 s, 3 min of waiting so far\.$/);
    expect(awaitedTokenFindings(twice, sinceMs + 190_000)).toMatchObject([
      {
        severity: 'warning',
        details: {timeouts: 2, timeoutMs: 30_000, waitedMs: 190_000, phase: 'serve'},
        remedy: expect.stringContaining('without a time limit'),
      },
    ]);
    // The clock was set back: it has waited for its requests at least.
    expect(messageAt(twice, 0)).toContain('60 s of waiting so far');
  });

  test('does not claim that the log says it serves where the log does not', () => {
    const {state} = after([timedOut], after(toStarting).state);
    expect(messageAt(state, 0)).toMatch(/^The engine has not generated its first token: /);
  });

  test('is over with any answer, with a refused connection, and with the start', () => {
    const {state} = after([timedOut], serving);
    for (const event of [
      {type: 'probe-failed', runId, answer: 'Refused.'},
      {type: 'probe-failed', runId, answer: 'Not found.', finding: findingOf('engine.probe-refused')},
      {type: 'probe-succeeded', runId},
      {...timedOut, meanwhile: 'generated'},
      {type: 'engine-exited', runId, status: 1},
    ] as const) {
      expect(awaitedTokenFindings(after([event], state).state, 9e9)).toEqual([]);
    }
  });
});

describe('the settings that served last', () => {
  const base = initialLifecycleState({lastGoodSettings: settingsOf(131_072)});

  test('are offered after other settings failed, ready for a restart', () => {
    const failed = {...base, state: 'failed' as const, settings: settingsOf(1_048_576)};
    expect(settingsFindings(failed)).toMatchObject([
      {code: 'lifecycle.last-good-settings', settingsChange: {contextLengthTokens: 131_072}},
    ]);
    expect(settingsFindings({...failed, settings: settingsOf(131_072)})).toEqual([]);
    expect(settingsFindings({...failed, state: 'ready'})).toEqual([]);
  });

  test('of another engine are not offered: where that engine is installed is not configured now', () => {
    const settings = {...settingsOf(131_072), engine: 'llamacpp', model: '/models/k.gguf'};
    const [finding] = settingsFindings({...base, state: 'failed', settings});
    expect(finding).toMatchObject({code: 'lifecycle.last-good-settings', settingsChange: null});
    expect(finding?.remedy).toContain('engine.name to vllm');
    expect(finding?.details).toMatchObject({differences: [{key: 'model'}, {key: 'engine'}]});
  });

  test('are reported as used again, with what was wrong with the others', () => {
    const cause = findingOf('vllm.kv-cache-too-small');
    const rolledBack = {settings: settingsOf(1_048_576), cause, atMs: 1};
    const [finding] = settingsFindings({...base, state: 'starting', settings: settingsOf(131_072), rolledBack});
    expect(finding).toMatchObject({code: 'lifecycle.rolled-back', severity: 'warning'});
    expect(finding?.message).toContain('context 131,072, not 1,048,576');
    expect(finding?.message).toContain(cause.message);
  });
});
