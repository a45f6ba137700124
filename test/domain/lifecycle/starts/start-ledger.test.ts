import {describe, expect, test} from 'vitest';
import type {EarlierStart} from '../../../../src/domain/lifecycle/starts/earlier-starts.ts';
import {comingPhases, startLedger} from '../../../../src/domain/lifecycle/starts/start-ledger.ts';
import {buildSnapshot} from '../../../support/build-snapshot.ts';

const {settings} = buildSnapshot().engine;
if (settings === null) throw new Error('the test node has settings');
const known = settings;

const run = {
  runId: 'now',
  pid: 2,
  sessionId: 1,
  startTimeTicks: '5',
  bootId: 'boot',
  startedAtMs: 1_000_000,
  directory: '/runs/now',
};
const start = {
  run,
  phaseEnteredAtMs: {'load-weights': 1_020_000, launch: 1_000_000, serve: 1_080_000},
  readyAtMs: 1_090_000,
  exit: null,
  isAdopted: false,
};
const earlier = (runId: string, loadMs: number): EarlierStart => ({
  runId,
  settings: known,
  phaseDurationsMs: {launch: 10_000, 'load-weights': loadMs, serve: 5_000},
  totalMs: 15_000 + loadMs,
});

describe('the ledger of a start', () => {
  test('has its phases in their order, against the last start and the usual one', () => {
    const ledger = startLedger(start, [earlier('b', 50_000), earlier('a', 30_000), earlier('c', 40_000)]);
    expect(ledger).toEqual([
      {phase: 'launch', startedAtMs: 1_000_000, durationMs: 20_000, lastMs: 10_000, usualMs: 10_000},
      {phase: 'load-weights', startedAtMs: 1_020_000, durationMs: 60_000, lastMs: 50_000, usualMs: 40_000},
      {phase: 'serve', startedAtMs: 1_080_000, durationMs: 10_000, lastMs: 5_000, usualMs: 5_000},
    ]);
  });

  test('does not compare a start with itself, once it is recorded', () => {
    const [, loading] = startLedger(start, [earlier('now', 60_000), earlier('a', 30_000)]);
    expect(loading).toMatchObject({durationMs: 60_000, lastMs: 30_000, usualMs: 30_000});
  });

  test('has no duration of the phase that runs, and that of the last one until the engine failed', () => {
    expect(startLedger({...start, readyAtMs: null}, []).at(-1)).toMatchObject({durationMs: null, usualMs: null});
    const failed = {...start, run: null, readyAtMs: null, exit: {status: 1, atMs: 1_083_000, wasRequested: false}};
    expect(startLedger(failed, []).at(-1)?.durationMs).toBe(3_000);
  });

  test('of a run that another supervisor started is what was recorded of it', () => {
    const adopted = {...start, isAdopted: true, phaseEnteredAtMs: {serve: 5_000_000}};
    expect(startLedger(adopted, [earlier('a', 30_000)])).toEqual([]);
    expect(startLedger(adopted, [earlier('now', 60_000), earlier('a', 30_000)])).toEqual([
      {phase: 'launch', startedAtMs: 1_000_000, durationMs: 10_000, lastMs: 10_000, usualMs: 10_000},
      {phase: 'load-weights', startedAtMs: 1_010_000, durationMs: 60_000, lastMs: 30_000, usualMs: 30_000},
      {phase: 'serve', startedAtMs: 1_070_000, durationMs: 5_000, lastMs: 5_000, usualMs: 5_000},
    ]);
  });
});

describe('the phases that a start has before it', () => {
  test('are those that comparable starts had after the present one, each with its median', () => {
    const starts = [earlier('a', 30_000), earlier('b', 50_000), earlier('c', 40_000)];
    expect(comingPhases('launch', starts)).toEqual([
      {phase: 'load-weights', usualMs: 40_000},
      {phase: 'serve', usualMs: 5_000},
    ]);
    expect(comingPhases('serve', starts)).toEqual([]);
  });

  test('are all of them before the first phase, and none without an earlier start', () => {
    expect(comingPhases(null, [earlier('a', 30_000)]).map(({phase}) => phase)).toEqual([
      'launch',
      'load-weights',
      'serve',
    ]);
    expect(comingPhases('launch', [])).toEqual([]);
  });

  test('leave out a phase that only some starts had, such as a download', () => {
    const once = {...earlier('a', 30_000), phaseDurationsMs: {launch: 1_000, download: 900_000, serve: 1_000}};
    expect(comingPhases('launch', [once, earlier('b', 30_000)]).map(({phase}) => phase)).toEqual(['serve']);
  });
});
