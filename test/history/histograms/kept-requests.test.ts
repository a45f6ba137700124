import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {HistoryQuery} from '../../../src/api/history.ts';
import {noTargets} from '../../../src/domain/traffic/latencies.ts';
import {type HistoryStore, openHistory} from '../../../src/history/open-history.ts';
import {readPastHistory} from '../../../src/history/past/read-past-history.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';
import {histogramOf} from '../../support/histogram-of.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const DAY_MS = 24 * MS_PER_HOUR;
const edges = [0.1, 0.5, 1, 2, 5];

let file = '';
let store: HistoryStore | null = null;
beforeEach(() => {
  file = path.join(temporaryDirectory('requests'), 'history.sqlite');
});
afterEach(() => {
  store?.close();
  store = null;
});

function open(): HistoryStore {
  store?.close();
  const opened = openHistory({path: file});
  if (!opened.ok) throw new Error(opened.error.message);
  store = opened.value;
  return store;
}

/** An engine whose requests are recorded with the time that their first token took, seconds. */
function createEngine(history: HistoryStore, earlier: readonly number[] = []) {
  const observed = [...earlier];
  return (atMs: number, seconds: readonly number[] = [], mean: number | null = null): void => {
    observed.push(...seconds);
    const histogram = histogramOf(observed, edges);
    const prompts = histogramOf(
      observed.map((value) => value * 10_000),
      [1_000, 10_000, 50_000],
    );
    const sample = buildMetricsSample(0, {
      generationTokensTotal: observed.length,
      timeToFirstTokenSeconds: histogram,
      promptLengthTokens: prompts,
    });
    history.recordRequests(atMs, 'run-1', {engine: sample, clients: sample});
    history.recordSample(atMs, mean === null ? {} : {timeToFirstTokenP50Ms: mean, timeToFirstTokenP99Ms: mean});
  };
}

const query = (windowMs: number, more: Partial<HistoryQuery> = {}): HistoryQuery => ({
  series: ['timeToFirstTokenP50Ms', 'timeToFirstTokenP99Ms'],
  gpuSeries: [],
  windowMs,
  requests: true,
  ...more,
});
const repeated = (count: number, value: number): number[] => Array.from({length: count}, () => value);

