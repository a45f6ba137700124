import {describe, expect, test} from 'vitest';
import type {GpuView} from '../../../src/api/snapshot.ts';
import {defaultFindingThresholds} from '../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {absent, isAbsent} from '../../../src/samples/reading.ts';
import {BYTES_PER_MIB} from '../../../src/shared/units.ts';
import {
  foreignBytes,
  foreignProcessFindings,
  largeHolders,
} from '../../../src/supervisor/snapshot/foreign-processes.ts';
import {type GpuContext, gpuViews} from '../../../src/supervisor/snapshot/gpu-views.ts';
import {buildGpu, buildSnapshot} from '../../support/build-snapshot.ts';
import {gpuSample, now, observed} from './observed.ts';

const context: GpuContext = {
  engineState: 'ready',
  ownPids: new Set([41]),
  plan: absent('none'),
  thresholds: defaultFindingThresholds,
};
const frame = (gpus: readonly ReturnType<typeof gpuSample>[], missingIndexes: readonly number[] = []) => ({
  stamp: now,
  gpus,
  expectedCount: gpus.length + missingIndexes.length,
  missingIndexes,
});
const inventory = (gpus: readonly ReturnType<typeof gpuSample>[]) => ({
  stamp: now,
  driverVersion: '580',
  cudaVersion: '13.0',
  gpus,
  processes: [],
});
const unnamed = absent('the stream does not ask for it');

describe('values of the slow query for a card', () => {
  test('are found by uuid, whatever its position', () => {
    const seen = observed({
      gpuFrame: frame([gpuSample(0, {name: unnamed, memoryReservedBytes: unnamed, migInstances: []})]),
      gpuInventory: inventory([
        gpuSample(1, {name: 'other', uuid: 'GPU-x'}),
        gpuSample(5, {name: 'mine', uuid: gpuSample(0).uuid, memoryReservedBytes: 77}),
      ]),
    });
    expect(gpuViews(seen, context)[0]).toMatchObject({index: 0, name: 'mine', memoryReservedBytes: 77});
  });

  test('are found by index if the card has no uuid', () => {
    const gone = absent('lost');
    const seen = observed({
      gpuFrame: frame([gpuSample(3, {name: unnamed, uuid: gone})]),
      gpuInventory: inventory([gpuSample(0, {name: 'other'}), gpuSample(3, {name: 'mine'})]),
    });
    expect(gpuViews(seen, context)[0]?.name).toBe('mine');
  });

  test('do not override the frame', () => {
    const seen = observed({
      gpuFrame: frame([gpuSample(0, {name: 'frame', memoryReservedBytes: 5})]),
      gpuInventory: inventory([gpuSample(0, {name: 'inventory', memoryReservedBytes: 6})]),
    });
    expect(gpuViews(seen, context)[0]).toMatchObject({name: 'frame', memoryReservedBytes: 5});
    const alone = observed({gpuFrame: frame([gpuSample(0, {name: unnamed})])});
    expect(gpuViews(alone, context)[0]?.name).toEqual(unnamed);
  });

  test('are used before the first frame', () => {
    const seen = observed({gpuInventory: inventory([gpuSample(1), gpuSample(0)])});
    expect(gpuViews(seen, context).map(({index}) => index)).toEqual([0, 1]);
    expect(gpuViews(observed(), context)).toEqual([]);
  });

  const slice = {
    gpuInstanceId: 1,
    computeInstanceId: 0,
    memoryTotalBytes: 10,
    memoryUsedBytes: 1,
    memoryFreeBytes: 9,
  };

  test('have the slices of a card if the frame has none', () => {
    const slow = inventory([gpuSample(0, {migInstances: [slice]})]);
    const seen = observed({gpuFrame: frame([gpuSample(0, {migInstances: []})]), gpuInventory: slow});
    expect(gpuViews(seen, context)[0]?.migInstances).toEqual([slice]);
    const own = {...slice, gpuInstanceId: 9};
    const both = observed({gpuFrame: frame([gpuSample(0, {migInstances: [own]})]), gpuInventory: slow});
    expect(gpuViews(both, context)[0]?.migInstances).toEqual([own]);
  });

  test('are used for a card that is counted and does not report, in the order of the cards', () => {
    const seen = observed({
      gpuFrame: frame([gpuSample(0), gpuSample(2)], [1, 3]),
      gpuInventory: inventory([gpuSample(0), gpuSample(1, {name: 'lost one'}), gpuSample(2)]),
    });
    const views = gpuViews(seen, context);
    expect(views.map(({index}) => index)).toEqual([0, 1, 2, 3]);
    expect(views[1]).toMatchObject({
      name: 'lost one',
      uuid: gpuSample(1).uuid,
      memoryTotalBytes: gpuSample(1).memoryTotalBytes,
      memoryUsedBytes: {absent: expect.any(String)},
    });
    expect(views[3]).toMatchObject({name: {absent: expect.any(String)}, uuid: {absent: expect.any(String)}});
    expect([views[1]?.fault, views[3]?.fault]).toEqual([expect.any(String), expect.any(String)]);
  });
});

