import {describe, expect, test} from 'vitest';
import {defaultFindingThresholds} from '../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {unseenServing} from '../../../src/domain/diagnosis/serving/serving-conditions.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {isServingState} from '../../../src/domain/lifecycle/phases.ts';
import {absent, isAbsent} from '../../../src/samples/reading.ts';
import {type Observation, withObservation} from '../../../src/supervisor/snapshot/observation.ts';
import type {Observations} from '../../../src/supervisor/snapshot/observations.ts';
import {statesByName} from '../../domain/lifecycle/lifecycle-samples.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';
import {gpuSample, observed} from './observed.ts';

const at = (second: number) => ({sampledAtMs: 1_700_000_000_000 + second * 1000, monotonicMs: second * 1000});

function ready(change: Partial<LifecycleState> = {}): LifecycleState {
  const state = statesByName()['ready'];
  if (state === undefined) throw new Error('no state ready');
  return {...state, readyAtMs: at(-3_600).sampledAtMs, settings: buildSnapshot().engine.settings, ...change};
}

const moment = (lifecycle: LifecycleState, plan = absent('no plan')): Observation => ({
  type: 'moment',
  lifecycle,
  plan,
  thresholds: defaultFindingThresholds,
});

/** A serving engine with four waiting requests for so many seconds, the newest sample at the last of them. */
function queueFor(seconds: number, lifecycle: LifecycleState, seen: Observations = observed()): Observations {
  let now = seen;
  for (let second = 0; second <= seconds; second += 1) {
    const sample = buildMetricsSample(second, {waitingRequests: 4, runningRequests: 2});
    now = withObservation(now, {type: 'metrics', sample}, at(second));
    now = withObservation(now, moment(lifecycle), at(second));
  }
  return now;
}

describe('conditions of a serving engine', () => {
  test('take the samples that were observed', () => {
    const {serving} = queueFor(15, ready());
    expect(serving.waiting.condition.isRaised).toBe(true);
    expect(serving.waiting.sample?.waitingRequests).toBe(4);
  });

  test('are forgotten with another run, and while no engine serves', () => {
    const seen = queueFor(15, ready());
    expect(withObservation(seen, {type: 'run-changed'}, at(16)).serving).toEqual(unseenServing);
    for (const lifecycle of Object.values(statesByName())) {
      const {serving} = withObservation(seen, moment(lifecycle), at(16));
      expect(serving.waiting.condition.isRaised, lifecycle.state).toBe(isServingState(lifecycle.state));
    }
  });

  test('hold while the metrics are stale', () => {
    let seen = queueFor(15, ready());
    for (let second = 16; second < 600; second += 1) seen = withObservation(seen, moment(ready()), at(second));
    expect(seen.serving.waiting.condition.isRaised).toBe(true);
  });

  test('know the limit of running requests from settings and engine', () => {
    const {settings} = ready();
    if (settings === null) throw new Error('no settings');
    const limited = ready({settings: {...settings, maxRunningRequests: 2}});
    expect(queueFor(5, limited).serving.waiting.cause).toEqual({
      reason: 'running-limit',
      runningLimit: 2,
      isLimitStated: true,
    });
    expect(queueFor(5, ready({settings: null})).serving.waiting.cause.runningLimit).toBeNull();
  });
});

describe('GPU memory', () => {
  const gpus = [
    gpuSample(0, {memoryUsedBytes: 100}),
    gpuSample(1, {memoryUsedBytes: absent('lost')}),
    gpuSample(2, {memoryUsedBytes: 300}),
  ];
  const frame = (second: number): Observation => ({
    type: 'gpus',
    event: {type: 'frame', frame: {stamp: at(second), gpus, expectedCount: 3, missingIndexes: []}},
  });
  const trackOf = (seen: Observations, second: number) =>
    [...withObservation(seen, moment(ready()), at(second)).serving.memory.track].map(([index, points]) => [
      index,
      points[0]?.usedBytes,
      points[0]?.othersBytes,
    ]);

  test('is tracked for each GPU that was read', () => {
    const seen = withObservation(observed(), frame(1), at(1));
    expect(trackOf(seen, 2)).toEqual([
      [0, 100, null],
      [2, 300, null],
    ]);
  });

  test('of a frame that is too old is not read again', () => {
    const seen = withObservation(observed(), frame(1), at(1));
    expect(trackOf(seen, 4.5)).toHaveLength(2);
    expect(trackOf(seen, 4.6)).toEqual([]);
  });

  test('of processes that are not the engine is counted apart', () => {
    const {uuid} = gpuSample(0);
    const process = (pid: number, usedBytes: number) => ({pid, usedBytes, name: 'python', gpuUuid: uuid});
    const processes = [process(7, 60), process(8, 30), {...process(9, 5), usedBytes: absent('not permitted')}];
    let seen = withObservation(observed(), frame(1), at(1));
    seen = withObservation(seen, {type: 'gpus', event: {type: 'processes', stamp: at(1), processes}}, at(1));
    // Without the list of the engine's own processes nobody is a stranger.
    expect(trackOf(seen, 2)[0]).toEqual([0, 100, null]);
    // A list without them, as in a container, says nothing of others.
    seen = withObservation(seen, {type: 'session', pids: new Set([6])}, at(1));
    expect(trackOf(seen, 2)[0]).toEqual([0, 100, null]);
    seen = withObservation(seen, {type: 'session', pids: new Set([7])}, at(1));
    expect(trackOf(seen, 2)[0]).toEqual([0, 100, 30]);
  });

  test('of GPUs that the plan does not use is not tracked', () => {
    const {plan} = buildSnapshot();
    if (isAbsent(plan)) throw new Error('no plan');
    const two = {...plan, node: {...plan.node, usedGpuCount: 2}};
    const seen = withObservation(observed(), frame(1), at(1));
    const lifecycle = ready();
    const after = withObservation(
      seen,
      {type: 'moment', lifecycle, plan: two, thresholds: defaultFindingThresholds},
      at(2),
    );
    expect([...after.serving.memory.track.keys()]).toEqual([0]);
    // The first one was lost before the start: the engine is on the next two.
    const lost = gpus.map((gpu) => (gpu.index === 0 ? {...gpu, fault: 'GPU is lost'} : gpu));
    const shifted = withObservation(
      observed({gpuFrame: {stamp: at(1), gpus: lost, expectedCount: 3, missingIndexes: []}}),
      {type: 'moment', lifecycle, plan: two, thresholds: defaultFindingThresholds},
      at(2),
    );
    expect([...shifted.serving.memory.track.keys()]).toEqual([2]);
  });
});
