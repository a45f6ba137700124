import {DatabaseSync} from 'node:sqlite';
import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import type {History} from '../../../src/api/history.ts';
import {noTargets} from '../../../src/domain/traffic/latencies.ts';
import {HistogramTables} from '../../../src/history/histograms/histogram-tables.ts';
import {histogramTiers} from '../../../src/history/histograms/histogram-tiers.ts';
import {readNodeHistory} from '../../../src/history/histograms/kept-requests.ts';
import {createTables} from '../../../src/history/schema.ts';
import {resultOf} from '../../../src/history/steps.ts';
import {isAbsent} from '../../../src/samples/reading.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';
import {histogramOf} from '../../support/histogram-of.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const DAY_MS = 24 * MS_PER_HOUR;
const LONGEST_READ_MS = 20_000;
const edges = [0.1, 0.5, 1, 2.5, 5, 10];

const database = new DatabaseSync(':memory:');
createTables(database);
const tables = [
  ...histogramTiers.map(({table}) => table),
  ...['histogram_bounds', 'histogram_reads', 'histogram_read_times', 'histogram_start', 'histogram_gaps'],
];

/** An engine whose requests are at known times, and supervisors that read it, one after the other. */
class World {
  nowMs = NOW_MS;
  /** When each request was. */
  readonly atMs: number[] = [];
  #observed: number[] = [];
  #start = NOW_MS;
  #tables: HistogramTables;

  constructor() {
    for (const table of tables) database.exec(`DELETE FROM ${table}`);
    this.#tables = new HistogramTables(database);
  }

  /** Requests that take so many seconds, spread over some time. */
  serve(overMs: number, seconds: readonly number[]): void {
    for (const [place, each] of seconds.entries()) {
      this.#observed.push(each);
      this.atMs.push(this.nowMs + (overMs * (place + 1)) / seconds.length);
    }
    this.nowMs += overMs;
  }

