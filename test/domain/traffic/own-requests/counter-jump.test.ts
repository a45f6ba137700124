import {expect, test} from 'vitest';
import {keepCounters, recallCounters} from '../../../../src/domain/traffic/own-requests/kept-counters.ts';
import {clientSample, noOwnRequests} from '../../../../src/domain/traffic/own-requests/own-requests.ts';
import {type CounterName, finishedCounter} from '../../../../src/domain/traffic/own-requests/sample-counters.ts';
import {addSample, emptyWindow, trafficOf} from '../../../../src/domain/traffic/traffic-window.ts';
import type {EngineMetricsSample} from '../../../../src/samples/engine-metrics.ts';
import {buildMetricsSample} from '../../../support/build-metrics-sample.ts';

/** Reads these samples, one a second, and gives what is clients'. */
function readAll(samples: readonly Partial<EngineMetricsSample>[], start = noOwnRequests) {
  let own = start;
  let traffic = emptyWindow;
  const seen = samples.map((overrides, second) => {
    const read = clientSample(own, buildMetricsSample(second, overrides));
    own = read.own;
    traffic = addSample(traffic, read.sample);
    return {generated: read.sample.generationTokensTotal, jumps: own.jumps};
  });
  return {own, seen, traffic: trafficOf(traffic)};
}

const generated = (...totals: readonly number[]) => totals.map((generationTokensTotal) => ({generationTokensTotal}));

test('a jump that no node can make is in no total and no rate, and what follows is', () => {
  const {seen, traffic} = readAll(generated(100, 200, 433e9, 433e9 + 100));
  expect(seen.map((one) => one.generated)).toEqual([100, 200, 200, 300]);
  expect(seen[2]?.jumps).toEqual([
    {counter: 'generationTokensTotal', growth: 433e9 - 200, elapsedMs: 1_000, most: 1_000_000},
  ]);
  expect(seen[3]?.jumps).toEqual([]);
  expect(traffic.generationTokensPerSecond).toBeCloseTo(200 / 3);
});

test('a counter that falls back after a jump counts from there', () => {
  expect(readAll(generated(100, 1e15, 300, 400)).seen.map((one) => one.generated)).toEqual([100, 100, 300, 400]);
});

test('a later supervisor does not count the jump either', () => {
  const {own} = readAll(generated(100, 433e9));
  const later = readAll(generated(433e9 + 50), recallCounters(keepCounters(own)));
  expect(later.seen[0]?.generated).toBe(150);
});

test('finished requests and prompts have their own limits', () => {
  const {seen} = readAll([
    {finishedRequestsTotal: {stop: 1}, promptTokensTotal: 10},
    {finishedRequestsTotal: {stop: 5e6}, promptTokensTotal: 40_000_000},
  ]);
  expect(seen[1]?.jumps.map(({counter}) => counter)).toEqual(['finished:stop']);
});

test('what an engine has counted before it was watched is no jump', () => {
  expect(readAll(generated(2e11)).seen[0]).toEqual({generated: 2e11, jumps: []});
  expect(readAll(generated(2e13)).seen[0]?.jumps).toHaveLength(1);
});

test('what is kept of the counters stays small, whatever reasons an engine has for the end of a request', () => {
  const read = new Map<CounterName, number>(
    Array.from({length: 10_000}, (_, index) => [finishedCounter(`reason ${index}`), index]),
  );
  read.set('promptTokensTotal', 7);
  const first = new Map<CounterName, number>([
    ['promptTokensTotal', 7],
    [finishedCounter('x'.repeat(5_000_000)), 1],
    ...read,
  ]);
  const kept = keepCounters({...noOwnRequests, read: first});
  expect(JSON.stringify(kept).length).toBeLessThan(8_192);
  expect(kept.promptTokensTotal).toEqual({read: 7, own: 0});
});
