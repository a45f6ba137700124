import {expect, test} from 'vitest';
import {createKeptSeries, plottedSeries} from '../../../src/client/series/series-points.ts';
import {buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';

const WINDOW_MS = 10_000;

/** The ages of the points of a series, in milliseconds, after a snapshot of now was added to points of these ages. */
function ages(...before: readonly number[]): readonly number[] {
  const points = before.map((ageMs) => ({atMs: TEST_NOW_MS - ageMs, value: 1}));
  const snapshot = {...buildSnapshot(), takenAtMs: TEST_NOW_MS};
  const series = createKeptSeries(WINDOW_MS);
  series.load({runningRequests: points});
  series.add(snapshot);
  const {runningRequests} = series.current();
  return (runningRequests ?? []).map(({atMs}) => TEST_NOW_MS - atMs);
}

test.each([
  ['nothing', [], [0]],
  ['points in the window', [9_000, 3_000, 1_000], [9_000, 3_000, 1_000, 0]],
  ['points from before the window', [12_000, 10_001, 10_000, 2_000], [10_000, 2_000, 0]],
  ['only points from before the window', [12_000, 11_000], [0]],
  ['a point of the same second', [2_000, 0], [2_000, 0]],
  ['points of a clock that was ahead', [2_000, -3_000, -4_000], [2_000, 0]],
  ['only points of a clock that was ahead', [-3_000, -4_000], [0]],
] as const)('to %s the point of now is added', (_what, before, after) => {
  expect(ages(...before)).toEqual(after);
});

const later = (seconds: number) => ({...buildSnapshot(), takenAtMs: TEST_NOW_MS + seconds * 1_000});

test('what was read of the series does not change, nor what is read later of series as they were', () => {
  const series = createKeptSeries(WINDOW_MS);
  for (let second = 0; second < 5; second += 1) series.add(later(second));
  const [seen, unseen] = [series.current(), series.current()];
  const points = seen.runningRequests;
  const times = points?.map(({atMs}) => atMs);
  // One more, one in place of the last, a clock that was set back, and more than are kept.
  for (const second of [5, 5.5, 2, ...Array.from({length: 900}, (_, index) => index)]) series.add(later(second));
  expect(seen.runningRequests).toBe(points);
  expect(points?.map(({atMs}) => atMs)).toEqual(times);
  expect(unseen.runningRequests?.map(({atMs}) => atMs)).toEqual(times);
  expect(series.current().runningRequests).toHaveLength(WINDOW_MS / 1_000 + 1);
});

test('whoever lists the series has all of them', () => {
  const series = createKeptSeries(WINDOW_MS);
  series.add(later(0));
  const listed = {...series.current()};
  expect(Object.keys(listed)).toEqual(plottedSeries);
  expect(listed.nodeUsdPerHour).toHaveLength(1);
  expect('nodeUsdPerHour' in series.current()).toBe(true);
  expect(series.current().planDifferenceBytes).toBeUndefined();
});
