import {expect, test} from 'vitest';
import {
  pendingText,
  progressCounter,
  progressOf,
  stallAfter,
  unseenStall,
  workSince,
} from '../../../src/domain/traffic/forward-progress.ts';
import type {EngineMetricsSample} from '../../../src/samples/engine-metrics.ts';
import {absent, isAbsent} from '../../../src/samples/reading.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

const stalledFor = (all: readonly EngineMetricsSample[]) => all.reduce(stallAfter, unseenStall).stall;
const progressIn = (all: readonly EngineMetricsSample[]) =>
  progressOf(all.at(-1) ?? null, all.reduce(stallAfter, unseenStall));

function samples(...rows: readonly (readonly [tokens: number, running: number])[]) {
  return rows.map(([liveGenerationTokensTotal, runningRequests], second) =>
    buildMetricsSample(second, {liveGenerationTokensTotal, runningRequests}),
  );
}

test('requests that run without a token are stalled since the last token', () => {
  expect(stalledFor(samples([5, 1], [9, 2], [9, 3], [9, 3]))).toEqual({
    stalledMs: 2000,
    runningRequests: 3,
    waitingRequests: 0,
  });
});

test('a recent token, or no running request, is not a stall', () => {
  expect(stalledFor(samples([5, 1], [9, 2]))?.stalledMs).toBe(0);
  expect(stalledFor(samples([9, 2], [9, 0]))).toBeNull();
  expect(stalledFor([])).toBeNull();
});

test('the wait starts with the first running request', () => {
  expect(stalledFor(samples([9, 0], [9, 0], [9, 1], [9, 1]))).toEqual({
    stalledMs: 1000,
    runningRequests: 1,
    waitingRequests: 0,
  });
});

test('an engine that exposes no tokens is not checked', () => {
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

test('tokens that are counted when a request ends do not show the progress of a long one', () => {
  const sample = buildMetricsSample(0, {generationTokensTotal: 9, runningRequests: 1});
  expect(isAbsent(progressCounter(sample))).toBe(true);
  expect(stalledFor([sample, buildMetricsSample(60, {generationTokensTotal: 9, runningRequests: 1})])).toBeNull();
});

const row = (second: number, progressTotal: number, runningRequests: number) =>
  buildMetricsSample(second, {progressTotal, runningRequests});

test.each([
  ['without a sample', [], {state: 'unknown', reason: 'no metrics read yet'}],
  ['of one sample, which moved nothing yet', [row(0, 1, 2)], {state: 'unknown', reason: 'progress needs two samples'}],
  ['of one sample without requests', [row(0, 1, 0)], {state: 'idle'}],
  ['while nothing runs', [row(0, 1, 0), row(1, 1, 0)], {state: 'idle'}],
  ['while the counter moves', [row(0, 1, 2), row(1, 7, 2)], {state: 'working'}],
  ['in a pause as short as a prefill', [row(0, 7, 2), row(4.999, 7, 2)], {state: 'working'}],
  [
    'from five seconds on',
    [row(0, 7, 1), row(5, 7, 1)],
    {state: 'stalled', stalledMs: 5_000, runningRequests: 1, waitingRequests: 0},
  ],
  [
    'long after',
    [0, 9, 18, 27, 34].map((at) => row(at, 7, 3)),
    {state: 'stalled', stalledMs: 34_000, runningRequests: 3, waitingRequests: 0},
  ],
  [
    'over a gap',
    [row(0, 7, 3), row(34, 7, 3)],
    {state: 'stalled', stalledMs: 10_000, runningRequests: 3, waitingRequests: 0},
  ],
  ['once it moves again', [row(0, 7, 3), row(34, 7, 3), row(35, 8, 3)], {state: 'working'}],
])('progress %s', (_, samples, expected) => {
  expect(progressIn(samples)).toEqual(expected);
});

test('an engine without counters or with unknown requests is unknown, with the reason', () => {
  const noCounter = buildMetricsSample(0, {runningRequests: 3});
  expect(progressIn([noCounter, noCounter])).toEqual({
    state: 'unknown',
    reason: isAbsent(noCounter.liveGenerationTokensTotal) ? noCounter.liveGenerationTokensTotal.absent : '',
  });
  const noRequests = buildMetricsSample(0, {progressTotal: 3, runningRequests: absent('not exposed')});
  expect(progressIn([noRequests, noRequests])).toEqual({state: 'unknown', reason: 'not exposed'});
});

const queue = (second: number, waitingRequests: number, deferredRequests: number) =>
  buildMetricsSample(second, {progressTotal: 7, runningRequests: 0, waitingRequests, deferredRequests});

test('requests that wait while none runs are stalled too: an engine may be stuck before it runs the first one', () => {
  const samples = [queue(0, 0, 0), queue(1, 2, 0), queue(8, 2, 0)];
  expect(progressIn(samples)).toEqual({state: 'stalled', stalledMs: 7_000, runningRequests: 0, waitingRequests: 2});
});

test('requests that the engine defers itself need no step', () => {
  expect(progressIn([queue(0, 2, 2), queue(8, 2, 2)])).toEqual({state: 'idle'});
  expect(progressIn([queue(0, 2, 1), queue(8, 2, 1)])).toMatchObject({state: 'stalled', waitingRequests: 1});
});

test('the text names what runs, or else what waits', () => {
  expect(pendingText({runningRequests: 1, waitingRequests: 9})).toBe('1 request is running');
  expect(pendingText({runningRequests: 0, waitingRequests: 2})).toBe('2 requests are waiting');
});

const work = (second: number, progressTotal: number, running: number, waiting = 0) =>
  buildMetricsSample(second, {progressTotal, runningRequests: running, waitingRequests: waiting});

const tokens = (second: number, counters: Parameters<typeof buildMetricsSample>[1]) =>
  buildMetricsSample(second, {progressTotal: 5, runningRequests: 1, waitingRequests: 0, ...counters});

test.each([
  ['a step', [work(1, 5, 1), work(2, 6, 1)], 'stepped'],
  ['generated tokens', [tokens(1, {generationTokensTotal: 9}), tokens(2, {generationTokensTotal: 10})], 'generated'],
  [
    'tokens that are counted while they are generated',
    [tokens(1, {liveGenerationTokensTotal: 9}), tokens(2, {liveGenerationTokensTotal: 10})],
    'generated',
  ],
  [
    'the same number of tokens',
    [tokens(1, {generationTokensTotal: 9}), tokens(2, {generationTokensTotal: 9})],
    'loaded',
  ],
  ['a step that was before', [work(0, 5, 0), work(1, 6, 0), work(2, 6, 0)], 'none'],
  ['running requests without a step', [work(1, 6, 3), work(2, 6, 3)], 'loaded'],
  ['waiting requests without a step', [work(1, 6, 0, 2), work(2, 6, 0, 2)], 'loaded'],
  ['one request that was there before', [work(0, 6, 1), work(1, 6, 1), work(2, 6, 1)], 'loaded'],
  ['one request, and no sample before', [work(1, 6, 1), work(2, 6, 1)], 'loaded'],
  ['requests that have ended', [work(1, 6, 3), work(2, 6, 0)], 'none'],
  ['no sample in that time', [work(0, 5, 3), work(0.5, 6, 3)], 'none'],
  ['an engine without counters', [1, 2].map((at) => buildMetricsSample(at, {runningRequests: 3})), 'none'],
] as const)('work since a time: %s', (_, seen, expected) => {
  expect(workSince(seen, 1_000)).toBe(expected);
});
