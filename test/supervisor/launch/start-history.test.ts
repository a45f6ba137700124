import {describe, expect, test} from 'vitest';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import type {MemoryPlan} from '../../../src/domain/memory/plan/memory-plan.ts';
import {openHistory} from '../../../src/history/open-history.ts';
import {absent, isAbsent, type Reading} from '../../../src/samples/reading.ts';
import {ok} from '../../../src/shared/result.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {createCurrentPlan} from '../../../src/supervisor/launch/current-plan.ts';
import {planNode, smallestCard} from '../../../src/supervisor/launch/plan-cards.ts';
import {PlanKnowledge} from '../../../src/supervisor/launch/plan-knowledge.ts';
import {LearnedStarts, readEarlierStarts, recordStart} from '../../../src/supervisor/launch/start-history.ts';
import {nothingObserved} from '../../../src/supervisor/snapshot/observation.ts';
import {after, runOf, settingsOf, toReady} from '../../domain/lifecycle/lifecycle-samples.ts';
import {h200Cards} from './gpu-samples.ts';

const ready: LifecycleState = {
  ...after(toReady).state,
  readyAtMs: 14_000,
  // In the order in which they were said, which is not that of their times.
  phaseEnteredAtMs: {'load-weights': 4_000, launch: 1_000, serve: 12_000},
};

function presentOf(plan: Reading<MemoryPlan>): MemoryPlan {
  if (isAbsent(plan)) throw new Error(plan.absent);
  return plan;
}

function startsAfter(...states: readonly LifecycleState[]) {
  const history = openHistory({path: ':memory:'});
  if (!history.ok) throw new Error(history.error.message);
  for (const state of states) recordStart(history.value, state);
  return readEarlierStarts(history.value);
}

describe('the history of starts', () => {
  test('keeps how long each phase took, the last one to the first token', () => {
    expect(startsAfter(ready)).toMatchObject([
      {
        phaseDurationsMs: {launch: 3_000, 'load-weights': 8_000, serve: 2_000},
        totalMs: 13_000,
        settings: ready.settings,
      },
    ]);
  });

  test('keeps nothing of a start that was adopted, never was ready, or has no run', () => {
    expect(startsAfter({...ready, internal: {...ready.internal, isAdopted: true}})).toEqual([]);
    expect(startsAfter({...ready, readyAtMs: null})).toEqual([]);
    expect(startsAfter({...ready, run: null})).toEqual([]);
    expect(startsAfter({...ready, settings: null})).toEqual([]);
  });

  test('gives the newest first', () => {
    const many = Array.from({length: 3}, (_, index) => ({
      ...ready,
      run: runOf(index),
      phaseEnteredAtMs: {launch: 14_000 - index},
    }));
    expect(startsAfter(...many).map(({phaseDurationsMs}) => phaseDurationsMs.launch)).toEqual([2, 1, 0]);
  });
});

describe('the card that a plan is made for', () => {
  const [card] = h200Cards(1);
  if (card === undefined) throw new Error('there is no card');
  const cards = [9, 8, 7].map((tenth, index) => ({
    ...card,
    index,
    name: `card ${index}`,
    memoryTotalBytes: tenth * 1e10,
  }));

  test('is the smallest of those that the engine uses', () => {
    expect(smallestCard(cards, 3)).toMatchObject({name: 'card 2'});
    expect(smallestCard(cards, 2)).toMatchObject({name: 'card 1'});
    expect(smallestCard(cards.toReversed(), 3)).toMatchObject({name: 'card 2'});
  });

  test('is absent if no card can be read, and an unreadable one is skipped', () => {
    expect(smallestCard([], 1)).toHaveProperty('absent');
    const lost = {...card, memoryTotalBytes: absent('lost')};
    expect(smallestCard([lost], 1)).toHaveProperty('absent');
    expect(smallestCard([lost, ...cards], 4)).toMatchObject({name: 'card 2'});
    expect(smallestCard([{...card, name: absent('no name')}], 1)).toHaveProperty('nvmlBytes');
  });
});

