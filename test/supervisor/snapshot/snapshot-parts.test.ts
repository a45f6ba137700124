import {describe, expect, test} from 'vitest';
import type {Snapshot} from '../../../src/api/snapshot.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {stallAfter, unseenStall} from '../../../src/domain/traffic/forward-progress.ts';
import {LOGGED_TRAFFIC_HOLDS_MS} from '../../../src/domain/traffic/with-logged-traffic.ts';
import {isAbsent} from '../../../src/samples/reading.ts';
import {buildSnapshot, type SnapshotInput} from '../../../src/supervisor/snapshot/build-snapshot.ts';
import {runOf, settingsOf, statesByName} from '../../domain/lifecycle/lifecycle-samples.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';
import {ago, gpuSample, now, observed} from './observed.ts';
import {snapshotInput} from './snapshot-input.ts';

function stateOf(name: string, change: Partial<LifecycleState> = {}): LifecycleState {
  const state = statesByName()[name];
  if (state === undefined) throw new Error(`no state ${name}`);
  return {...state, ...change};
}

function snapshotOf(change: Partial<SnapshotInput> = {}): Snapshot {
  return buildSnapshot(
    snapshotInput({
      sequence: 7,
      now,
      lifecycle: stateOf('ready'),
      seen: observed(),
      logPath: '/runs/run-1/engine.log',
      endpoint: 'http://127.0.0.1:8000/v1',
      ...change,
    }),
  );
}

const sample = (ageMs: number, change: Parameters<typeof buildMetricsSample>[1] = {}) => ({
  ...buildMetricsSample(0, change),
  stamp: ago(ageMs),
});

describe('the engine', () => {
  test('without a run has neither health nor progress', () => {
    const {engine} = snapshotOf({
      lifecycle: stateOf('stopped'),
      seen: observed({health: {answer: 'answers', isResponse: true, state: 'stopped'}}),
    });
    expect(engine).toMatchObject({
      runId: null,
      pid: null,
      startedAtMs: null,
      name: null,
      displayName: null,
      health: {absent: expect.any(String)},
      progress: {state: 'unknown'},
      version: {absent: expect.any(String)},
    });
  });

  test('that was stopped has no facts of its start; one that failed has them', () => {
    const facts = {kvCapacityTokens: 5};
    const factsOf = (name: string) => snapshotOf({lifecycle: stateOf(name, {facts})}).engine.facts;
    expect(factsOf('stopped')).toEqual({});
    expect(factsOf('failed')).toEqual(facts);
    expect(factsOf('failed (processes left)')).toEqual(facts);
    expect(factsOf('stopping')).toEqual(facts);
    expect(factsOf('backing-off')).toEqual({});
  });

  test('with a run has its observed values', () => {
    const samples = [0, 1].map((second) => buildMetricsSample(second, {runningRequests: 0, progressTotal: 5}));
    const lifecycle = stateOf('ready', {version: '0.28.0', facts: {kvCapacityTokens: 5, none: undefined}});
    const {engine} = snapshotOf({
      lifecycle,
      seen: observed({
        health: {answer: 'answers', isResponse: true, state: 'ready'},
        traffic: {samples},
        engineMetrics: samples.at(-1) ?? null,
        stall: samples.reduce(stallAfter, unseenStall),
      }),
    });
    expect(engine).toMatchObject({
      runId: 'run-1',
      pid: 1001,
      startedAtMs: 1_000,
      name: 'vllm',
      displayName: 'vLLM',
      version: '0.28.0',
      health: 'answers',
      progress: {state: 'idle'},
      endpoint: 'http://127.0.0.1:8000/v1',
      logPath: '/runs/run-1/engine.log',
      facts: {kvCapacityTokens: 5},
    });
    expect(Object.keys(engine.facts)).toEqual(['kvCapacityTokens']);
  });

  test('shows no answer of its health path from before its state changed', () => {
    const seen = observed({health: {answer: 'no connection', isResponse: false, state: 'starting'}});
    expect(snapshotOf({lifecycle: stateOf('ready'), seen}).engine.health).toEqual({absent: expect.any(String)});
    expect(snapshotOf({lifecycle: stateOf('starting (loading)'), seen}).engine.health).toBe('no connection');
  });

  test('is not shown with an earlier response while it responds to nothing', () => {
    const health = {answer: '200 OK', isResponse: true, state: 'ready'} as const;
    const of = (unansweredMs: number | null, state = 'ready') =>
      snapshotOf({lifecycle: stateOf(state), seen: observed({health, unansweredMs})}).engine;
    expect(of(null)).toMatchObject({unansweredMs: null, health: '200 OK'});
    expect(of(4_000)).toMatchObject({unansweredMs: 4_000, health: {absent: expect.any(String)}});
    expect(of(4_000, 'stopped').unansweredMs).toBeNull();
    const refused = observed({health: {...health, answer: 'no connection', isResponse: false}, unansweredMs: 4_000});
    expect(snapshotOf({lifecycle: stateOf('ready'), seen: refused}).engine.health).toBe('no connection');
  });

  test('has progress only while it serves, by samples that are not stale', () => {
    const samples = [-1, 0].map((second) => buildMetricsSample(second, {runningRequests: 0, progressTotal: 5}));
    const last = samples.at(-1);
    if (last === undefined) throw new Error('no sample');
    const progressAt = (name: string, ageMs: number) =>
      snapshotOf({
        lifecycle: stateOf(name),
        seen: observed({metrics: {...last, stamp: ago(ageMs)}, engineMetrics: last}),
      }).engine.progress;
    expect(progressAt('ready', 3_500)).toEqual({state: 'idle'});
    expect(progressAt('ready', 3_501)).toMatchObject({state: 'unknown'});
    expect(progressAt('degraded', 3_501)).toMatchObject({state: 'unknown'});
    expect(progressAt('starting (loading)', 0)).toMatchObject({state: 'unknown'});
    expect(progressAt('stopping', 0)).toMatchObject({state: 'unknown'});
  });

  test('that is unknown has its name and no display name', () => {
    const lifecycle = stateOf('ready', {settings: {...settingsOf(), engine: 'tgi'}});
    expect(snapshotOf({lifecycle}).engine).toMatchObject({name: 'tgi', displayName: null});
  });

  test('has progress only while it starts', () => {
    const loading = stateOf('starting (loading)', {phase: 'load-weights', progressRatio: 0.5});
    const progress = (name: string, change: Partial<LifecycleState> = {}) =>
      snapshotOf({lifecycle: stateOf(name, change)}).engine.progressRatio;
    expect(snapshotOf({lifecycle: loading}).engine.progressRatio).toBeGreaterThan(0.3);
    const run = runOf(1);
    expect(isAbsent(progress('preflight', {run, phase: 'load-weights', progressRatio: 0.5}))).toBe(false);
    expect(isAbsent(progress('starting (launching)', {phase: 'load-weights', progressRatio: 0.5}))).toBe(true);
    expect(isAbsent(progress('ready', {phase: 'load-weights', progressRatio: 0.5}))).toBe(true);
  });
});

