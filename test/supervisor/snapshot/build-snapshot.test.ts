import {describe, expect, test} from 'vitest';
import {snapshotSchema} from '../../../src/api/snapshot.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {absent} from '../../../src/samples/reading.ts';
import {buildSnapshot} from '../../../src/supervisor/snapshot/build-snapshot.ts';
import {createObserver, type Observer} from '../../../src/supervisor/snapshot/observer.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';
import {buildSnapshot as exampleSnapshot} from '../../support/build-snapshot.ts';
import {snapshotInput} from './snapshot-input.ts';

const now = {sampledAtMs: 1_000_000, monotonicMs: 100_000};
const clock = {nowMs: () => now.sampledAtMs, monotonicMs: () => now.monotonicMs};

function ready(): LifecycleState {
  const settings = exampleSnapshot().engine.settings;
  return {
    ...initialLifecycleState(),
    state: 'ready',
    settings,
    readyAtMs: 950_000,
    run: {
      runId: 'run-1',
      pid: 77,
      sessionId: 76,
      startTimeTicks: '1',
      bootId: 'boot',
      startedAtMs: 640_000,
      directory: '/runs/run-1',
    },
  };
}

function snapshotOf(lifecycle: LifecycleState, observer: Observer = createObserver(clock)) {
  return buildSnapshot(snapshotInput({now, lifecycle, seen: observer.get(), plan: absent('no plan yet')}));
}

test.each(['preflight', 'stopped', 'failed', 'backing-off', 'starting'] as const)(
  'an Xid from before the last start is no finding without a run either: %s',
  (state) => {
    const fault = {
      kind: 'card',
      xid: 119,
      meaning: 'its firmware processor (GSP) does not respond',
      gpuInstanceId: null,
    } as const;
    const lifecycle: LifecycleState = {
      ...initialLifecycleState({lastStartedAtMs: 900_000}),
      state,
      stateSinceMs: 950_000,
    };
    const codes = (atMs: number) => {
      const observer = createObserver(clock);
      observer.observe({
        type: 'driver-log',
        messages: [{atMs, pciBusId: '0000:1b:00', fault, text: 'NVRM: Xid', count: 1}],
      });
      observer.observe({type: 'gpus', event: {type: 'stale', sinceMs: 60_000}});
      return snapshotOf(lifecycle, observer).findings.map(({code}) => code);
    };
    expect(codes(850_000)).not.toContain('host.xid');
    expect(codes(920_000)).toContain('host.xid');
    expect(snapshotOf(lifecycle).engine.stateSinceMs).toBe(950_000);
  },
);

describe('the snapshot', () => {
  test('has the usual time of the next start, which may be of another engine than the last one', () => {
    const lifecycle = ready();
    const {settings} = lifecycle;
    if (settings === null) throw new Error('the example has settings');
    const nextSettings = {...settings, engine: 'llamacpp'};
    const earlierStarts = [
      {runId: 'a', settings, phaseDurationsMs: {}, totalMs: 900_000},
      {runId: 'b', settings: nextSettings, phaseDurationsMs: {}, totalMs: 30_000},
    ];
    const input = snapshotInput({now, lifecycle, seen: createObserver(clock).get(), earlierStarts});
    const configuration = {...input.configuration, nextSettings};
    expect(buildSnapshot({...input, configuration}).engine.usualStart).toEqual({medianMs: 30_000, starts: 1});
  });

  test('of an engine that exited has no traffic', () => {
    const observer = createObserver(clock);
    observer.observe({
      type: 'metrics',
      sample: buildMetricsSample(98, {runningRequests: 9, kvUsageRatio: 0.5, generationTokensTotal: 10}),
    });
    observer.observe({
      type: 'metrics',
      sample: buildMetricsSample(99, {runningRequests: 9, kvUsageRatio: 0.5, generationTokensTotal: 90}),
    });
    expect(snapshotOf(ready(), observer).traffic.runningRequests).toBe(9);
    const failed = snapshotOf({...ready(), state: 'failed'}, observer);
    const reason = {absent: 'the engine is not serving'};
    expect(failed.traffic.runningRequests).toEqual(reason);
    expect(failed.kvCache.usageRatio).toEqual(reason);
    expect(failed.latency.timeToFirstToken.p50Ms).toEqual(reason);
  });

  test('reports a long time without a token before the engine counts as degraded', () => {
    const observer = createObserver(clock);
    for (const second of [60, 70, 80, 90]) {
      observer.observe({type: 'metrics', sample: buildMetricsSample(second, {runningRequests: 7, progressTotal: 10})});
    }
    expect(snapshotOf(ready(), observer).findings.map(({code}) => code)).toContain('engine.no-progress');
    expect(snapshotOf({...ready(), state: 'stopped'}, observer).findings).toEqual([]);
  });

  test('is valid with everything unknown: each value has a reason and none is zero', () => {
    const snapshot = snapshotSchema.parse(snapshotOf(initialLifecycleState()));
    expect(snapshot.engine.state).toBe('stopped');
    expect(snapshot.traffic.generationTokensPerSecond).toEqual(absent('the engine is not serving'));
    expect(snapshot.kvCache.usageRatio).toHaveProperty('absent');
    expect(snapshot.cost.windows.hour).toEqual({absent: 'measured 0s of 5m 00s'});
    expect(snapshot.sources.gpus.state).toBe('waiting');
    expect(snapshot.sources.metrics.state).toBe('off');
  });

  test('metrics older than three ticks are stale, with their age', () => {
    const observer = createObserver(clock);
    observer.observe({type: 'metrics', sample: buildMetricsSample(90, {runningRequests: 2})});
    const {sources, traffic} = snapshotOf(ready(), observer);
    expect(sources.metrics).toMatchObject({state: 'stale', ageMs: 10_000});
    expect(traffic.runningRequests).toBe(2);
  });

  test('a metrics failure is a finding while the engine serves, not while it loads', () => {
    const finding = {
      code: 'source.metrics.refused',
      severity: 'warning' as const,
      message: 'refused',
      evidence: null,
      remedy: 'see the log',
      settingsChange: null,
    };
    const observer = createObserver({...clock, monotonicMs: () => now.monotonicMs - 15_000});
    observer.observe({type: 'metrics-failed', finding});
    expect(snapshotOf({...ready(), state: 'starting', readyAtMs: null}, observer).findings).toEqual([]);
    expect(snapshotOf(ready(), observer).findings).toEqual([finding]);
  });

  test('findings come worst first and each once', () => {
    const observer = createObserver(clock);
    const warning = {
      code: 'a',
      severity: 'warning' as const,
      message: 'm',
      evidence: null,
      remedy: 'r',
      settingsChange: null,
    };
    const critical = {...warning, code: 'b', severity: 'critical' as const};
    observer.observe({type: 'gpus', event: {type: 'findings', findings: [warning, critical, warning]}});
    expect(snapshotOf(ready(), observer).findings.map(({code}) => code)).toEqual(['b', 'a']);
  });
});
