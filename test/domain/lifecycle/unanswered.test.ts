import {describe, expect, test} from 'vitest';
import {failureFindings} from '../../../src/domain/lifecycle/crashes.ts';
import type {RunEvent} from '../../../src/domain/lifecycle/lifecycle.ts';
import {stateNameOf} from '../../../src/domain/lifecycle/phases.ts';
import {defaultRestartPolicy} from '../../../src/domain/lifecycle/restart-policy.ts';
import {
  after,
  findingOf,
  firing,
  goneEvents,
  runOf,
  settingsOf,
  stopEvent,
  type TimelessEvent,
  toReady,
  toStarting,
} from './lifecycle-samples.ts';

const {runId} = runOf(1);
const silent = {type: 'server-silent', runId, unansweredMs: 15_000, evidence: 'pid 7 is stopped'} as const;
const answers = {type: 'server-answers', runId} as const;
const ready = after(toReady).state;

describe('a server that responds to nothing', () => {
  test('is not ready, also not at its first response: only at a token, which is requested then', () => {
    const {state: degraded, effects} = after([silent], ready);
    expect(effects).toContainEqual({type: 'probe-readiness', runId});
    expect(degraded).toMatchObject({
      state: 'degraded',
      diagnosis: {code: 'lifecycle.not-answering', evidence: 'pid 7 is stopped', details: {unansweredMs: 15_000}},
    });
    const {state} = after([answers], degraded);
    expect(state).toMatchObject({state: 'degraded', diagnosis: {code: 'lifecycle.not-generating'}});
    const failed = {type: 'probe-failed', runId, answer: 'status 503.'} as const;
    const unavailable = after([failed, answers], state).state;
    expect(unavailable).toMatchObject({state: 'degraded', diagnosis: {code: 'lifecycle.not-generating'}});
    expect(firing(unavailable, 'probe')).toMatchObject({timer: 'probe'});
    for (const shown of [
      {type: 'probe-succeeded', runId},
      {type: 'progress-resumed', runId},
      {...failed, meanwhile: 'generated'},
    ] as const) {
      expect(after([shown], state).state).toMatchObject({state: 'ready', diagnosis: null});
    }
  });

  test('is asked for a token as long as it is silent, and is ready with the first one', () => {
    const {state: degraded, effects} = after([silent], ready);
    expect(effects).toContainEqual({type: 'probe-readiness', runId});
    const failed = {type: 'probe-failed', runId, answer: 'No token.'} as const;
    const once = after([failed], degraded).state;
    const twice = after([firing(once, 'probe'), failed], once).state;
    expect(twice).toMatchObject({state: 'degraded', diagnosis: {code: 'lifecycle.not-answering'}});
    const answered = after([firing(twice, 'probe'), {type: 'probe-succeeded', runId}], twice).state;
    expect(answered).toMatchObject({state: 'ready', diagnosis: null});
  });

  test('is restarted after the time that the policy allows a hang, which counts from its first sign', () => {
    const hangPolicy = {...defaultRestartPolicy, hangRestartAfterMs: 120_000};
    const watched = after([{type: 'policy-changed', policy: hangPolicy}], ready).state;
    const degraded = after([silent], watched);
    expect(degraded.effects).toContainEqual(
      expect.objectContaining({type: 'set-timer', timer: 'hang', afterMs: 120_000}),
    );
    const failed = {type: 'probe-failed', runId, answer: 'No token.'} as const;
    const once = after([answers, failed], degraded.state).state;
    const twice = after([firing(once, 'probe'), failed], once);
    expect(twice.effects).not.toContainEqual(expect.objectContaining({timer: 'hang'}));
    const over = after([firing(twice.state, 'hang')], twice.state);
    expect(over.state).toMatchObject({state: 'stopping', pending: {settings: settingsOf()}});
    expect(over.effects).toContainEqual(expect.objectContaining({type: 'terminate-leader'}));
  });

  test('one that answers no probe twice is restarted too, one that answers wrongly is not', () => {
    const hangPolicy = {...defaultRestartPolicy, hangRestartAfterMs: 120_000};
    const watched = after([{type: 'policy-changed', policy: hangPolicy}], ready).state;
    const twice = (failed: TimelessEvent) => {
      const once = after([failed], watched).state;
      return after([firing(once, 'probe'), failed], once).state;
    };
    const unanswered = twice({type: 'probe-failed', runId, answer: 'No token.'});
    expect(after([firing(unanswered, 'hang')], unanswered).state.state).toBe('stopping');
    const wrong = twice({type: 'probe-failed', runId, answer: 'Not found.', finding: findingOf('engine.not-found')});
    expect(wrong.state).toBe('degraded');
    expect(wrong.internal.timerIds).not.toHaveProperty('hang');
    const changed = after([{type: 'probe-failed', runId, answer: '', finding: findingOf('x')}], unanswered).state;
    expect(after([firing(changed, 'hang')], changed).state.state).toBe('degraded');
  });

  test('says nothing of an engine that starts or is being stopped', () => {
    for (const state of [after(toStarting).state, after([stopEvent], ready).state]) {
      expect(after([silent], state)).toEqual({state, effects: []});
    }
  });

  test('that responds again refutes no stall and no wrong answer', () => {
    const stalled = after(
      [{type: 'progress-stalled', runId, stall: {stalledMs: 90_000, runningRequests: 2, waitingRequests: 0}}, answers],
      ready,
    ).state;
    expect(stalled).toMatchObject({state: 'degraded', diagnosis: {code: 'lifecycle.not-generating'}});
  });

  test('ends no finding about broken output: nothing valid was seen', () => {
    const finding = findingOf('engine.output-collapsed');
    const broken = {type: 'probe-failed', runId, answer: 'Broken.', finding, isBrokenOutput: true} as const;
    const once = after([broken], ready).state;
    const reported = after([firing(once, 'probe'), broken], once).state;
    expect(failureFindings(reported).map(({code}) => code)).toEqual(['engine.output-collapsed']);
    const degraded = after([silent], reported).state;
    expect(failureFindings(degraded).map(({code}) => code)).toEqual([
      'lifecycle.not-answering',
      'engine.output-collapsed',
    ]);
    const answering = after([answers], degraded).state;
    expect(failureFindings(answering).map(({code}) => code)).toEqual([
      'lifecycle.not-generating',
      'engine.output-collapsed',
    ]);
    expect(after([{type: 'progress-resumed', runId}], answering).state.diagnosis).toEqual(finding);
  });

  test('is called ready nowhere', () => {
    expect(stateNameOf({state: 'ready', unansweredMs: 12_000})).toBe('not answering for 12 s');
    expect(stateNameOf({state: 'degraded', unansweredMs: 12_000})).toBe('not answering for 12 s');
    expect(stateNameOf({state: 'draining', unansweredMs: 12_000})).toBe('draining, not answering for 12 s');
    expect(stateNameOf({state: 'ready', unansweredMs: null})).toBe('ready');
  });
});

