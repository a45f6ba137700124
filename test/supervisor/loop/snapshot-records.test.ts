import {afterEach, describe, expect, test, vi} from 'vitest';
import {defaultFindingThresholds} from '../../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {unseenServing} from '../../../src/domain/diagnosis/serving/serving-conditions.ts';
import type {LifecycleState} from '../../../src/domain/lifecycle/lifecycle.ts';
import {initialLifecycleState} from '../../../src/domain/lifecycle/step.ts';
import {transition} from '../../../src/domain/lifecycle/transition.ts';
import {openHistory} from '../../../src/history/open-history.ts';
import {err, ok} from '../../../src/shared/result.ts';
import {SnapshotRecords} from '../../../src/supervisor/loop/snapshot-records.ts';
import {nothingObserved} from '../../../src/supervisor/snapshot/observation.ts';
import {runOf, settingsOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

const HOUR_MS = 3_600_000;
const full = err({code: 'history.unusable', message: 'The disk is full.', remedy: 'Free some space.'});

afterEach(() => vi.restoreAllMocks());

function bench() {
  const opened = openHistory({path: ':memory:'});
  if (!opened.ok) throw new Error(opened.error.message);
  const history = opened.value;
  const reported: string[] = [];
  let nowMs = 0;
  const records = new SnapshotRecords({
    history,
    clock: {nowMs: () => nowMs, monotonicMs: () => nowMs},
    configured: () => ({findingThresholds: defaultFindingThresholds}),
    own: {
      add: ({code}, topic) => reported.push(`add ${topic} ${code}`),
      resolve: (topic) => reported.push(`resolve ${topic}`),
    },
  });
  return {
    history,
    reported,
    records,
    add: (atMs: number, memory = unseenServing.memory, runId: string | null = 'run-1') => {
      nowMs = atMs;
      const snapshot = buildSnapshot();
      const engine = {...snapshot.engine, runId};
      const seen = {...nothingObserved, serving: {...unseenServing, memory}};
      records.add({...snapshot, engine, takenAtMs: atMs}, seen, initialLifecycleState());
    },
  };
}

describe('records of snapshots', () => {
  test('are a row of each series', () => {
    const {history, add} = bench();
    const read = () => history.readSeries(['gpuMemoryUsedBytes'], 0, 3 * HOUR_MS);
    const nothing = read();
    add(1_000);
    add(101_000);
    add(2 * HOUR_MS);
    expect(read()).not.toEqual(nothing);
  });

  test('resolve the finding about the history, each time they are written', () => {
    const {reported, add} = bench();
    add(1_000);
    expect(reported).toEqual(['resolve history']);
  });

  test('that cannot be written are a finding until they can', () => {
    const {history, reported, add} = bench();
    add(1_000);
    const written = vi.spyOn(history, 'recordSample').mockReturnValue(full);
    add(2_000);
    expect(reported.slice(1)).toEqual(['add history history.unusable']);
    written.mockReturnValue(ok(null));
    add(3_000);
    expect(reported.slice(2)).toEqual(['resolve history']);
  });

  test('resolve nothing while an earlier write of anything else has failed', () => {
    const {history, reported, add} = bench();
    vi.spyOn(history, 'canWrite', 'get').mockReturnValue(false);
    add(1_000);
    expect(reported).toEqual([]);
  });

  describe('the memory of a run', () => {
    const point = {atMs: 500, usedBytes: 7, othersBytes: null};
    const memory = (judgedAtMs: number | null, usedBytes = 7) => ({
      ...unseenServing.memory,
      baselines: new Map([[3, {...point, usedBytes}]]),
      judgedAtMs,
    });

    test('is kept with each judgement, and recalled by its run alone', () => {
      const {records, add} = bench();
      add(1_000, memory(1_000));
      add(2_000, memory(1_000, 8));
      expect(records.recallRun('run-1', null).serving.memory.baselines.get(3)?.usedBytes).toBe(7);
      add(3_000, memory(3_000, 9));
      expect(records.recallRun('run-1', null).serving.memory.baselines.get(3)?.usedBytes).toBe(9);
      expect(records.recallRun('run-2', null).serving.memory).toEqual(unseenServing.memory);
    });

    test('is not kept without a run, nor before anything was judged', () => {
      const {history, records, add} = bench();
      const kept = vi.spyOn(history, 'keepRunMemory');
      add(1_000, memory(1_000), null);
      add(2_000, memory(null));
      expect(kept).not.toHaveBeenCalled();
      expect(records.recallRun('run-1', null).serving.memory).toEqual(unseenServing.memory);
    });
  });
});

describe('the state of a run', () => {
  const run = runOf(1);
  const degraded: LifecycleState = {...initialLifecycleState(), state: 'degraded', stateSinceMs: 7_000};
  /** Supervisors of one run after another, on a host whose clock is set between them. */
  const relay = () => {
    const {history} = bench();
    const host = {nowMs: 10_000, upMs: 500_000};
    const supervisor = () => {
      const records = new SnapshotRecords({
        history,
        clock: {nowMs: () => host.nowMs, monotonicMs: () => host.upMs},
        uptimeMs: () => host.upMs,
        configured: () => ({findingThresholds: defaultFindingThresholds}),
        own: {add: () => undefined, resolve: () => undefined},
      });
      return {
        found: (runId = run.runId) => records.withState({run: {runId}}).keptState,
        add: (state: LifecycleState) => {
          const snapshot = buildSnapshot();
          records.add({...snapshot, engine: {...snapshot.engine, runId: run.runId}}, nothingObserved, state);
        },
      };
    };
    return {history, host, supervisor};
  };

  test('is kept with the time since when it lasts, for the next supervisor of that run', () => {
    const {supervisor} = relay();
    const {found, add} = supervisor();
    expect(found()).toBeNull();
    add(degraded);
    expect([found(), found('run-0')]).toEqual([{state: 'degraded', sinceMs: 7_000}, null]);
    add({...degraded, stateSinceMs: null});
    expect(found()).toBeNull();
  });

  test('outlives a supervisor that has only adopted the run', () => {
    const {supervisor} = relay();
    supervisor().add(degraded);
    const second = supervisor();
    const adoption = {
      type: 'engine-adopted',
      run,
      settings: settingsOf(),
      readyAtMs: 1_000,
      keptState: second.found(),
      atMs: 11_000,
    } as const;
    const {state} = transition(initialLifecycleState(), adoption);
    expect(state).toMatchObject({state: 'ready', stateSinceMs: null});
    second.add(state);
    expect(supervisor().found()).toEqual({state: 'degraded', sinceMs: 7_000});
  });

  test.each([0, HOUR_MS, -9_000])('has its age, also if the clock is set by %i ms between supervisors', (setByMs) => {
    const {host, supervisor} = relay();
    supervisor().add(degraded);
    host.upMs += 20_000;
    host.nowMs += 20_000 + setByMs;
    expect(supervisor().found()).toEqual({state: 'degraded', sinceMs: host.nowMs - 23_000});
  });

  test('never begins in the future, nor without a time of its own, as older versions kept it', () => {
    const {history, host, supervisor} = relay();
    history.keepRunNotes({
      runId: run.runId,
      conditions: null,
      ownCounters: {},
      state: {state: 'degraded', sinceMs: 12_000},
    });
    expect(supervisor().found()).toEqual({state: 'degraded', sinceMs: host.nowMs});
    host.nowMs = 15_000;
    expect(supervisor().found()).toEqual({state: 'degraded', sinceMs: 12_000});
  });
});

describe('what lasts longer than a supervisor', () => {
  const resumed = {healthUsage: null};
  const stall = {stalledMs: 20_000, runningRequests: 3, waitingRequests: 0};
  /** A supervisor stores an engine that hangs for 20 s; the next one comes 10 s later, by the host. */
  const recalled = (setByMs: number) => {
    let [nowMs, upMs] = [1_700_000_000_000, 500_000];
    const {history} = bench();
    const supervisor = () =>
      new SnapshotRecords({
        history,
        clock: {nowMs: () => nowMs, monotonicMs: () => upMs},
        uptimeMs: () => upMs,
        configured: () => ({findingThresholds: defaultFindingThresholds}),
        own: {add: () => undefined, resolve: () => undefined},
      });
    const newest = {counter: 8, stamp: {sampledAtMs: nowMs, monotonicMs: upMs}, isFirst: false};
    const snapshot = buildSnapshot();
    const engine = {...snapshot.engine, runId: 'run-1', state: 'degraded' as const};
    const seen = {...nothingObserved, unansweredMs: 4_000, stall: {...nothingObserved.stall, newest, stall}};
    supervisor().add({...snapshot, engine, takenAtMs: nowMs}, seen, initialLifecycleState());
    upMs += 10_000;
    nowMs += 10_000 + setByMs;
    const {stall: track, unanswered} = supervisor().recallRun('run-1', resumed);
    return {stalledMs: track.resumed?.stall?.stalledMs, unanswered};
  };

  test.each([0, HOUR_MS, -HOUR_MS])(
    'has its age, also if the clock is set by %i ms between two supervisors',
    (setByMs) => {
      expect(recalled(setByMs)).toEqual({stalledMs: 30_000, unanswered: {unansweredMs: 14_000}});
    },
  );
});
