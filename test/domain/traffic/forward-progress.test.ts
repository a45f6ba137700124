import {expect, test} from 'vitest';
import {progressCounter, progressWords, stalledFor} from '../../../src/domain/traffic/forward-progress.ts';
import {isAbsent} from '../../../src/samples/reading.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

function samples(...rows: readonly (readonly [tokens: number, running: number])[]) {
  return rows.map(([liveGenerationTokensTotal, runningRequests], second) =>
    buildMetricsSample(second, {liveGenerationTokensTotal, runningRequests}),
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

test('steps of the engine count before tokens: a long prefill generates none', () => {
  const prefill = [4, 5, 6].map((progressTotal, second) =>
    buildMetricsSample(second, {progressTotal, liveGenerationTokensTotal: 9, runningRequests: 1}),
  );
  expect(stalledFor(prefill)?.stalledMs).toBe(0);
});

test('tokens that are counted when a request ends say nothing of a long one', () => {
  const sample = buildMetricsSample(0, {generationTokensTotal: 9, runningRequests: 1});
  expect(isAbsent(progressCounter(sample))).toBe(true);
  expect(stalledFor([sample, buildMetricsSample(60, {generationTokensTotal: 9, runningRequests: 1})])).toBeNull();
});

test('is said in words that stand beside those of /health', () => {
  const row = (second: number, progressTotal: number, runningRequests: number) =>
    buildMetricsSample(second, {progressTotal, runningRequests});
  expect(progressWords([])).toHaveProperty('absent');
  expect(progressWords([row(0, 1, 2)])).toHaveProperty('absent');
  expect(progressWords([row(0, 1, 0), row(1, 1, 0)])).toBe('idle');
  expect(progressWords([row(0, 1, 2), row(1, 7, 2)])).toBe('working');
  expect(progressWords([row(0, 7, 2), row(3, 7, 2)])).toBe('working');
  expect(progressWords([row(0, 7, 3), row(34, 7, 3)])).toBe('no step for 34 s, 3 requests running');
});
