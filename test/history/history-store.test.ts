import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import type {HistorySeriesName} from '../../src/api/history.ts';
import type {KeptMemory} from '../../src/domain/diagnosis/serving/kept-memory.ts';
import {type LaunchSettings, plainParallelism} from '../../src/domain/settings/launch-settings.ts';
import {type HistoryStore, openHistory} from '../../src/history/open-history.ts';
import {MS_PER_HOUR} from '../../src/shared/units.ts';
import {buildEvent} from '../support/build-event.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);

function open(path = ':memory:'): HistoryStore {
  const opened = openHistory({path});
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

/** Records one value of one series for each second of `[0, count)`. */
function record(history: HistoryStore, count: number, value: (second: number) => number | null, stepMs = 1_000): void {
  for (let step = 0; step < count; step += 1) {
    expect(history.recordSample(NOW_MS + step * stepMs, {kvUsageRatio: value(step)})).toEqual({ok: true, value: null});
  }
}

function read(history: HistoryStore, fromMs: number, toMs: number, name: HistorySeriesName = 'kvUsageRatio') {
  return history.readSeries([name], fromMs, toMs).series[name] ?? [];
}

const settings: LaunchSettings = {
  engine: 'vllm',
  model: 'moonshotai/Kimi-K2.7-Code',
  format: 'int4',
  servedModelName: 'kimi',
  host: '127.0.0.1',
  port: 8000,
  tensorParallelSize: 8,
  ...plainParallelism,
  contextLengthTokens: 262_144,
  memoryFraction: 0.9,
  kvCacheDtype: 'auto',
  maxRunningRequests: null,
  extraArguments: [],
};

describe('series of GPUs', () => {
  const gpu = (index: number, watts: number | null) => ({index, values: {powerDrawWatts: watts}});

  test('are means of ten seconds for a day, of five minutes for longer, by GPU; an unknown value counts for nothing', () => {
    const history = open();
    for (let second = 0; second < 20; second += 1)
      history.recordSample(NOW_MS + second * 1_000, {}, [gpu(0, 300 + second), gpu(3, second < 10 ? null : 700)]);
    expect(history.readGpuSeries(['powerDrawWatts'], NOW_MS, NOW_MS + 20_000)).toEqual([
      {
        index: 0,
        series: {
          powerDrawWatts: [
            {atMs: NOW_MS, value: 304.5},
            {atMs: NOW_MS + 10_000, value: 314.5},
          ],
        },
      },
      {
        index: 3,
        series: {
          powerDrawWatts: [
            {atMs: NOW_MS, value: null},
            {atMs: NOW_MS + 10_000, value: 700},
          ],
        },
      },
    ]);
    const [first] = history.readGpuSeries(['powerDrawWatts'], NOW_MS - 25 * MS_PER_HOUR, NOW_MS + 20_000);
    expect(first?.series.powerDrawWatts).toEqual([{atMs: NOW_MS, value: 309.5}]);
  });

  test('have a step of thirty seconds on a node with many GPUs', () => {
    const history = open();
    const gpus = Array.from({length: 17}, (_, index) => gpu(index, 400));
    for (let second = 0; second < 60; second += 10) history.recordSample(NOW_MS + second * 1_000, {}, gpus);
    const read = history.readGpuSeries(['powerDrawWatts'], NOW_MS, NOW_MS + 60_000);
    expect(read).toHaveLength(17);
    expect(read[16]?.series.powerDrawWatts?.map(({atMs}) => atMs - NOW_MS)).toEqual([0, 30_000]);
  });

  test('are read the same before and after they are written', () => {
    const history = open();
    const read = () => history.readGpuSeries(['powerDrawWatts'], NOW_MS, NOW_MS + 60_000);
    history.recordSample(NOW_MS, {}, [gpu(0, 1)]);
    for (let second = 1; second < 60; second += 1) history.recordSample(NOW_MS + second * 1_000, {}, [gpu(0, second)]);
    const before = read();
    history.recordSample(NOW_MS + 60_000, {});
    expect(read()).toEqual(before);
    expect(before[0]?.series.powerDrawWatts).toHaveLength(6);
  });
});

describe('series', () => {
  test('come back second by second within the hour, with null for unknown values', () => {
    const history = open();
    record(history, 5, (second) => (second === 2 ? null : second / 10));
    expect(read(history, NOW_MS, NOW_MS + 10_000)).toEqual([
      {atMs: NOW_MS, value: 0},
      {atMs: NOW_MS + 1_000, value: 0.1},
      {atMs: NOW_MS + 2_000, value: null},
      {atMs: NOW_MS + 3_000, value: 0.3},
      {atMs: NOW_MS + 4_000, value: 0.4},
    ]);
  });

  test('return only what was requested', () => {
    const history = open();
    history.recordSample(NOW_MS, {kvUsageRatio: 0.5, waitingRequests: 3});
    expect(history.readSeries(['waitingRequests', 'apiUsdPerHour'], NOW_MS - 1_000, NOW_MS)).toEqual({
      series: {waitingRequests: [{atMs: NOW_MS, value: 3}], apiUsdPerHour: []},
    });
    expect(read(history, NOW_MS + 1_000, NOW_MS + 5_000)).toEqual([]);
  });

  test('are means of ten seconds for more than an hour, of a minute for more than a day', () => {
    const history = open();
    record(history, 120, (second) => (second % 10 === 9 ? null : second));
    const tenSeconds = read(history, NOW_MS - 2 * MS_PER_HOUR, NOW_MS + 120_000);
    expect(tenSeconds).toHaveLength(12);
    expect(tenSeconds[1]).toEqual({atMs: NOW_MS + 10_000, value: 14});
    const minutes = read(history, NOW_MS - 25 * MS_PER_HOUR, NOW_MS + 120_000);
    expect(minutes.map((point) => point.atMs)).toEqual([NOW_MS, NOW_MS + 60_000]);
  });

  test('have the mean of all known values in every tier', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.integer({min: 0, max: 1_000})), {minLength: 1, maxLength: 60}), (values) => {
        const history = open();
        record(history, values.length, (second) => values[second] ?? null);
        const known = values.filter((value) => value !== null);
        const mean = known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
        const [minute] = read(history, NOW_MS - 25 * MS_PER_HOUR, NOW_MS + 60_000);
        if (mean === null) expect(minute?.value).toBeNull();
        else expect(minute?.value).toBeCloseTo(mean, 9);
      }),
      {numRuns: 30},
    );
  });

  test('have gaps where nothing was recorded', () => {
    const history = open();
    history.recordSample(NOW_MS, {kvUsageRatio: 1});
    history.recordSample(NOW_MS + 2_000, {kvUsageRatio: 2});
    history.recordSample(NOW_MS + 30_000, {kvUsageRatio: 3});
    expect(read(history, NOW_MS, NOW_MS + 30_000)).toEqual([
      {atMs: NOW_MS, value: 1},
      {atMs: NOW_MS + 2_000, value: 2},
      {atMs: NOW_MS + 3_000, value: null},
      {atMs: NOW_MS + 30_000, value: 3},
    ]);
  });

  test('are kept for an hour per second, a day per ten seconds, thirty days per minute', () => {
    const history = open();
    const steps = 31 * 24 * 6;
    record(history, steps, (step) => step, 600_000);
    const endMs = NOW_MS + steps * 600_000;
    const all = read(history, NOW_MS - MS_PER_HOUR, endMs);
    const oldest = all[0]?.atMs ?? 0;
    expect(endMs - oldest).toBeGreaterThanOrEqual(30 * 24 * MS_PER_HOUR - 600_000);
    expect(endMs - oldest).toBeLessThan(30 * 24 * MS_PER_HOUR + 2 * 600_000);
    expect(read(history, endMs - 24 * MS_PER_HOUR, endMs).filter((point) => point.value !== null)).toHaveLength(144);
    expect(read(history, endMs - MS_PER_HOUR, endMs).filter((point) => point.value !== null)).toHaveLength(6);
  });

  test('return the past as finely as it is still kept', () => {
    const history = open();
    record(history, 60, (second) => second);
    record(history, 1, () => 0, 0);
    history.recordSample(NOW_MS + 3 * MS_PER_HOUR, {kvUsageRatio: 1});
    expect(read(history, NOW_MS, NOW_MS + 59_999)).toHaveLength(6);
  });

  test('return a limited number of points for a day', () => {
    const history = open();
    record(history, 8_640, (step) => step, 10_000);
    const points = read(history, NOW_MS, NOW_MS + 86_400_000);
    expect(points.length).toBeLessThanOrEqual(4_000);
    expect(points.length).toBeGreaterThan(2_000);
    expect(points.some((point) => point.value === null)).toBe(false);
  });

  test('survive a clock that is set back, and values that are not numbers', () => {
    const history = open();
    history.recordSample(NOW_MS, {kvUsageRatio: 0.5});
    history.recordSample(NOW_MS - 60_000, {kvUsageRatio: Number.NaN});
    expect(read(history, NOW_MS - 60_000, NOW_MS)).toEqual([
      {atMs: NOW_MS - 60_000, value: null},
      {atMs: NOW_MS - 59_000, value: null},
      {atMs: NOW_MS, value: 0.5},
    ]);
  });
});