describe('a start that has just finished', () => {
  const learnedStarts = (parts: Omit<ConstructorParameters<typeof LearnedStarts>[0], 'clock' | 'observer'>) =>
    new LearnedStarts({...parts, clock: {nowMs: () => 20_000}, observer: {get: () => nothingObserved}});
  const starting: LifecycleState = {...ready, state: 'starting', readyAtMs: null};

  function learn(state: LifecycleState, before: LifecycleState, isPlanned = true) {
    const history = openHistory({path: ':memory:'});
    if (!history.ok) throw new Error(history.error.message);
    const knowledge = new PlanKnowledge(history.value, () => Promise.resolve(ok(null)));
    const plan = createCurrentPlan(() => ({gpuInventory: null, gpuFrame: null, gpuTrouble: null}), knowledge);
    if (isPlanned) plan.keep(planNode(settingsOf(), h200Cards(8), knowledge));
    const learned = learnedStarts({history: history.value, knowledge, plan});
    learned.onStateChange(state, before);
    return {starts: learned.earlier.length, outcomes: knowledge.outcomes.map(({runId}) => runId)};
  }

  const facts = {kvCachePoolBytesPerGpu: 50 * BYTES_PER_GIB};

  test('teaches how long its phases took and how much memory it needed', () => {
    expect(learn({...ready, state: 'ready', facts}, starting)).toEqual({starts: 1, outcomes: ['run-1']});
  });

  test.each([
    ['made for fewer GPUs', 7, []],
    ['made with what a start that ran out of memory held', 8, [14]],
    ['that doubts what a start that ran out of memory held', 8, [40]],
  ])('and is ready disproves the plan %s', (_, gpuCount, overheadsGib) => {
    const history = openHistory({path: ':memory:'});
    if (!history.ok) throw new Error(history.error.message);
    const knowledge = new PlanKnowledge(history.value, () => Promise.resolve(ok(null)));
    for (const gib of overheadsGib) {
      const {weightsBytes, outsideBytes} = presentOf(planNode(settingsOf(), h200Cards(8), knowledge)).perGpu;
      const held = {heldBytesPerGpu: weightsBytes + outsideBytes + gib * BYTES_PER_GIB, wantedBytesPerGpu: 0};
      const failed: LifecycleState = {...ready, run: runOf(0), state: 'failed', facts: held};
      knowledge.record(failed, presentOf(planNode(settingsOf(), h200Cards(8), knowledge)), {
        atMs: 1,
        otherProgramsBytes: 0,
      });
    }
    const frame = {stamp: {sampledAtMs: 1, monotonicMs: 1}, expectedCount: 8, gpus: h200Cards(8), missingIndexes: []};
    const plan = createCurrentPlan(() => ({gpuInventory: null, gpuFrame: frame, gpuTrouble: null}), knowledge);
    plan.keep(planNode(settingsOf(), h200Cards(gpuCount), knowledge));
    const before = presentOf(plan.get());
    const learned = learnedStarts({history: history.value, knowledge, plan});
    learned.onStateChange({...ready, state: 'ready', facts}, starting);
    const after = presentOf(plan.get());
    expect(after).toMatchObject({verdict: 'fits', confidence: 'calibrated', node: {gpuCount: 8}});
    expect(after.perGpu.kvCachePoolBytes).toBe(facts.kvCachePoolBytesPerGpu);
    expect(after.findings.map(({code}) => code)).not.toContain('plan.overhead-implausible');
    expect([before.verdict, before.perGpu.overheadBytes]).not.toEqual([after.verdict, after.perGpu.overheadBytes]);
  });

  test('that gave no usable answer for some time teaches only its memory', () => {
    const wrongAnswers = {...starting, state: 'degraded', readyAtMs: null} as const;
    expect(learn({...ready, state: 'ready', facts}, wrongAnswers)).toEqual({starts: 0, outcomes: ['run-1']});
    expect(learn({...ready, state: 'failed', facts}, wrongAnswers)).toEqual({starts: 0, outcomes: ['run-1']});
  });

  test('and failed teaches only its memory, also if its run is over', () => {
    expect(learn({...ready, state: 'failed', run: null, facts}, starting)).toEqual({starts: 0, outcomes: ['run-1']});
  });

  test('without a plan teaches only its times', () => {
    expect(learn({...ready, state: 'ready', facts}, starting, false)).toEqual({starts: 1, outcomes: []});
  });

  test('is measured by what its log says after its server has answered, but not by memory that runs out later', () => {
    const history = openHistory({path: ':memory:'});
    if (!history.ok) throw new Error(history.error.message);
    const knowledge = new PlanKnowledge(history.value, () => Promise.resolve(ok(null)));
    const fits = presentOf(planNode(settingsOf(), h200Cards(8), knowledge));
    const held = {
      heldBytesPerGpu: fits.perGpu.weightsBytes + fits.perGpu.outsideBytes + 40 * BYTES_PER_GIB,
      wantedBytesPerGpu: 0,
    };
    const failed: LifecycleState = {...ready, run: runOf(0), state: 'failed', facts: held};
    knowledge.record(failed, fits, {atMs: 1, otherProgramsBytes: 0});
    const frame = {stamp: {sampledAtMs: 1, monotonicMs: 1}, expectedCount: 8, gpus: h200Cards(8), missingIndexes: []};
    const plan = createCurrentPlan(() => ({gpuInventory: null, gpuFrame: frame, gpuTrouble: null}), knowledge);
    plan.keep(planNode(settingsOf(), h200Cards(8), knowledge));
    const learned = learnedStarts({history: history.value, knowledge, plan});
    const codes = () => presentOf(plan.get()).findings.map(({code}) => code);
    const answering: LifecycleState = {...ready, state: 'ready', facts: {}};
    learned.onStateChange(answering, starting);
    expect(codes()).toContain('plan.overhead-implausible');
    const measured: LifecycleState = {...answering, facts};
    learned.onStateChange(measured, answering);
    expect(codes()).not.toContain('plan.overhead-implausible');
    const outcomes = knowledge.outcomes;
    learned.onStateChange({...measured, facts: {...facts, ...held}}, measured);
    learned.onStateChange({...measured, state: 'degraded'}, measured);
    expect(knowledge.outcomes).toBe(outcomes);
  });

  test('is not one that continues, or that had finished before', () => {
    const nothing = {starts: 0, outcomes: []};
    expect(learn({...ready, state: 'starting', facts}, starting)).toEqual(nothing);
    expect(learn({...ready, state: 'stopping', facts}, starting)).toEqual(nothing);
    expect(learn({...ready, state: 'ready', facts}, {...ready, state: 'degraded'})).toEqual(nothing);
    expect(learn({...ready, state: 'failed', facts}, {...ready, state: 'ready'})).toEqual(nothing);
  });
});
