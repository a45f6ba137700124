import fc from 'fast-check';
import {expect, test} from 'vitest';
import {histogramShare} from '../../../src/domain/traffic/histogram-share.ts';
import {quantileRange} from '../../../src/domain/traffic/quantile.ts';
import type {HistogramSample} from '../../../src/samples/engine-metrics.ts';
import {isAbsent} from '../../../src/samples/reading.ts';

function histogramOf(observations: readonly number[], edges: readonly number[]): HistogramSample {
  return {
    buckets: [...edges, Number.POSITIVE_INFINITY].map((le) => ({
      le,
      count: observations.filter((value) => value <= le).length,
    })),
    sum: observations.reduce((sum, value) => sum + value, 0),
    count: observations.length,
  };
}

/** Ten observations: one in (0, 1], four in (1, 2], three in (2, 4], two above 4. */
const ten = histogramOf([0.5, 1.2, 1.4, 1.6, 1.8, 2.5, 3, 3.5, 5, 6], [1, 2, 4]);

test('the share within a target is exact at the edge of a bucket, also where the edge is not exact in floating point', () => {
  expect(histogramShare(2, ten)).toEqual({kind: 'exact', value: 0.5});
  expect(histogramShare(4, ten)).toEqual({kind: 'exact', value: 0.8});
  const seventy = histogramOf([0.01, 0.06, 0.2], [0.05, 0.07, 1]);
  expect(histogramShare(70.00000000000001 / 1000, seventy)).toEqual({kind: 'exact', value: 2 / 3});
});

test('between two edges it is interpolated, and says between what', () => {
  expect(histogramShare(3, ten)).toEqual({kind: 'interpolated', value: expect.closeTo(0.65, 9), from: 0.5, to: 0.8});
});

test('in the first bucket and beyond the last edge only a limit is known', () => {
  expect(histogramShare(0.3, ten)).toEqual({kind: 'below', value: 0.1});
  expect(histogramShare(9, ten)).toEqual({kind: 'above', value: 0.8});
});

test('where the bucket of the target has nothing, the share is exact', () => {
  expect(histogramShare(3, histogramOf([0.5, 8, 9, 10], [1, 2, 4, 16]))).toEqual({kind: 'exact', value: 0.25});
  expect(histogramShare(9, histogramOf([0.5, 0.7], [1]))).toEqual({kind: 'exact', value: 1});
  expect(histogramShare(0.2, histogramOf([3, 4], [1, 8]))).toEqual({kind: 'exact', value: 0});
});

test('nothing observed has no share, and neither has a histogram without buckets', () => {
  expect(histogramShare(1, histogramOf([], [1, 2]))).toEqual({absent: 'nothing measured in this window'});
  expect(histogramShare(1, histogramOf([1, 2], []))).toEqual({absent: 'the histogram has no buckets'});
});

test('the true share is never outside of what is claimed', () => {
  const value = fc.double({min: 0, max: 100, noNaN: true});
  const edges = fc
    .uniqueArray(fc.double({min: 0.001, max: 80, noNaN: true}), {minLength: 1, maxLength: 12})
    .map((all) => all.toSorted((a, b) => a - b));
  fc.assert(
    fc.property(
      fc.array(value, {minLength: 1, maxLength: 60}),
      edges,
      fc.double({min: 0.001, max: 100, noNaN: true}),
      (observations, bounds, limit) => {
        const share = histogramShare(limit, histogramOf(observations, bounds));
        if (isAbsent(share)) throw new Error(share.absent);
        const [least, most] = quantileRange(share);
        // An edge within the tolerance counts as the limit.
        const near = bounds.find((edge) => Math.abs(edge - limit) <= 1e-9 * Math.max(edge, limit)) ?? limit;
        const truth = observations.filter((each) => each <= near).length / observations.length;
        expect(truth).toBeGreaterThanOrEqual(least - 1e-12);
        expect(truth).toBeLessThanOrEqual(most + 1e-12);
        expect(share.value).toBeGreaterThanOrEqual(0);
        expect(share.value).toBeLessThanOrEqual(1);
      },
    ),
  );
});
