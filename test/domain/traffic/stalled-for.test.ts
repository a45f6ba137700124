import {expect, test} from 'vitest';
import {stalledFor} from '../../../src/domain/traffic/stalled-for.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

function samples(...rows: readonly (readonly [tokens: number, running: number])[]) {
  return rows.map(([generationTokensTotal, runningRequests], second) =>
    buildMetricsSample(second, {generationTokensTotal, runningRequests}),
  );
}

test('requests that run without a token are stalled since the last that came', () => {
  expect(stalledFor(samples([5, 1], [9, 2], [9, 3], [9, 3]))).toEqual({stalledMs: 2000, runningRequests: 3});
});

test('a token that just came, or nothing that runs, is no stall', () => {
  expect(stalledFor(samples([5, 1], [9, 2]))?.stalledMs).toBe(0);
  expect(stalledFor(samples([9, 2], [9, 0]))).toBeNull();
  expect(stalledFor([])).toBeNull();
});

test('the wait begins with the first request that runs', () => {
  expect(stalledFor(samples([9, 0], [9, 0], [9, 1], [9, 1]))).toEqual({stalledMs: 1000, runningRequests: 1});
});

test('an engine that exposes no tokens is not judged', () => {
  expect(
    stalledFor([buildMetricsSample(0, {runningRequests: 3}), buildMetricsSample(9, {runningRequests: 3})]),
  ).toBeNull();
});