describe('over a window', () => {
  test('quantiles, shares and sizes are of its requests, not of its minutes', async () => {
    const history = open();
    const observe = createEngine(history);
    observe(NOW_MS - 5 * MS_PER_HOUR);
    // One busy minute that is quick, and hours with one slow request each.
    observe(NOW_MS - 4 * MS_PER_HOUR, repeated(990, 0.3));
    for (let hour = 0; hour < 3; hour += 1) observe(NOW_MS - (3 - hour) * MS_PER_HOUR + 60_000, repeated(2, 4));
    const {requests, quantilesSinceMs} = await history.readHistory(query(6 * MS_PER_HOUR), NOW_MS, {
      ...noTargets,
      timeToFirstToken: 1_000,
    });
    expect(quantilesSinceMs).toBe(NOW_MS - 5 * MS_PER_HOUR);
    expect(requests).toMatchObject({sinceMs: NOW_MS - 5 * MS_PER_HOUR, intervalMs: 10_000});
    expect(requests?.latency.timeToFirstToken).toMatchObject({
      count: 996,
      p50Ms: {kind: 'interpolated', from: 100},
      p99Ms: {kind: 'interpolated', to: 500},
      target: {ms: 1_000, withinRatio: {kind: 'exact', value: 990 / 996}},
    });
    expect(requests?.highest.timeToFirstToken).toMatchObject({
      atMs: NOW_MS - 3 * MS_PER_HOUR + 60_000,
      p99Ms: {kind: 'interpolated', to: 5_000},
    });
    expect(requests?.highest.queue).toBeNull();
    expect(requests?.latency.queue.p50Ms).toHaveProperty('absent');
    expect(requests?.contexts).toMatchObject({
      prompts: 996,
      longest: {aboveTokens: 10_000, atMostTokens: 50_000},
      longerThan: expect.arrayContaining([{contextTokens: 65_536, ratio: {kind: 'exact', value: 0}}]),
    });
    expect(requests?.sizes.prompt.p50Tokens).toMatchObject({kind: 'below'});
  });

  test.each([6 * MS_PER_HOUR, DAY_MS, 7 * DAY_MS, 30 * DAY_MS])(
    'of %i ms, it is the same before and after it is written, and without a supervisor',
    async (windowMs) => {
      const history = open();
      const observe = createEngine(history);
      observe(NOW_MS - 2 * MS_PER_HOUR);
      for (let minute = 0; minute < 120; minute += 1)
        observe(NOW_MS - 2 * MS_PER_HOUR + minute * MS_PER_MINUTE, [0.2, minute === 60 ? 9 : 0.7]);
      for (let second = 0; second < 50; second += 1) observe(NOW_MS - 50_000 + second * 1_000, [1.5]);
      const said = await history.readHistory(query(windowMs), NOW_MS);
      expect(said.requests?.latency.timeToFirstToken.count).toBe(290);
      const values = said.series.timeToFirstTokenP99Ms?.map(({value}) => value) ?? [];
      expect(values.length).toBeLessThanOrEqual(290);
      expect(Math.max(...values.map((value) => value ?? 0))).toBeGreaterThan(1_500);
      const reopened = open();
      expect(await reopened.readHistory(query(windowMs), NOW_MS)).toEqual(said);
      const {requests: _, ...series} = said;
      expect(readPastHistory(file, query(windowMs, {requests: false}), NOW_MS)).toEqual({ok: true, value: series});
    },
  );

  test('times from before there were histograms have the kept means, and a window of them has no figures', async () => {
    const history = open();
    for (let minute = 0; minute < 60; minute += 1)
      history.recordSample(NOW_MS - 3 * MS_PER_HOUR + minute * MS_PER_MINUTE, {timeToFirstTokenP50Ms: 777});
    const observe = createEngine(history);
    observe(NOW_MS - MS_PER_HOUR, [], 777);
    observe(NOW_MS - MS_PER_HOUR + 20_000, repeated(10, 0.3), 777);
    const {series, quantilesSinceMs, requests} = await history.readHistory(query(6 * MS_PER_HOUR), NOW_MS);
    const known = (series.timeToFirstTokenP50Ms ?? []).filter(({value}) => value !== null);
    expect(quantilesSinceMs).toBe(NOW_MS - MS_PER_HOUR);
    expect(requests?.sinceMs).toBe(NOW_MS - MS_PER_HOUR);
    expect(known.filter(({atMs}) => atMs < NOW_MS - MS_PER_HOUR).every(({value}) => value === 777)).toBe(true);
    const merged = known.filter(({atMs}) => atMs >= NOW_MS - MS_PER_HOUR);
    expect(merged).toEqual([{atMs: NOW_MS - MS_PER_HOUR, value: expect.closeTo(300, 0)}]);
    const before = await history.readHistory(query(MS_PER_HOUR, {untilMs: NOW_MS - 2 * MS_PER_HOUR}), NOW_MS);
    expect(before).not.toHaveProperty('requests');
    expect(before).not.toHaveProperty('quantilesSinceMs');
    expect(before.series.timeToFirstTokenP50Ms?.length).toBeGreaterThan(50);
  });

  test('the last quarter of an hour has the quantiles of the minute before each second', async () => {
    const history = open();
    const observe = createEngine(history);
    for (let second = 0; second < 60; second += 1) observe(NOW_MS - 60_000 + second * 1_000, [0.3], 555);
    const {series, quantilesSinceMs, requests} = await history.readHistory(query(15 * MS_PER_MINUTE), NOW_MS);
    expect(series.timeToFirstTokenP50Ms).toHaveLength(60);
    expect(quantilesSinceMs).toBeUndefined();
    expect(requests?.latency.timeToFirstToken.count).toBe(59);
  });
});

test('nothing is kept for longer than thirty days, and an idle engine adds no rows', () => {
  const history = open();
  const observe = createEngine(history);
  observe(NOW_MS - 40 * DAY_MS);
  for (let day = 40; day > 0; day -= 1) observe(NOW_MS - day * DAY_MS + 1_000, [0.3]);
  for (let second = 0; second < 3_600; second += 10) observe(NOW_MS + second * 1_000);
  history.close();
  store = null;
  const database = new DatabaseSync(file, {readOnly: true});
  const rows = (table: string) => Number(database.prepare(`SELECT COUNT(*) AS rows FROM ${table}`).get()?.['rows']);
  expect(rows('histograms_10s')).toBeLessThanOrEqual(1);
  expect(rows('histograms_300s')).toBeLessThanOrEqual(30);
  expect(rows('histograms_300s')).toBeGreaterThanOrEqual(28);
  // Of first tokens, of prompts, and of those that the engine does not have.
  expect(rows('histogram_bounds')).toBe(3);
  database.close();
});

