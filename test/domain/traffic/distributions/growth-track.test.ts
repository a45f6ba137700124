import {expect, test} from 'vitest';
import {growthAfter, unreadTrack} from '../../../../src/domain/traffic/distributions/growth-track.ts';
import {histogramCount} from '../../../../src/domain/traffic/histogram-quantile.ts';
import type {EngineMetricsSample} from '../../../../src/samples/engine-metrics.ts';
import {absent} from '../../../../src/samples/reading.ts';
import {buildMetricsSample} from '../../../support/build-metrics-sample.ts';
import {histogramOf} from '../../../support/histogram-of.ts';

const gone = absent('not exposed');
const queue = (count: number) =>
  histogramOf(
    Array.from({length: count}, () => 0.5),
    [1, 2],
  );
const page = (count: number | null, more: Partial<EngineMetricsSample> = {}) =>
  buildMetricsSample(0, {queueTimeSeconds: count === null ? gone : queue(count), generationTokensTotal: 9, ...more});

/** How much each page after the first added to the queue times; null for nothing. */
function added(...pages: readonly EngineMetricsSample[]): (number | null)[] {
  let track = unreadTrack;
  return pages.map((engine) => {
    const next = growthAfter(track, {engine, clients: engine});
    track = next.track;
    const {queueTimeSeconds} = next.growth;
    return queueTimeSeconds === undefined ? null : histogramCount(queueTimeSeconds);
  });
}

test('what was there at first is of an unknown time; what is added later is counted once', () => {
  expect(added(page(7), page(7), page(9), page(10))).toEqual([null, null, 2, 1]);
});

test('a process that started again counts from zero, also above what the earlier one had', () => {
  const of = (processStartTimeSeconds: number, count: number) => page(count, {processStartTimeSeconds});
  expect(added(of(1, 7), of(2, 8))).toEqual([null, 8]);
});

test('the same process never counts again what it has counted', () => {
  const same = (count: number) => page(count, {processStartTimeSeconds: 1});
  expect(added(same(7), same(3), same(5))).toEqual([null, null, 2]);
  expect(added(page(7), page(3), page(5))).toEqual([null, null, 2]);
});

test('the first request that appears with its histogram is not counted where it is of Gantry itself', () => {
  const unused = page(null, {generationTokensTotal: 0});
  const {track} = growthAfter(unreadTrack, {engine: unused, clients: unused});
  const second = growthAfter(track, {engine: page(1), clients: page(0)});
  expect(second.growth).toEqual({});
  const third = growthAfter(second.track, {engine: page(4), clients: page(3)});
  expect(third.growth.queueTimeSeconds?.count).toBe(3);
});

test('a histogram that appears begins at zero only where nothing had been generated', () => {
  const unused = page(null, {generationTokensTotal: 0});
  expect(added(unused, page(4), page(5))).toEqual([null, 4, 1]);
  expect(added(page(null), page(4), page(5))).toEqual([null, null, 1]);
});

test('one that was away is not compared with what it was', () => {
  expect(added(page(4), page(null), page(6), page(7))).toEqual([null, null, null, 1]);
});

test('requests of Gantry itself are no growth, and a later supervisor continues behind them', () => {
  const first = growthAfter(unreadTrack, {engine: page(5), clients: page(5)});
  const second = growthAfter(first.track, {engine: page(8), clients: page(6)});
  expect(second.growth.queueTimeSeconds?.count).toBe(1);
  const later = growthAfter({...second.track, clients: {}}, {engine: page(8), clients: page(8)});
  expect(later.growth).toEqual({});
});