describe('records', () => {
  test('events come back oldest first with their numbers, limited to the newest', () => {
    const history = open();
    const stopped = history.recordEvent(
      buildEvent({atMs: 1, code: 'engine.stopped', runId: 'run-1', details: {status: 0}}),
    );
    const lost = history.recordEvent(buildEvent({atMs: 2, code: 'gpu.lost', severity: 'critical', actor: 'host'}));
    expect([stopped, lost]).toMatchObject([{value: {id: 1}}, {value: {id: 2}}]);
    expect(history.readEvents({sinceMs: 0, limit: 10})).toEqual([
      buildEvent({id: 1, atMs: 1, code: 'engine.stopped', runId: 'run-1', details: {status: 0}}),
      buildEvent({id: 2, atMs: 2, code: 'gpu.lost', severity: 'critical', actor: 'host'}),
    ]);
    expect(history.readEvents({sinceMs: 0, limit: 1}).map(({id}) => id)).toEqual([2]);
    expect(history.readEvents({sinceMs: 2, limit: 10}).map(({id}) => id)).toEqual([2]);
    expect(history.readEvents({sinceMs: 3, limit: 10})).toEqual([]);
  });

  test('the newest ten thousand events are kept', () => {
    const history = open();
    for (let count = 1; count <= 10_005; count += 1) history.recordEvent(buildEvent({atMs: count}));
    const events = history.readEvents({sinceMs: 0, limit: 20_000});
    expect([events.length, events[0]?.atMs]).toEqual([10_000, 6]);
  });

  test('starts come back newest first with their phases and settings', () => {
    const history = open();
    const first = {
      runId: 'b',
      engineName: 'vllm',
      phaseDurationsMs: {launch: 5, 'load-weights': 90_000},
      totalMs: 95_000,
      settings,
    };
    const second = {...first, runId: 'a', totalMs: 80_000};
    history.recordStart(first);
    history.recordStart(second);
    expect(history.readStarts(10)).toEqual([second, first]);
    history.recordStart({...first, totalMs: 1});
    expect(history.readStarts(10).map((start) => start.totalMs)).toEqual([1, 80_000]);
  });

  test('the memory of a run is the last one kept, and is written with everything else', () => {
    const history = open();
    const memory = (atMs: number): KeptMemory => ({
      atMs,
      isRaised: true,
      sinceMs: null,
      confirmedMs: 0,
      track: [{index: 3, atMs: [1], usedBytes: [2], othersBytes: [null]}],
      baselines: [[3, {atMs: 1, usedBytes: 2, othersBytes: 0}]],
      growing: [{index: 3, bytesPerHour: 1, usedBytes: 2, grower: 'engine', spanMs: 3}],
    });
    expect(history.readRunMemory('run-0')).toBeNull();
    history.keepRunMemory('run-0', memory(1));
    history.keepRunMemory('run-0', memory(2));
    expect(history.readRunMemory('run-0')).toEqual(memory(2));
    expect(history.readRunMemory('run-1')).toBeNull();
  });
});