test('all reasons of a slow clock are present', () => {
  const seen = observed({gpuFrame: frame([gpuSample(0, {clockEventReasons: ['idle', 'software power cap']})])});
  expect(gpuViews(seen, context)[0]?.clockEventReasons).toEqual(['idle', 'software power cap']);
});

describe('the budget of a card', () => {
  const {plan} = buildSnapshot();
  const used = 100_000_000_000;
  const withProcesses = (engineState: GpuContext['engineState'], index = 0): GpuView['budget'] => {
    const sample = gpuSample(index, {memoryUsedBytes: used});
    const seen = observed({
      gpuFrame: frame(Array.from({length: 9}, (_, other) => (other === index ? sample : gpuSample(other)))),
      gpuProcesses: {
        stamp: now,
        processes: [
          {pid: 41, name: 'own', usedBytes: 90_000, gpuUuid: sample.uuid},
          {pid: 99, name: 'other', usedBytes: 3_000, gpuUuid: sample.uuid},
        ],
      },
    });
    return gpuViews(seen, {...context, engineState, plan})[index]?.budget ?? absent('no view');
  };

  test('leaves unexplained what neither the plan nor a foreign process explains', () => {
    if ('absent' in plan) throw new Error('the loaded node has a plan');
    const {totalBytes, outsideBytes} = plan.perGpu;
    for (const state of ['ready', 'degraded'] as const) {
      expect(withProcesses(state)).toMatchObject({unexplainedBytes: used - 3_000 - totalBytes - outsideBytes});
    }
    for (const state of ['starting', 'stopped', 'draining'] as const) {
      expect(withProcesses(state)).toMatchObject({unexplainedBytes: {absent: expect.any(String)}});
    }
  });

  test('exists for the cards that the engine uses', () => {
    expect(withProcesses('ready', 7)).toHaveProperty('weightsBytes');
    expect(withProcesses('ready', 8)).toHaveProperty('absent');
  });
});

describe('foreign processes on the cards', () => {
  const mib = 256 * BYTES_PER_MIB;
  const process = (pid: number, usedBytes: number | {readonly absent: string}, isOwn = false) => ({
    pid,
    name: `p${pid}`,
    usedBytes,
    isOwn,
  });
  const card = (index: number, processes: GpuView['processes']) => buildGpu(index, {processes});

  test('use what is not of the engine and can be read', () => {
    const processes = [process(1, 5), process(2, 7, true), process(3, absent('no permission')), process(4, 11)];
    expect(foreignBytes({processes})).toBe(16);
    expect(foreignBytes({processes: absent('not read')})).toBe(0);
  });

  test('are reported from 256 MiB on, of all cards together, with each card', () => {
    const gpus = [
      card(0, [process(1, mib - 1), process(2, mib / 2), process(9, 1e12, true)]),
      card(1, [process(2, mib / 2), process(3, absent('x'))]),
      card(2, absent('not read')),
    ];
    const listed = gpus.flatMap(({processes}) => (isAbsent(processes) ? [] : processes));
    expect(foreignProcessFindings(gpus, largeHolders(listed, new Set()), null)).toMatchObject([
      {
        code: 'gpu.foreign-process',
        severity: 'warning',
        details: {pid: 2, name: 'p2', usedBytes: mib, gpuIndexes: [0, 1], plannedBytes: mib},
      },
    ]);
    const [one] = foreignProcessFindings([card(4, [process(2, mib)])], new Set([2]), null);
    expect(one?.details).toMatchObject({gpuIndexes: [4]});
    expect(one?.message).not.toContain('cards');
  });

  test('without a name are reported too', () => {
    const nameless = {...process(2, mib), name: absent('not found')};
    expect(foreignProcessFindings([card(0, [nameless])], new Set([2]), null)).toMatchObject([{details: {name: null}}]);
  });
});
