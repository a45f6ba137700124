import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {latencyOf, noTargets} from '../../../src/domain/traffic/latencies.ts';
import {
  addTally,
  completeTally,
  noRequests,
  type RequestTally,
  withLoggedRequest,
} from '../../../src/domain/traffic/request-tally.ts';
import {addSample, emptyWindow} from '../../../src/domain/traffic/traffic-window.ts';
import type {LoggedRequest} from '../../../src/samples/logged-request.ts';
import {absent, isPresent} from '../../../src/samples/reading.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

const none = absent('not exposed');
const bare = {
  finishedRequestsTotal: none,
  timeToFirstTokenSeconds: none,
  interTokenLatencySeconds: none,
  endToEndLatencySeconds: none,
  prefillTimeSeconds: none,
  decodeTimeSeconds: none,
  promptLengthTokens: none,
  generationLengthTokens: none,
  generationTokensTotal: 0,
  waitingRequests: 0,
};

function tally(lines: readonly LoggedRequest[], from: RequestTally = completeTally(noRequests, null)): RequestTally {
  return lines.reduce(withLoggedRequest, from);
}

function request(task: string, {prefillMs = 100, decodeMs = 900, generatedTokens = 10} = {}): LoggedRequest[] {
  return [
    {part: 'prefill', ms: prefillMs},
    {part: 'decode', ms: decodeMs, generatedTokens},
    {part: 'complete', ms: prefillMs + decodeMs, task},
    {part: 'released', task, tokens: null},
  ];
}

function sampleWith(requests: RequestTally, second: number, change = {}) {
  return addTally(requests, buildMetricsSample(second, {...bare, ...change})).sample;
}

describe('requests that only the log has', () => {
  test('become the latencies and the finished requests of the sample', () => {
    const before = sampleWith(tally([]), 0);
    const after = sampleWith(tally([...request('1'), ...request('2', {prefillMs: 300})]), 1);
    const latency = latencyOf(addSample(addSample(emptyWindow, before), after), noTargets);
    expect(after.finishedRequestsTotal).toEqual({finished: 2, abort: 0});
    expect(latency.timeToFirstToken).toMatchObject({count: 2, meanMs: 200});
    expect(latency.prefill).toMatchObject({count: 2, meanMs: 200});
    expect(latency.endToEnd).toMatchObject({count: 2, meanMs: 1_100});
    expect(latency.decode).toMatchObject({count: 2, meanMs: 900});
    expect(latency.interToken).toMatchObject({count: 18, meanMs: 100});
  });

  test('the length of a prompt is what the answer leaves of all tokens, cached ones with it', () => {
    const lines = (tokens: number | null): LoggedRequest[] => [
      ...request('1').slice(0, 3),
      {part: 'released', task: '1', tokens},
    ];
    // 44 of the prompt, and 10 generated ones without the last.
    const {promptLengthTokens} = sampleWith(tally(lines(53)), 1);
    expect(promptLengthTokens).toMatchObject({count: 1, sum: 44});
    expect(sampleWith(tally(lines(null)), 1).promptLengthTokens).toMatchObject({count: 0});
  });

  test('a request whose client left is released without times, and counts as aborted', () => {
    const requests = tally([...request('1'), {part: 'released', task: '2', tokens: null}]);
    expect(requests.finished).toEqual({finished: 1, abort: 1});
  });

  test('in builds that do not name the task with the times, a release belongs to the request before it', () => {
    const requests = tally([
      {part: 'complete', ms: 10, task: null},
      {part: 'released', task: '5', tokens: null},
    ]);
    expect(requests.finished).toEqual({finished: 1, abort: 0});
  });

  test('values of the engine itself are never replaced', () => {
    const own = {finishedRequestsTotal: {stop: 9}};
    expect(sampleWith(tally(request('1')), 1, own).finishedRequestsTotal).toEqual({stop: 9});
  });

  test('nothing is known before the log was read from its start', () => {
    expect(sampleWith(tally(request('1'), noRequests), 1).finishedRequestsTotal).toEqual(none);
  });

  test('an engine that generates without a line about requests does not log them: nothing is zero', () => {
    const used = {generationTokensTotal: 500};
    const first = addTally(tally([]), buildMetricsSample(1, {...bare, ...used}));
    // The log is read a moment after the metrics.
    expect(first.sample.finishedRequestsTotal).toEqual({finished: 0, abort: 0});
    expect(sampleWith(first.requests, 12, used)).toMatchObject({
      finishedRequestsTotal: none,
      endToEndLatencySeconds: none,
    });
    expect(sampleWith(tally(request('1'), first.requests), 12, used).finishedRequestsTotal).toMatchObject({
      finished: 1,
    });
  });

  test('after one waited for a slot, the times that lack its wait are absent for a minute, and others are not', () => {
    const waiting = addTally(tally(request('1')), buildMetricsSample(0, {...bare, waitingRequests: 1}));
    const soon = sampleWith(waiting.requests, 59);
    expect(isPresent(soon.timeToFirstTokenSeconds) || isPresent(soon.endToEndLatencySeconds)).toBe(false);
    expect(isPresent(soon.prefillTimeSeconds) && isPresent(soon.decodeTimeSeconds)).toBe(true);
    expect(isPresent(sampleWith(waiting.requests, 61).timeToFirstTokenSeconds)).toBe(true);
  });

  test('a log that was rotated never has fewer finished requests than were counted before', () => {
    const counted = new Map([['finished:finished', 40] as const]);
    const requests = completeTally(tally(request('1'), noRequests), counted);
    expect(requests.finished).toEqual({finished: 40, abort: 0});
    expect(tally(request('2'), requests).finished.finished).toBe(41);
  });

  test('property: every request is counted once, complete or aborted, in whatever order they end', () => {
    const ended = fc.array(fc.record({isAborted: fc.boolean(), isNamed: fc.boolean()}), {maxLength: 60});
    fc.assert(
      fc.property(ended, (requests) => {
        const lines = requests.flatMap(({isAborted, isNamed}, index): LoggedRequest[] => {
          const task = String(index);
          const complete = {part: 'complete', ms: 5, task: isNamed ? task : null} as const;
          return [...(isAborted ? [] : [complete]), {part: 'released', task, tokens: null}];
        });
        const aborted = requests.filter(({isAborted}) => isAborted).length;
        expect(tally(lines).finished).toEqual({finished: requests.length - aborted, abort: aborted});
      }),
    );
  });
});
