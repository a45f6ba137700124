import {DatabaseSync} from 'node:sqlite';
import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import type {WindowRequests} from '../../../src/api/latency/latency-schemas.ts';
import {noTargets} from '../../../src/domain/traffic/latencies.ts';
import {type Quantile, quantileRange} from '../../../src/domain/traffic/quantile.ts';
import {HistogramTables} from '../../../src/history/histograms/histogram-tables.ts';
import {histogramTiers} from '../../../src/history/histograms/histogram-tiers.ts';
import {readNodeHistory} from '../../../src/history/histograms/kept-requests.ts';
import {createTables} from '../../../src/history/schema.ts';
import {resultOf} from '../../../src/history/steps.ts';
import {isAbsent} from '../../../src/samples/reading.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';
import {histogramOf, nearestRank} from '../../support/histogram-of.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const STEP_MS = 10_000;
const TOLERANCE = 3e-6;
/** As one version of an engine has them, and the next one. */
const allEdges: readonly (readonly number[])[] = [
  [0.1, 0.5, 1, 2.5, 5, 10],
  [0.1, 0.25, 0.5, 1, 5, 10, 20],
];

const database = new DatabaseSync(':memory:');
createTables(database);
const tables = [...histogramTiers.map(({table}) => table), 'histogram_bounds', 'histogram_reads', 'histogram_start'];

/** Seconds to the first token, by interval, after a restart with other bounds from one of them on. */
const worlds = fc.record({
  intervals: fc.array(fc.array(fc.double({min: 0.001, max: 30, noNaN: true}), {minLength: 1, maxLength: 5}), {
    minLength: 1,
    maxLength: 12,
  }),
  otherFrom: fc.option(fc.nat({max: 12})),
});

/** What the requests of these intervals had, as the Latency screen gets it. */
function requestsOf(intervals: readonly (readonly number[])[], otherFrom: number | null): WindowRequests {
  for (const table of tables) database.exec(`DELETE FROM ${table}`);
  const kept = new HistogramTables(database);
  const beginMs = NOW_MS - (intervals.length + 1) * STEP_MS;
  let observed: number[] = [];
  const add = (place: number, version: number): void => {
    const edges = allEdges[version] ?? [];
    const times = (factor: number) => observed.map((seconds) => seconds * factor);
    const histogram = histogramOf(observed, edges);
    const sample = buildMetricsSample(0, {
      processStartTimeSeconds: version + 1,
      generationTokensTotal: observed.length,
      timeToFirstTokenSeconds: histogram,
      endToEndLatencySeconds: histogramOf(times(1.5), edges),
      queueTimeSeconds: histogramOf(times(0.97), edges),
    });
    kept.add(beginMs + place * STEP_MS, 'run-1', {engine: sample, clients: sample});
  };
  add(0, 0);
  for (const [place, seconds] of intervals.entries()) {
    const version = otherFrom !== null && place >= otherFrom ? 1 : 0;
    if (place === otherFrom) observed = [];
    observed.push(...seconds);
    add(place + 1, version);
  }
  const {requests} = resultOf(
    readNodeHistory(
      {
        readSeries: function* () {
          yield;
          return {};
        },
        startMs: kept.startMs,
        readIntervals: kept.read,
      },
      {series: [], requests: true},
      {sinceMs: beginMs, untilMs: NOW_MS, newestAtMs: NOW_MS},
      noTargets,
    ),
  );
  if (requests === undefined) throw new Error('nothing is kept');
  return requests;
}

/** The least that is said of one is not above the most that is said of the other. */
function expectInOrder(one: Quantile, other: Quantile): void {
  if (one.kind === 'below' || other.kind === 'above') return;
  expect(one.value).toBeLessThanOrEqual(other.value * (1 + TOLERANCE));
}

test('quantiles of a window ascend, are where the true ones can be, and none is above the highest of its intervals', () => {
  fc.assert(
    fc.property(worlds, ({intervals, otherFrom}) => {
      const {latency, highest} = requestsOf(intervals, otherFrom);
      const {p50Ms, p95Ms, p99Ms} = latency.timeToFirstToken;
      const most = highest.timeToFirstToken?.p99Ms;
      if (isAbsent(p50Ms) || isAbsent(p95Ms) || isAbsent(p99Ms) || most === undefined) throw new Error('no quantile');
      expectInOrder(p50Ms, p95Ms);
      expectInOrder(p95Ms, p99Ms);
      expectInOrder(p99Ms, most);
      const all = intervals.flat().map((seconds) => seconds * 1_000);
      for (const [q, quantile] of [
        [0.5, p50Ms],
        [0.95, p95Ms],
        [0.99, p99Ms],
      ] as const) {
        const [least, greatest] = quantileRange(quantile);
        const truth = nearestRank(all, q);
        expect(truth).toBeGreaterThanOrEqual(least * (1 - TOLERANCE));
        expect(truth).toBeLessThanOrEqual(greatest * (1 + TOLERANCE));
        if (quantile.kind !== 'interpolated') continue;
        expect(quantile.value).toBeGreaterThanOrEqual(least);
        expect(quantile.value).toBeLessThanOrEqual(greatest);
      }
    }),
    {numRuns: 500},
  );
});

test('of the highest as well, a part of a request is not said to take longer than all of it', () => {
  const {latency, highest} = requestsOf(
    Array.from({length: 30}, () => [0.6, 0.6, 0.6, 1.2, 1.2]),
    null,
  );
  const [queue, first] = [highest.queue?.p99Ms, highest.timeToFirstToken?.p99Ms];
  if (queue === undefined || first === undefined) throw new Error('nothing is kept');
  expectInOrder(queue, first);
  if (isAbsent(latency.queue.p99Ms) || isAbsent(latency.timeToFirstToken.p99Ms)) throw new Error('no quantile');
  expectInOrder(latency.queue.p99Ms, latency.timeToFirstToken.p99Ms);
});

test('many intervals with one request each have no p99 above any of them', () => {
  const {latency, highest} = requestsOf(
    Array.from({length: 100}, () => [1.1]),
    null,
  );
  expect(highest.timeToFirstToken?.p99Ms).toMatchObject({kind: 'exact', value: expect.closeTo(1_100, 3)});
  expect(latency.timeToFirstToken.p99Ms).toMatchObject({value: expect.closeTo(1_100, 3)});
});