describe('the node', () => {
  const frame = {stamp: now, gpus: [gpuSample(0, {name: 'from the frame'})], expectedCount: 3, missingIndexes: []};
  const inventory = {
    stamp: now,
    driverVersion: '580',
    cudaVersion: '13.0',
    gpus: [gpuSample(0, {name: 'from the inventory'}), gpuSample(1)],
    processes: [],
  };

  test('is what nvidia-smi reported, static values from the slow query first', () => {
    expect(snapshotOf({seen: observed({gpuFrame: frame, gpuInventory: inventory})}).node).toEqual({
      hostname: 'node',
      gpuName: 'from the inventory',
      gpuCount: 3,
      driverVersion: '580',
      cudaVersion: '13.0',
    });
    expect(snapshotOf({seen: observed({gpuInventory: inventory})}).node.gpuCount).toBe(2);
    expect(snapshotOf({seen: observed({gpuFrame: frame})}).node.gpuName).toBe('from the frame');
  });

  test('is unknown before anything was read', () => {
    const {gpuName, gpuCount, driverVersion, cudaVersion} = snapshotOf().node;
    for (const reading of [gpuName, gpuCount, driverVersion, cudaVersion]) expect(isAbsent(reading)).toBe(true);
  });
});

describe('the KV cache', () => {
  const metrics = (change: Parameters<typeof buildMetricsSample>[1]) => observed({metrics: sample(0, change)});

  test('has the values that the engine exposes', () => {
    const seen = metrics({kvUsageRatio: 0.5, kvCapacityTokens: 262_144});
    expect(snapshotOf({seen}).kvCache).toMatchObject({
      usageRatio: 0.5,
      capacityTokens: 262_144,
      usedTokens: 131_072,
      fullLengthSequences: 2,
    });
  });

  test('has the capacity from the log if the engine exposes none', () => {
    const lifecycle = stateOf('ready', {facts: {kvCapacityTokens: 131_072}});
    expect(snapshotOf({lifecycle, seen: metrics({kvUsageRatio: 0.25})}).kvCache).toMatchObject({
      capacityTokens: 131_072,
      usedTokens: 32_768,
      fullLengthSequences: 1,
    });
  });

  test('of an engine that does not serve is unknown, whatever was read before', () => {
    const seen = metrics({kvUsageRatio: 0.5, kvCapacityTokens: 100});
    for (const name of ['stopped', 'starting (loading)', 'failed', 'stopping']) {
      const {kvCache} = snapshotOf({seen, lifecycle: stateOf(name)});
      expect(isAbsent(kvCache.usageRatio)).toBe(true);
    }
    for (const name of ['ready', 'degraded', 'draining']) {
      expect(snapshotOf({seen, lifecycle: stateOf(name)}).kvCache.usageRatio).toBe(0.5);
    }
  });

  test('its hit rate is cached divided by all prompt tokens, and unknown without prompts', () => {
    const window = (cached: number, prompt: number) => ({
      samples: [
        sample(1_000, {promptTokensTotal: 0, cachedPromptTokensTotal: 0}),
        sample(0, {promptTokensTotal: prompt, cachedPromptTokensTotal: cached}),
      ],
    });
    expect(snapshotOf({seen: observed({traffic: window(30, 40)})}).kvCache.prefixCacheHitRatio).toBe(0.75);
    expect(isAbsent(snapshotOf({seen: observed({traffic: window(0, 0)})}).kvCache.prefixCacheHitRatio)).toBe(true);
  });
});

