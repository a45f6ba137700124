import {describe, expect, test} from 'vitest';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import type {PlanOutcome} from '../../../src/domain/memory/plan/plan-outcome.ts';
import {absent, isAbsent} from '../../../src/samples/reading.ts';
import {ok} from '../../../src/shared/result.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {planNode} from '../../../src/supervisor/launch/plan-cards.ts';
import {PlanKnowledge, type PlanSources} from '../../../src/supervisor/launch/plan-knowledge.ts';
import {runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {h200Cards} from './gpu-samples.ts';

const at = {atMs: 1000, otherProgramsBytes: 0};
const POOL_BYTES = 50 * BYTES_PER_GIB;

function newKnowledge() {
  const kept: PlanOutcome[] = [];
  const store = {
    readOutcomes: () => kept.toReversed(),
    recordOutcome: (outcome: PlanOutcome) => {
      const index = kept.findIndex(({runId}) => runId === outcome.runId);
      if (index < 0) kept.push(outcome);
      else kept[index] = outcome;
    },
  };
  return {kept, knowledge: new PlanKnowledge(store, () => Promise.resolve(ok(null)))};
}

function stateOf(change: Partial<LifecycleState>): LifecycleState {
  return {
    ...initialLifecycleState({lastGoodSettings: null}),
    settings: settingsOf(),
    run: runOf(1),
    version: '0.25.1',
    facts: {kvCachePoolBytesPerGpu: POOL_BYTES},
    ...change,
  };
}

const nothingKnown: PlanSources = {
  onDisk: () => null,
  installedVersion: () => null,
  runningVersion: () => null,
  outcomes: [],
};

function plan(knowledge: PlanSources = nothingKnown) {
  const made = planNode(settingsOf(), h200Cards(8), knowledge);
  if (isAbsent(made)) throw new Error(made.absent);
  return made;
}

describe('what a start measured', () => {
  test('is in the next plan of the same kind, which says so', () => {
    const {knowledge} = newKnowledge();
    expect(plan(knowledge).confidence).toBe('estimated');
    knowledge.record(stateOf({state: 'ready', readyAtMs: 1000}), plan(knowledge), at);
    const next = plan(knowledge);
    expect(next).toMatchObject({
      confidence: 'calibrated',
      basis: '1 start of vLLM 0.25.1 on NVIDIA H200, tensor parallel 8',
      engine: {version: '0.25.1'},
    });
    expect(next.perGpu.kvCachePoolBytes).toBe(POOL_BYTES);
  });

  test('is kept for a failed start too, and not for an adopted one', () => {
    const {kept, knowledge} = newKnowledge();
    knowledge.record(stateOf({state: 'failed'}), plan(), at);
    expect(kept).toHaveLength(1);
    const {internal} = stateOf({});
    knowledge.record(stateOf({run: runOf(2), internal: {...internal, isAdopted: true}}), plan(), at);
    expect(kept).toHaveLength(1);
  });

  test('has the use by nvidia-smi of the fullest card once the engine has settled', () => {
    const {kept, knowledge} = newKnowledge();
    const ready = stateOf({state: 'ready', readyAtMs: 1000});
    knowledge.record(ready, plan(), at);
    const used = Array.from({length: 8}, (_, index) => (120 + index) * BYTES_PER_GIB);
    knowledge.measure(ready, used, 2000);
    expect(kept[0]?.usedBytes).toBeNull();
    knowledge.measure(ready, used, 6000);
    expect(kept[0]?.usedBytes).toBe(127 * BYTES_PER_GIB);
  });

  test('has no such value while a GPU cannot be read, or without GPUs', () => {
    const {kept, knowledge} = newKnowledge();
    const ready = stateOf({state: 'ready', readyAtMs: 1000});
    knowledge.record(ready, plan(), at);
    for (const used of [[], [1, absent('GPU is lost')]]) knowledge.measure(ready, used, 9000);
    expect(kept[0]?.usedBytes).toBeNull();
    knowledge.measure(ready, [1, 2], 9500);
    expect(kept[0]?.usedBytes).toBe(2);
  });

  test('has no such value if the engine exited before', () => {
    const {kept, knowledge} = newKnowledge();
    knowledge.record(stateOf({state: 'ready', readyAtMs: 1000}), plan(), at);
    knowledge.measure(stateOf({state: 'failed', readyAtMs: 1000}), [1], 9000);
    knowledge.measure(stateOf({state: 'ready', readyAtMs: 1000}), [1], 9000);
    expect(kept[0]?.usedBytes).toBeNull();
  });
});

test('the files of a model are searched again at each load', async () => {
  const {knowledge} = newKnowledge();
  expect(knowledge.hasLooked('a')).toBe(false);
  expect(await knowledge.lookUpModel('a')).toEqual(ok(null));
  expect(knowledge.hasLooked('a')).toBe(true);
  expect(knowledge.onDisk('a')).toBeNull();
});

test('the version of a run is known until it ends, and not said to be that of the next one', () => {
  const {knowledge} = newKnowledge();
  expect(knowledge.runningVersion('vllm')).toBeNull();
  const notes = [null, '0.28.0', '0.28.0', null, '0.32.0'].map((version) => knowledge.noteRun(stateOf({version})));
  expect(notes).toEqual([false, true, false, false, true]);
  expect([knowledge.runningVersion('vllm'), knowledge.runningVersion('sglang')]).toEqual(['0.32.0', null]);
  expect(knowledge.noteRun(stateOf({version: '0.32.0', run: null}))).toBe(false);
  expect(knowledge.runningVersion('vllm')).toBeNull();
  expect(knowledge.noteRun(stateOf({version: '0.32.0', settings: null}))).toBe(false);
});

test('the installed version is kept by engine, and a change of it is noticed', () => {
  const {knowledge} = newKnowledge();
  expect(knowledge.installedVersion('vllm')).toBeNull();
  expect([null, '0.28.0', '0.28.0', '0.32.0', null].map((version) => knowledge.noteVersion('vllm', version))).toEqual([
    false,
    true,
    false,
    true,
    true,
  ]);
  knowledge.noteVersion('sglang', '0.5.18');
  expect([knowledge.installedVersion('vllm'), knowledge.installedVersion('sglang')]).toEqual([null, '0.5.18']);
});
