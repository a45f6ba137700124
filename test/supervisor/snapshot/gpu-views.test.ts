import {describe, expect, test} from 'vitest';
import {defaultFindingThresholds} from '../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import type {GpuSample} from '../../../src/samples/gpu.ts';
import {absent} from '../../../src/samples/reading.ts';
import {gpuViews} from '../../../src/supervisor/snapshot/gpu-views.ts';
import {createObserver, type Observer} from '../../../src/supervisor/snapshot/observer.ts';
import {buildGpu, buildSnapshot} from '../../support/build-snapshot.ts';
import {planOf} from '../../support/plan-of.ts';

const stamp = {sampledAtMs: 0, monotonicMs: 0};
const clock = {nowMs: () => 0, monotonicMs: () => 0};

function sample(index: number, overrides: Partial<GpuSample> = {}): GpuSample {
  const {processes: _processes, budget: _budget, ...seen} = buildGpu(index);
  return {...seen, ...overrides};
}

function observerWith(gpus: readonly GpuSample[], missingIndexes: readonly number[] = []): Observer {
  const observer = createObserver(clock);
  observer.observe({
    type: 'gpus',
    event: {type: 'frame', frame: {stamp, gpus, expectedCount: gpus.length, missingIndexes}},
  });
  return observer;
}

const context = {
  engineState: 'ready',
  ownPids: new Set([41]),
  plan: absent('no plan yet'),
  thresholds: defaultFindingThresholds,
} as const;

describe('the cards of a snapshot', () => {
  test('a card that the driver counts and does not report is listed as a fault', () => {
    const views = gpuViews(observerWith([sample(0), sample(2)], [1]).get(), context);
    expect(views.map(({index}) => index)).toEqual([0, 1, 2]);
    expect(views[1]?.fault).toBe('not reported by nvidia-smi');
    expect(views[1]?.memoryUsedBytes).toHaveProperty('absent');
  });

  test('the name comes from the slow query, by uuid', () => {
    const observer = observerWith([sample(0, {name: absent('this driver does not know the field')})]);
    const inventory = {
      stamp,
      driverVersion: '580',
      cudaVersion: '13.0',
      gpus: [sample(0, {name: 'NVIDIA H200'})],
      processes: [],
    };
    observer.observe({type: 'gpus', event: {type: 'inventory', inventory}});
    expect(gpuViews(observer.get(), context)[0]?.name).toBe('NVIDIA H200');
  });

  test('who runs a process is passed on, and a list without the processes of others is none', () => {
    const observer = observerWith([sample(0)]);
    const owner = {uid: 0, user: 'root', container: null, unit: 'vllm.service'};
    const processes = [{pid: 42, gpuUuid: sample(0).uuid, name: 'python', usedBytes: 1, owner}];
    observer.observe({type: 'gpus', event: {type: 'processes', stamp, processes}});
    expect(gpuViews(observer.get(), context)[0]?.processes).toMatchObject([{pid: 42, owner}]);
    observer.observe({type: 'gpus', event: {type: 'processes', stamp, processes: [], isHidden: true}});
    expect(gpuViews(observer.get(), context)[0]?.processes).toMatchObject({
      absent: expect.stringContaining('--pid=host'),
    });
  });

  test('processes are divided into the engine\u2019s own and others', () => {
    const observer = observerWith([sample(0)]);
    const gpuUuid = sample(0).uuid;
    observer.observe({
      type: 'gpus',
      event: {
        type: 'processes',
        stamp,
        processes: [
          {pid: 41, name: 'VLLM::Worker_TP0', usedBytes: 5, gpuUuid},
          {pid: 99, name: 'python', usedBytes: 7, gpuUuid},
          {pid: 98, name: 'python', usedBytes: 7, gpuUuid: 'GPU-another'},
        ],
      },
    });
    expect(gpuViews(observer.get(), context)[0]?.processes).toEqual([
      {pid: 41, name: 'VLLM::Worker_TP0', usedBytes: 5, isOwn: true},
      {pid: 99, name: 'python', usedBytes: 7, isOwn: false},
    ]);
  });

  test('the difference to the plan is only shown while the engine serves, and not for cards that it does not use', () => {
    const observer = observerWith([sample(0), sample(1)]);
    const settings = buildSnapshot().engine.settings;
    if (settings === null) throw new Error('the test node has settings');
    const planned = {...context, plan: planOf({...settings, tensorParallelSize: 1}, '2xH200')};
    const serving = gpuViews(observer.get(), planned);
    expect(serving[0]?.budget).toMatchObject({unexplainedBytes: expect.any(Number)});
    expect(serving[1]?.budget).toHaveProperty('absent');
    const lost = observerWith([sample(0, {fault: 'GPU is lost'}), sample(1)]);
    const shifted = gpuViews(lost.get(), planned);
    expect(shifted[0]?.budget).toEqual({absent: 'not used by the engine'});
    expect(shifted[1]?.budget).toMatchObject({totalBytes: expect.any(Number)});
    const loading = gpuViews(observer.get(), {...planned, engineState: 'starting'});
    expect(loading[0]?.budget).toMatchObject({unexplainedBytes: {absent: 'the engine is not serving'}});
  });
});