describe('a probe that waits in the queue of the engine', () => {
  const failed: Extract<RunEvent, {type: 'probe-failed'}> = {type: 'probe-failed', runId, answer: 'No token.'};
  const asked: TimelessEvent = {type: 'metrics-silent', runId};

  test.each(['generated', 'stepped', 'loaded'] as const)(
    'is no evidence of a hang, however often (%s)',
    (meanwhile) => {
      const queued = {...failed, meanwhile};
      const {state} = after([asked, queued, asked, queued, asked, queued], ready);
      expect(state).toMatchObject({state: 'ready', diagnosis: null});
      expect(state.internal.consecutiveProbeFailures).toBe(0);
    },
  );

  test('of a starting engine: tokens for others make it ready, a step or a full queue does not', () => {
    const {state: starting} = after([{type: 'log-phase', runId, phase: 'serve'}], after(toStarting).state);
    for (const meanwhile of ['stepped', 'loaded', 'none'] as const) {
      expect(after([{...failed, meanwhile}], starting).state).toMatchObject({state: 'starting'});
    }
    const {state, effects} = after([{...failed, meanwhile: 'generated'}], starting);
    expect(state).toMatchObject({state: 'ready', phase: null, readyAtMs: expect.any(Number)});
    expect(effects).toContainEqual({type: 'record', entry: expect.objectContaining({type: 'run-ready'})});
  });

  test('of an engine that became ready so is repeated until its turn, because its text is unchecked', () => {
    const {state: starting} = after([{type: 'log-phase', runId, phase: 'serve'}], after(toStarting).state);
    const queued = {...failed, meanwhile: 'generated'} as const;
    const unchecked = after([queued], starting).state;
    const again = after([firing(unchecked, 'probe'), queued], unchecked).state;
    expect(firing(again, 'probe')).toMatchObject({timer: 'probe'});
    const checked = after([firing(again, 'probe'), {type: 'probe-succeeded', runId}], again).state;
    expect(checked.internal.timerIds.probe).toBeUndefined();
    expect(after([asked, queued], checked).state.internal.timerIds.probe).toBeUndefined();
    const finding = findingOf('engine.output-collapsed');
    const broken = {...failed, finding, isBrokenOutput: true} as const;
    const once = after([firing(again, 'probe'), broken], again).state;
    expect(after([firing(once, 'probe'), broken], once).state).toMatchObject({state: 'ready', diagnosis: finding});
  });

  test('of an engine with unchecked text: its settings count as good at the first valid answer only', () => {
    const {state: starting} = after([{type: 'log-phase', runId, phase: 'serve'}], after(toStarting).state);
    const queued = {...failed, meanwhile: 'generated'} as const;
    const {state: unchecked, effects} = after([queued], starting);
    const record = {type: 'run-ready', runId, atMs: expect.any(Number)};
    expect(effects).toContainEqual({type: 'record', entry: {...record, isTextUnchecked: true}});
    expect(unchecked.lastGoodSettings).toBeNull();
    const broken = {...failed, finding: findingOf('engine.output-collapsed'), isBrokenOutput: true} as const;
    for (const before of [[], [broken], [broken, broken], [queued, broken]]) {
      const {state} = after(before, unchecked);
      expect(state).toMatchObject({state: 'ready', lastGoodSettings: null});
      const valid = after([{type: 'probe-succeeded', runId}], state);
      expect(valid.state).toMatchObject({diagnosis: null, lastGoodSettings: valid.state.settings});
      expect(valid.effects).toContainEqual({type: 'record', entry: record});
    }
  });

  test('of an adopted engine with unchecked text: it stays unchecked, also over a stop', () => {
    const adopted = {type: 'engine-adopted', run: runOf(1), settings: settingsOf(), readyAtMs: 5_000} as const;
    const {state} = after([{...adopted, isTextUnchecked: true}]);
    expect(state).toMatchObject({state: 'ready', lastGoodSettings: null});
    const {state: next} = after(
      [stopEvent, {type: 'engine-exited', runId, status: 0}, ...goneEvents, ...toReady],
      state,
    );
    expect(next).toMatchObject({state: 'ready', lastGoodSettings: next.settings, internal: {isTextUnchecked: false}});
  });

  test('is evidence without a step and without another request', () => {
    const once = after([asked, {...failed, meanwhile: 'none'}], ready).state;
    const twice = after([firing(once, 'probe'), {...failed, meanwhile: 'none'}], once).state;
    expect(twice).toMatchObject({state: 'degraded', diagnosis: {code: 'lifecycle.not-generating'}});
  });

  test('a step ends what two unanswered probes began, and nothing else does', () => {
    const once = after([asked, failed], ready).state;
    const degraded = after([firing(once, 'probe'), failed], once).state;
    expect(degraded.state).toBe('degraded');
    const loaded = after([firing(degraded, 'probe'), {...failed, meanwhile: 'loaded'}], degraded).state;
    expect(loaded.state).toBe('degraded');
    expect(after([firing(loaded, 'probe'), {...failed, meanwhile: 'stepped'}], loaded).state).toMatchObject({
      state: 'ready',
      diagnosis: null,
    });
  });

  test('a step refutes no wrong answer', () => {
    const refused = {...failed, finding: findingOf('engine.probe-refused')};
    const once = after([asked, refused], ready).state;
    const degraded = after([firing(once, 'probe'), refused], once).state;
    const stepped = after([firing(degraded, 'probe'), {...failed, meanwhile: 'stepped'}], degraded).state;
    expect(stepped).toMatchObject({state: 'degraded', diagnosis: {code: 'engine.probe-refused'}});
    expect(firing(stepped, 'probe')).toMatchObject({timer: 'probe'});
  });
});
