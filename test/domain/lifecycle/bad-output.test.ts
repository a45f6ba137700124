import {describe, expect, test} from 'vitest';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {defaultRestartPolicy} from '../../../src/domain/lifecycle/restart-policy.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {after, findingOf, firing, runOf, settingsOf, toReady, toStarting} from './lifecycle-samples.ts';

const {runId} = runOf(1);
const finding = findingOf('engine.output-collapsed');
const broken = {type: 'probe-failed', runId, answer: '!!!!', finding, isBrokenOutput: true} as const;
const refused = {type: 'probe-failed', runId, answer: 'refused.'} as const;
const valid = {type: 'probe-succeeded', runId} as const;

const probed = (state: LifecycleState, ...events: Parameters<typeof after>[0]): LifecycleState =>
  after(events, state).state;

describe('an engine whose output is broken', () => {
  const starting = after(toStarting).state;
  const ready = after(toReady).state;

  test.each([
    ['from its start', starting],
    ['while it serves', ready],
  ])('%s is ready, for it generates, and says after two such answers what is wrong', (_, state) => {
    const once = probed(state, broken);
    expect(once).toMatchObject({state: state.state, diagnosis: null});
    const twice = probed(once, broken);
    expect(twice).toMatchObject({state: 'ready', diagnosis: finding, phase: null});
    expect(twice.readyAtMs).not.toBeNull();
    expect(twice.internal.timerIds).toHaveProperty('probe');
  });

  test('is reported for two such answers in a row: others between them reset the count', () => {
    expect(probed(starting, broken, refused, broken)).toMatchObject({state: 'starting', diagnosis: null});
    expect(probed(ready, broken, valid, broken)).toMatchObject({state: 'ready', diagnosis: null});
  });

  test('is recorded as ready, but its settings count as good only when its output is valid', () => {
    const {state, effects} = after([broken, broken], starting);
    const record = {type: 'record', entry: {type: 'run-ready', runId, atMs: expect.any(Number)}};
    expect(effects).toContainEqual({...record, entry: {...record.entry, isOutputBroken: true}});
    expect(state.lastGoodSettings).toBeNull();
    const recovered = after([valid], state);
    expect(recovered.effects).toContainEqual(record);
    expect(recovered.state).toMatchObject({
      state: 'ready',
      diagnosis: null,
      readyAtMs: state.readyAtMs,
      lastGoodSettings: state.settings,
    });
  });

  test('keeps the finding until a valid answer: a refused one does not end it', () => {
    const reported = probed(ready, broken, broken);
    expect(probed(reported, refused)).toMatchObject({state: 'ready', diagnosis: finding});
    expect(probed(reported, refused, valid)).toMatchObject({state: 'ready', diagnosis: null});
    expect(probed(reported, {type: 'progress-resumed', runId})).toMatchObject({state: 'ready', diagnosis: finding});
  });

  test('is remembered over a stall and unanswered probes, until a valid answer', () => {
    const stall = {
      type: 'progress-stalled',
      runId,
      stall: {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0},
    } as const;
    const hung = probed(ready, broken, broken, stall, refused);
    expect(hung).toMatchObject({state: 'degraded', diagnosis: {code: 'lifecycle.not-generating'}});
    const {state: resumed, effects} = after([{type: 'progress-resumed', runId}], hung);
    expect(resumed).toMatchObject({state: 'ready', diagnosis: finding});
    expect(effects).toContainEqual({type: 'probe-readiness', runId});
    expect(probed(resumed, broken)).toMatchObject({state: 'ready', diagnosis: finding});
    expect(probed(resumed, valid)).toMatchObject({state: 'ready', diagnosis: null});
    expect(probed(hung, valid)).toMatchObject({state: 'ready', diagnosis: null, lastGoodSettings: hung.settings});
  });

  test('one odd answer before a stall is followed up after it', () => {
    const stall = {
      type: 'progress-stalled',
      runId,
      stall: {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0},
    } as const;
    const hung = probed(ready, stall, broken);
    const {state, effects} = after([{type: 'progress-resumed', runId}], hung);
    expect(state).toMatchObject({state: 'ready', diagnosis: null});
    expect(effects).toContainEqual({type: 'probe-readiness', runId});
  });

  test('that was adopted is reported at the next such answer, and counts as good at a valid one', () => {
    const adopted = after([
      {
        type: 'engine-adopted',
        run: runOf(1),
        settings: settingsOf(),
        readyAtMs: 5_000,
        isOutputBroken: true,
      },
    ]).state;
    expect(adopted).toMatchObject({state: 'ready', lastGoodSettings: null});
    expect(probed(adopted, broken)).toMatchObject({state: 'ready', diagnosis: finding, lastGoodSettings: null});
    const {state, effects} = after([valid], adopted);
    expect(state).toMatchObject({state: 'ready', diagnosis: null, lastGoodSettings: settingsOf()});
    expect(effects).toEqual([{type: 'record', entry: {type: 'run-ready', runId, atMs: expect.any(Number)}}]);
  });

  test('that answers nothing at all any more is degraded', () => {
    const silent = probed(ready, broken, broken, refused, refused);
    expect(silent).toMatchObject({state: 'degraded', diagnosis: {code: 'lifecycle.not-generating'}});
  });

  test('is never restarted for it, also where a hang would be', () => {
    const restart = {...defaultRestartPolicy, hangRestartAfterMs: 600_000};
    const serving = after(toReady, initialLifecycleState({policy: {restart}})).state;
    const stall = {stalledMs: 90_000, runningRequests: 3, waitingRequests: 0};
    const hung = probed(serving, {type: 'progress-stalled', runId, stall});
    expect(hung.internal.timerIds).toHaveProperty('hang');
    const answering = probed(hung, broken, broken);
    expect(answering).toMatchObject({state: 'ready', diagnosis: finding});
    expect(answering.internal.timerIds).not.toHaveProperty('hang');
  });
});