  read(): void {
    const sample = buildMetricsSample(this.nowMs / 1_000, {
      processStartTimeSeconds: this.#start / 1_000,
      generationTokensTotal: this.#observed.length,
      timeToFirstTokenSeconds: histogramOf(this.#observed, edges),
    });
    this.#tables.add(this.nowMs, 'run-1', {engine: sample, clients: sample});
  }

  /** Another supervisor, which continues from what the one before has written. */
  replaceSupervisor(how: 'stopped' | 'killed'): void {
    if (how === 'stopped') this.write();
    this.#tables = new HistogramTables(database);
  }

  restartEngine(): void {
    this.#observed = [];
    this.#start = this.nowMs;
  }

  write(): void {
    this.#tables.insert();
    this.#tables.clear();
  }

  history(windowMs: number, series: History['series'] = {}): Omit<History, 'gpus'> {
    return resultOf(
      readNodeHistory(
        {
          readSeries: function* () {
            yield;
            return series;
          },
          startMs: this.#tables.startMs,
          readIntervals: this.#tables.read,
        },
        {series: ['timeToFirstTokenP99Ms'], requests: true},
        {sinceMs: this.nowMs - windowMs, untilMs: this.nowMs, newestAtMs: this.nowMs},
        noTargets,
      ),
    );
  }
}

function countOf({requests}: Pick<History, 'requests'>): number {
  const count = requests?.latency.timeToFirstToken.count;
  return count === undefined || isAbsent(count) ? 0 : count;
}

test.each(['stopped', 'killed'] as const)(
  'after an hour without a supervisor, one that was %s, no window begins with requests from before it',
  (how) => {
    const world = new World();
    world.read();
    for (let second = 0; second < 60; second += 1) {
      world.serve(1_000, [0.3]);
      world.read();
    }
    world.write();
    const fromMs = world.nowMs;
    world.replaceSupervisor(how);
    world.serve(
      MS_PER_HOUR,
      Array.from({length: 40}, () => 9),
    );
    const toMs = world.nowMs;
    world.read();
    world.serve(15_000, [0.3, 0.3]);
    world.read();
    const gap = {fromMs, toMs, requests: 40};
    for (let written = 0; written < 2; written += 1) {
      for (const windowMs of [5 * MS_PER_MINUTE, 30 * MS_PER_MINUTE, MS_PER_HOUR]) {
        const short = world.history(windowMs);
        expect([countOf(short), short.gaps]).toEqual([2, [{...gap, isInWindow: false}]]);
        expect(short.requests?.latency.timeToFirstToken.p99Ms).toMatchObject({kind: 'interpolated', to: 500});
      }
      const long = world.history(6 * MS_PER_HOUR);
      expect([countOf(long), long.gaps]).toEqual([102, [{...gap, isInWindow: true}]]);
      expect(long.requests?.highest.timeToFirstToken).toMatchObject({
        atMs: fromMs,
        p99Ms: {kind: 'interpolated', value: 9_950},
      });
      const points = long.series.timeToFirstTokenP99Ms ?? [];
      expect(points.filter(({value}) => (value ?? 0) > 500)).toEqual([]);
      const day = world.history(30 * DAY_MS);
      expect([countOf(day), day.gaps], 'a point of it is longer than the gap').toEqual([102, undefined]);
      world.write();
    }
  },
);

test('an engine that does not answer for a minute has a gap too, and one that started again in a gap has nothing from before its start', () => {
  const world = new World();
  world.read();
  world.serve(60_000, [1, 1, 1]);
  world.read();
  expect(world.history(5 * MS_PER_MINUTE).gaps).toBeUndefined();
  expect(world.history(59_000)).toMatchObject({gaps: [{requests: 3, isInWindow: false}]});
  world.serve(10 * MS_PER_MINUTE, [1]);
  world.restartEngine();
  const startMs = world.nowMs;
  world.serve(MS_PER_MINUTE, [2, 2]);
  world.read();
  expect(world.history(30_000).gaps).toEqual([{fromMs: startMs, toMs: world.nowMs, requests: 2, isInWindow: false}]);
});

test('a clock that is set makes no gap', () => {
  const world = new World();
  world.read();
  world.serve(1_000, [1]);
  const elapsed = world.nowMs / 1_000;
  const ahead = new HistogramTables(database);
  const sample = (seconds: number, observed: readonly number[]) =>
    buildMetricsSample(seconds, {
      generationTokensTotal: observed.length,
      timeToFirstTokenSeconds: histogramOf(observed, edges),
    });
  for (const [seconds, atMs] of [
    [0, NOW_MS],
    [1, NOW_MS + DAY_MS],
    [2, NOW_MS - MS_PER_HOUR],
  ] as const) {
    const read = sample(
      elapsed + seconds,
      Array.from({length: seconds}, () => 1),
    );
    ahead.add(atMs, 'run-2', {engine: read, clients: read});
  }
  ahead.insert();
  expect(database.prepare('SELECT COUNT(*) AS gaps FROM histogram_gaps').get()).toMatchObject({gaps: 0});
});

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('read' as const, 'read' as const, 'write' as const, 'stopped' as const, 'killed' as const),
    overMs: fc.oneof(fc.integer({min: 1, max: 15_000}), fc.integer({min: 15_000, max: 5 * MS_PER_HOUR})),
    seconds: fc.array(fc.double({min: 0.001, max: 20, noNaN: true}), {maxLength: 4}),
  }),
  {maxLength: 25},
);

test('no window has a request from before it, and every request of it is counted or in a gap that is named', () => {
  fc.assert(
    fc.property(
      steps,
      fc.constantFrom(5 * MS_PER_MINUTE, MS_PER_HOUR, 6 * MS_PER_HOUR, DAY_MS, 20 * DAY_MS),
      (taken, windowMs) => {
        const world = new World();
        world.read();
        world.write();
        for (const {kind, overMs, seconds} of taken) {
          world.serve(overMs, seconds);
          if (kind === 'read') world.read();
          else if (kind === 'write') world.write();
          else world.replaceSupervisor(kind);
        }
        world.serve(1_000, []);
        world.read();
        const found = world.history(windowMs);
        const sinceMs = world.nowMs - windowMs;
        const after = (ms: number): number => world.atMs.filter((atMs) => atMs >= ms).length;
        expect(countOf(found)).toBeLessThanOrEqual(after(sinceMs - LONGEST_READ_MS));
        const {intervalMs = 0} = found.requests ?? {};
        const leftOut = (found.gaps ?? []).reduce((sum, gap) => sum + (gap.isInWindow ? 0 : gap.requests), 0);
        expect(countOf(found) + leftOut).toBeGreaterThanOrEqual(after(sinceMs + intervalMs));
      },
    ),
    {numRuns: 500},
  );
});