test('a file of version 10 keeps its series, and has histograms from now on', async () => {
  const before = open();
  for (let minute = 0; minute < 30; minute += 1)
    before.recordSample(NOW_MS - 2 * MS_PER_HOUR + minute * MS_PER_MINUTE, {timeToFirstTokenP50Ms: 777});
  before.close();
  store = null;
  const old = new DatabaseSync(file);
  for (const table of [
    'histograms_10s',
    'histograms_300s',
    'histograms_3600s',
    'histogram_bounds',
    'histogram_reads',
    'histogram_read_times',
    'histogram_start',
    'histogram_gaps',
  ])
    old.exec(`DROP TABLE ${table}`);
  old.exec('PRAGMA user_version = 10');
  old.close();
  const withoutSupervisor = readPastHistory(file, query(3 * MS_PER_HOUR), NOW_MS);
  expect(withoutSupervisor.ok && withoutSupervisor.value.series.timeToFirstTokenP50Ms?.length).toBeGreaterThan(29);
  const history = open();
  const observe = createEngine(history);
  observe(NOW_MS - MS_PER_HOUR);
  observe(NOW_MS, [0.3]);
  const {series, requests} = await history.readHistory(query(3 * MS_PER_HOUR), NOW_MS);
  expect(requests?.latency.timeToFirstToken.count).toBe(1);
  const means = (series.timeToFirstTokenP50Ms ?? []).filter(({value}) => value === 777);
  expect(means.length).toBeGreaterThan(29);
});

test('the hours of a file of version 11 are added up from its five minutes', async () => {
  const before = open();
  const observe = createEngine(before);
  observe(NOW_MS - 20 * DAY_MS);
  for (let minute = 0; minute < 300; minute += 7) observe(NOW_MS - 20 * DAY_MS + minute * MS_PER_MINUTE + 1, [0.3, 4]);
  const said = await before.readHistory(query(30 * DAY_MS), NOW_MS);
  expect(said.requests).toMatchObject({intervalMs: MS_PER_HOUR, latency: {timeToFirstToken: {count: 86}}});
  before.close();
  store = null;
  const old = new DatabaseSync(file);
  old.exec('DROP TABLE histograms_3600s; PRAGMA user_version = 11');
  old.close();
  expect(readPastHistory(file, query(30 * DAY_MS), NOW_MS)).toMatchObject({ok: true});
  expect(await open().readHistory(query(30 * DAY_MS), NOW_MS)).toEqual(said);
});

test('a file of version 12 keeps all that it has, and what follows is since its last sample', async () => {
  const before = open();
  const observe = createEngine(before);
  observe(NOW_MS - 5 * MS_PER_HOUR);
  for (let minute = 0; minute <= 60; minute += 1) {
    observe(NOW_MS - 5 * MS_PER_HOUR + minute * MS_PER_MINUTE + 1_000, [0.3, 4], 300);
    observe(NOW_MS - 5 * MS_PER_HOUR + minute * MS_PER_MINUTE + 11_000, [], 300);
  }
  const said = await before.readHistory(query(6 * MS_PER_HOUR), NOW_MS);
  before.close();
  store = null;
  const old = new DatabaseSync(file);
  old.exec('DROP TABLE histogram_gaps; DROP TABLE histogram_read_times; PRAGMA user_version = 12');
  old.close();
  const {requests: _, ...series} = said;
  expect(readPastHistory(file, query(6 * MS_PER_HOUR, {requests: false}), NOW_MS)).toEqual({ok: true, value: series});
  const history = open();
  expect(await history.readHistory(query(6 * MS_PER_HOUR), NOW_MS)).toEqual(said);
  // The engine has served one more request since.
  const next = createEngine(history, [...repeated(61, 0.3), ...repeated(61, 4), 9]);
  next(NOW_MS);
  const fromMs = NOW_MS - 4 * MS_PER_HOUR + 10_000;
  expect((await history.readHistory(query(MS_PER_HOUR), NOW_MS)).gaps).toEqual([
    {fromMs, toMs: NOW_MS, requests: 1, isInWindow: false},
  ]);
});
