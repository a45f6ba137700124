import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {counterGrowth} from '../../../src/domain/traffic/counters.ts';
import {latencyOf, noTargets, requestSizesOf} from '../../../src/domain/traffic/latencies.ts';
import {addSample, emptyWindow, trafficOf} from '../../../src/domain/traffic/traffic-window.ts';
import {isPresent} from '../../../src/samples/reading.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

describe('rates', () => {
  test('are growth over time', () => {
    let window = emptyWindow;
    for (let second = 0; second <= 10; second += 1) {
      window = addSample(window, buildMetricsSample(second, {generationTokensTotal: second * 120}));
    }
    expect(trafficOf(window).generationTokensPerSecond).toBeCloseTo(120, 6);
  });

  test('are absent with one sample, and if the engine exposes nothing', () => {
    const window = addSample(emptyWindow, buildMetricsSample(0, {generationTokensTotal: 5}));
    expect(trafficOf(window).generationTokensPerSecond).toHaveProperty('absent');
    expect(trafficOf(addSample(window, buildMetricsSample(1))).promptTokensPerSecond).toHaveProperty('absent');
  });

  test('are never negative, whatever is reset', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), {minLength: 2, maxLength: 20}), (totals) => {
        let window = emptyWindow;
        for (const [second, total] of totals.entries()) {
          window = addSample(window, buildMetricsSample(second, {generationTokensTotal: total}));
        }
        const rate = trafficOf(window).generationTokensPerSecond;
        return isPresent(rate) && rate >= 0;
      }),
    );
  });

  test('of nothing are absent with the given reason', () => {
    expect(trafficOf(emptyWindow, 'it is off').runningRequests).toEqual({absent: 'it is off'});
    expect(trafficOf(emptyWindow, 'it is off').requestsPerSecond).toEqual({absent: 'it is off'});
    expect(latencyOf(emptyWindow, noTargets, 'it is off').queue.p50Ms).toEqual({absent: 'it is off'});
  });

  test('use the live counter if the billed one only moves at the end of a request', () => {
    let window = emptyWindow;
    for (let second = 0; second <= 10; second += 1) {
      window = addSample(
        window,
        buildMetricsSample(second, {generationTokensTotal: 7, liveGenerationTokensTotal: second * 120}),
      );
    }
    expect(trafficOf(window).generationTokensPerSecond).toBeCloseTo(120, 6);
    expect(trafficOf(window).generationTokensTotal).toBe(7);
  });

  test('a rounded counter may fall slightly without a reset', () => {
    expect(counterGrowth(2_400_005, 2_400_000)).toBe(0);
  });

  test('of speculative decoding: the fraction of accepted drafts, and tokens per step', () => {
    const at = (second: number) =>
      buildMetricsSample(second, {
        draftsTotal: second * 100,
        draftTokensTotal: second * 300,
        acceptedDraftTokensTotal: second * 240,
      });
    const traffic = trafficOf(addSample(addSample(emptyWindow, at(0)), at(5)));
    expect(traffic.draftAcceptanceRatio).toBeCloseTo(0.8, 6);
    expect(traffic.tokensPerDraftedStep).toBeCloseTo(3.4, 6);
  });

  test('sizes of requests are those of the window, in tokens', () => {
    const sizes = (count: number) => ({
      buckets: [
        {le: 1000, count},
        {le: Number.POSITIVE_INFINITY, count},
      ],
      sum: count * 400,
      count,
    });
    const window = addSample(
      addSample(emptyWindow, buildMetricsSample(0, {promptLengthTokens: sizes(10)})),
      buildMetricsSample(1, {promptLengthTokens: sizes(30)}),
    );
    expect(requestSizesOf(window).prompt).toMatchObject({meanTokens: 400, p50Tokens: {kind: 'below'}});
    // Eleven of the twenty are not below it, and all are 8,000 together.
    expect(requestSizesOf(window).prompt.p50Tokens).toHaveProperty('value', expect.closeTo(8_000 / 11, 2));
    expect(requestSizesOf(window).generation.meanTokens).toHaveProperty('absent');
  });

  test('a counter that was reset has grown by its new value', () => {
    expect(counterGrowth(900, 40)).toBe(40);
  });
});

describe('quantiles', () => {
  const buckets = [
    {le: 0.1, count: 10},
    {le: 0.5, count: 90},
    {le: 1, count: 100},
    {le: Number.POSITIVE_INFINITY, count: 100},
  ];

  test('cover only the window', () => {
    const scaled = (factor: number) => ({
      buckets: buckets.map(({le, count}) => ({le, count: count * factor})),
      sum: 30 * factor,
      count: 100 * factor,
    });
    let window = addSample(emptyWindow, buildMetricsSample(0, {timeToFirstTokenSeconds: scaled(5)}));
    window = addSample(window, buildMetricsSample(10, {timeToFirstTokenSeconds: scaled(6)}));
    expect(latencyOf(window, noTargets).timeToFirstToken.p50Ms).toMatchObject({
      kind: 'interpolated',
      value: expect.closeTo(300, 3),
    });
    expect(latencyOf(window, noTargets).timeToFirstToken.meanMs).toBeCloseTo(300, 3);
    expect(latencyOf(window, noTargets).timeToFirstToken.count).toBe(100);
    expect(latencyOf(window, noTargets).endToEnd.count).toHaveProperty('absent');
  });

  test('of a part of a request is not shown above the whole, only as beyond its bucket', () => {
    const all = (count: number, buckets: readonly (readonly [le: number, count: number])[], sum: number) => ({
      buckets: [...buckets, [Number.POSITIVE_INFINITY, count] as const].map(([le, upTo]) => ({le, count: upTo})),
      sum,
      count,
    });
    const none = all(0, [], 0);
    const window = addSample(
      addSample(emptyWindow, buildMetricsSample(0, {queueTimeSeconds: none, timeToFirstTokenSeconds: none})),
      buildMetricsSample(1, {
        queueTimeSeconds: all(
          100,
          [
            [120, 40],
            [240, 100],
          ],
          12_500,
        ),
        timeToFirstTokenSeconds: all(
          100,
          [
            [80, 0],
            [160, 100],
          ],
          12_900,
        ),
      }),
    );
    const {queue, timeToFirstToken} = latencyOf(window, noTargets);
    expect(timeToFirstToken.p99Ms).toMatchObject({kind: 'interpolated', value: expect.closeTo(159_200, 0)});
    expect(queue.p99Ms).toEqual({kind: 'above', value: expect.closeTo(126_440, -2)});
  });
});