describe('an engine that answers without a token', () => {
  const empty = {
    type: 'probe-failed',
    runId,
    answer: 'no token.',
    finding: findingOf('engine.generates-nothing'),
  } as const;

  test('is not ready, and says why', () => {
    const state = probed(after(toStarting).state, empty, empty, empty);
    expect(state).toMatchObject({state: 'starting', diagnosis: empty.finding, readyAtMs: null});
  });
});

describe('metrics that are silent', () => {
  const silent = {type: 'metrics-silent', runId} as const;

  test('make a ready engine show that it generates', () => {
    const {state, effects} = after([silent], after(toReady).state);
    expect(effects).toEqual([{type: 'probe-readiness', runId}]);
    const degraded = probed(state, refused, firing(probed(state, refused), 'probe'), refused);
    expect(degraded).toMatchObject({state: 'degraded', diagnosis: {code: 'lifecycle.not-generating'}});
  });

  test('change nothing while it starts', () => {
    const starting = after(toStarting).state;
    expect(after([silent], starting)).toEqual({state: starting, effects: []});
  });
});

describe('what an ended run left behind', () => {
  const memory = {type: 'memory-freed', runId} as const;
  const exited = {type: 'engine-exited', runId, status: 0} as const;

  test('memory that is not released is over when it is', () => {
    const stopping = after(
      [{type: 'stop-requested', drainMs: 0}, exited, {type: 'processes-gone', runId}],
      after(toReady).state,
    ).state;
    const held = probed(stopping, firing(stopping, 'memory'));
    expect(held).toMatchObject({state: 'stopped', run: null, diagnosis: {code: 'lifecycle.memory-not-freed'}});
    expect(probed(held, memory)).toMatchObject({state: 'stopped', diagnosis: null});
  });

  test('processes that remain are over when they are gone', () => {
    const asked = after([{type: 'stop-requested', drainMs: 0}], after(toReady).state).state;
    const killing = probed(asked, firing(asked, 'terminate'));
    const stuck = probed(killing, firing(killing, 'kill'));
    expect(stuck).toMatchObject({state: 'failed', diagnosis: {code: 'lifecycle.processes-remain'}});
    const gone = probed(stuck, exited, {type: 'processes-gone', runId});
    expect(gone).toMatchObject({state: 'stopping', diagnosis: null});
    expect(probed(gone, memory)).toMatchObject({state: 'stopped', run: null, diagnosis: null});
    const held = probed(gone, firing(gone, 'memory'));
    expect(held).toMatchObject({state: 'stopped', diagnosis: {code: 'lifecycle.memory-not-freed'}});
  });
});