describe('traffic from the log', () => {
  const said = {
    promptTokensPerSecond: 100,
    generationTokensPerSecond: 50,
    runningRequests: 4,
    waitingRequests: 1,
    kvUsageRatio: 0.3,
    prefixCacheHitRatio: 0.6,
  };
  const seen = (ageMs: number) => observed({loggedTraffic: {stamp: ago(ageMs), traffic: said}});

  test('is used if there are no metrics', () => {
    const snapshot = snapshotOf({seen: seen(0)});
    expect(snapshot.traffic).toMatchObject({source: 'log', generationTokensPerSecond: 50, runningRequests: 4});
    expect(snapshot.kvCache).toMatchObject({usageRatio: 0.3, prefixCacheHitRatio: 0.6});
  });

  test('is not used once it is old, or if the engine does not serve', () => {
    expect(snapshotOf({seen: seen(LOGGED_TRAFFIC_HOLDS_MS)}).traffic.source).toBe('log');
    expect(snapshotOf({seen: seen(LOGGED_TRAFFIC_HOLDS_MS + 1)}).traffic.source).toBe('metrics');
    expect(snapshotOf({seen: seen(0), lifecycle: stateOf('stopped')}).traffic.source).toBe('metrics');
  });
});

describe('the sources', () => {
  const frameAgo = (ms: number) => ({stamp: ago(ms), gpus: [], expectedCount: 0, missingIndexes: []});

  test('are fresh for three ticks and a half', () => {
    const stateAt = (ms: number) => snapshotOf({seen: observed({gpuFrame: frameAgo(ms)})}).sources.gpus;
    expect(stateAt(3_500)).toMatchObject({state: 'ok', ageMs: 3_500, detail: null});
    expect(stateAt(3_501)).toMatchObject({state: 'stale', detail: expect.stringContaining('3.5 s')});
    expect(stateAt(-50)).toMatchObject({state: 'ok', ageMs: 0});
  });

  test('wait for a first sample, or failed before it', () => {
    expect(snapshotOf().sources.gpus).toMatchObject({state: 'waiting', detail: null});
    const gpuTrouble = {sinceMonotonicMs: 0, detail: 'it hangs'};
    expect(snapshotOf({seen: observed({gpuTrouble})}).sources.gpus).toMatchObject({
      state: 'failed',
      detail: 'it hangs',
    });
    const stale = observed({gpuTrouble, gpuFrame: frameAgo(9_000)});
    expect(snapshotOf({seen: stale}).sources.gpus).toMatchObject({state: 'stale', detail: 'no new sample for 9 s'});
  });

  test('of an engine are off without one', () => {
    const seen = observed({metrics: sample(200), logStamp: ago(100)});
    expect(snapshotOf({seen, lifecycle: stateOf('stopped')}).sources).toMatchObject({
      metrics: {state: 'off', ageMs: 200},
      log: {state: 'off', ageMs: 100},
    });
    expect(snapshotOf({seen}).sources).toMatchObject({
      metrics: {state: 'ok', ageMs: 200},
      log: {state: 'ok', ageMs: 100, detail: null},
    });
    expect(snapshotOf().sources.log.state).toBe('waiting');
    expect(snapshotOf({seen, lifecycle: stateOf('starting (loading)')}).sources).toMatchObject({
      metrics: {state: 'off'},
      log: {state: 'ok'},
    });
  });
});

test('constant values are passed on', () => {
  expect(snapshotOf()).toMatchObject({
    simulated: false,
    sequence: 7,
    takenAtMs: now.sampledAtMs,
    supervisor: {
      pid: 1,
      version: '0.0.0',
      startedAtMs: 5,
      socketPath: '/run/gantry.sock',
      nvidiaSmiPath: '/usr/bin/nvidia-smi',
    },
    knownEngines: ['llamacpp', 'sglang', 'vllm'],
  });
});
