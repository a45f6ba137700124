import {expect, test} from 'vitest';
import {withSnapshot} from '../../../src/client/series/series-points.ts';
import {buildSnapshot, TEST_NOW_MS} from '../../support/build-snapshot.ts';

const WINDOW_MS = 10_000;

/** The ages of the points of a series, in milliseconds, after a snapshot of now was added to points of these ages. */
function ages(...before: readonly number[]): readonly number[] {
  const points = before.map((ageMs) => ({atMs: TEST_NOW_MS - ageMs, value: 1}));
  const snapshot = {...buildSnapshot(), takenAtMs: TEST_NOW_MS};
  const {runningRequests} = withSnapshot({runningRequests: points}, snapshot, WINDOW_MS);
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
