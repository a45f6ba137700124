import {DatabaseSync} from 'node:sqlite';
import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {histogramCount, histogramQuantile} from '../../../src/domain/traffic/histogram-quantile.ts';
import {histogramShare} from '../../../src/domain/traffic/histogram-share.ts';
import {quantileRange} from '../../../src/domain/traffic/quantile.ts';
import {HistogramTables} from '../../../src/history/histograms/histogram-tables.ts';
import {histogramTiers} from '../../../src/history/histograms/histogram-tiers.ts';
import {countWindow} from '../../../src/history/histograms/window-counts.ts';
import {createTables} from '../../../src/history/schema.ts';
import {resultOf} from '../../../src/history/steps.ts';
import {isAbsent} from '../../../src/samples/reading.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';
import {histogramOf, nearestRank} from '../../support/histogram-of.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const TOLERANCE = 1e-6;
/** As the first and the last version of an engine have them, and another engine. */
const allEdges: readonly (readonly number[])[] = [
  [0.1, 0.25, 0.5, 1, 2.5, 5, 10],
  [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
  [0.1, 0.2, 0.4, 1, 4, 10],
];

type Step =
  | {readonly kind: 'requests'; readonly seconds: readonly number[]}
  | {readonly kind: 'scrape' | 'write' | 'killed' | 'stopped'; readonly afterMs: number}
  | {readonly kind: 'restart'; readonly edges: number; readonly isOtherRun: boolean};

const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('requests' as const),
        seconds: fc.array(fc.double({min: 0.001, max: 30, noNaN: true}), {minLength: 1, maxLength: 6}),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          'scrape' as const,
          'scrape' as const,
          'write' as const,
          'killed' as const,
          'stopped' as const,
        ),
        afterMs: fc.oneof(fc.integer({min: 0, max: 15_000}), fc.integer({min: -20_000, max: 4_000_000})),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('restart' as const),
        edges: fc.nat({max: allEdges.length - 1}),
        isOtherRun: fc.boolean(),
      }),
    },
  ),
  {maxLength: 40},
);

const database = new DatabaseSync(':memory:');
createTables(database);
const tables = [
  ...histogramTiers.map(({table}) => table),
  ...['histogram_bounds', 'histogram_reads', 'histogram_read_times', 'histogram_start', 'histogram_gaps'],
];

/** An engine, supervisors of it one after the other, and what they must have kept. */
class World {
  #tables: HistogramTables;
  #nowMs = NOW_MS;
  /** By a clock that is not set: the other one also goes back. */
  #elapsedMs = 0;
  #process = {start: 1, run: 1, edges: allEdges[0] ?? [], observed: [] as number[], isKnown: false, isWritten: false};
  /** How many of the process's observations were read, and are in the file. */
  #read = 0;
  #written = 0;
  #waiting: number[] = [];
  /** What is in the file. */
  readonly kept: number[] = [];

  constructor() {
    for (const table of tables) database.exec(`DELETE FROM ${table}`);
    this.#tables = new HistogramTables(database);
  }

  take(step: Step): void {
    switch (step.kind) {
      case 'requests':
        this.#process.observed.push(...step.seconds);
        return;
      case 'scrape':
        this.#nowMs += step.afterMs;
        this.#elapsedMs += Math.max(1, step.afterMs);
        this.#scrape();
        return;
      case 'write':
        this.#write();
        return;
      case 'stopped':
        this.#write();
        this.#tables = new HistogramTables(database);
        return;
      case 'killed':
        this.#tables = new HistogramTables(database);
        this.#waiting = [];
        this.#read = this.#written;
        this.#process.isKnown = this.#process.isWritten;
        return;
      case 'restart': {
        const {start, run, isKnown, isWritten} = this.#process;
        const isNew = step.isOtherRun;
        this.#process = {
          start: start + 1,
          run: isNew ? run + 1 : run,
          edges: allEdges[step.edges] ?? [],
          observed: [],
          isKnown: isKnown && !isNew,
          isWritten: isWritten && !isNew,
        };
        this.#read = 0;
        this.#written = 0;
      }
    }
  }

  #scrape(): void {
    const {start, run, edges, observed, isKnown} = this.#process;
    const histogram = histogramOf(observed, edges);
    const sample = buildMetricsSample(this.#elapsedMs / 1_000, {
      processStartTimeSeconds: start,
      generationTokensTotal: 1 + observed.length,
      timeToFirstTokenSeconds: histogram,
    });
    this.#tables.add(this.#nowMs, `run-${run}`, {engine: sample, clients: sample});
    // What was there when the run was first read is of an unknown time.
    if (isKnown) this.#waiting.push(...observed.slice(this.#read));
    this.#process.isKnown = true;
    this.#read = observed.length;
  }

  #write(): void {
    this.#tables.insert();
    this.#tables.clear();
    this.kept.push(...this.#waiting);
    this.#waiting = [];
    this.#written = this.#read;
    this.#process.isWritten = this.#process.isKnown;
  }

  /** All that is kept of a time until now, written or not. */
  observedSince(ageMs: number) {
    const untilMs = this.#nowMs + MS_PER_HOUR;
    const intervals = this.#tables.read({sinceMs: untilMs - ageMs, untilMs, newestAtMs: untilMs});
    const observed = resultOf(countWindow(resultOf(intervals)));
    return {...observed, expected: [...this.kept, ...this.#waiting]};
  }
}

test('over any restarts of engine and supervisor every request is counted once, and quantiles are within their bucket', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom(29, 7), (taken, days) => {
      const world = new World();
      world.take({kind: 'scrape', afterMs: 0});
      for (const step of taken) world.take(step);
      world.take({kind: 'scrape', afterMs: 1_000});
      const {whole, expected, points, gaps} = world.observedSince(days * 24 * MS_PER_HOUR);
      const histogram = whole('timeToFirstTokenSeconds');
      if (isAbsent(histogram)) throw new Error(histogram.absent);
      expect(histogramCount(histogram)).toBe(expected.length);
      expect(histogram.sum).toBeCloseTo(
        expected.reduce((sum, seconds) => sum + seconds, 0),
        6,
      );
      // Exact at each bound, whatever was merged.
      for (const {le, count} of histogram.buckets) {
        const share = expected.filter((seconds) => seconds <= le).length;
        expect(count).toBe(share);
        if (expected.length > 0 && Number.isFinite(le)) {
          expect(histogramShare(le, histogram)).toEqual({kind: 'exact', value: share / expected.length});
        }
      }
      for (const q of expected.length === 0 ? [] : [0.5, 0.95, 0.99]) {
        const quantile = histogramQuantile(q, histogram);
        if (isAbsent(quantile)) throw new Error(quantile.absent);
        const [least, most] = quantileRange(quantile);
        const truth = nearestRank(expected, q);
        expect(truth).toBeGreaterThanOrEqual(least * (1 - TOLERANCE));
        expect(truth).toBeLessThanOrEqual(most * (1 + TOLERANCE));
      }
      const ofPoints = [...points.values()].map((observed) => observed('timeToFirstTokenSeconds'));
      const counted = ofPoints.map((point) => (isAbsent(point) ? 0 : histogramCount(point)));
      const inNoPoint = gaps.map(({requests, isInWindow}) => (isInWindow ? requests : Number.NaN));
      expect([...counted, ...inNoPoint].reduce((sum, count) => sum + count, 0)).toBe(expected.length);
    }),
    {numRuns: 500},
  );
});
