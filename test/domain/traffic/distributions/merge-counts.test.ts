import {expect, test} from 'vitest';
import {countsOf, mergedHistogram} from '../../../../src/domain/traffic/distributions/merge-counts.ts';
import {histogramOf} from '../../../support/histogram-of.ts';

const END = Number.POSITIVE_INFINITY;

test('histograms of other bounds are merged at the bounds that both have, exactly', () => {
  const merged = mergedHistogram([
    countsOf(histogramOf([0.05, 0.3, 0.7, 3], [0.1, 0.5, 1, 5])),
    countsOf(histogramOf([0.05, 0.6, 9], [0.1, 0.4, 1, 8])),
  ]);
  expect(merged.buckets).toEqual([
    {le: 0.1, count: 2},
    {le: 1, count: 5},
    {le: END, count: 7},
  ]);
  expect(merged.count).toBe(7);
  expect(merged.sum).toBeCloseTo(13.7, 9);
});

test('bounds of a histogram without observations coarsen nothing', () => {
  const used = histogramOf([0.3], [0.1, 0.5]);
  expect(mergedHistogram([countsOf(histogramOf([], [7])), countsOf(used)])).toEqual(used);
  expect(mergedHistogram([])).toEqual({buckets: [{le: END, count: 0}], sum: 0, count: 0});
});

test('what is beyond the last bound of a histogram without an end is in one', () => {
  const {bounds, counts} = countsOf({buckets: [{le: 1, count: 2}], sum: 9, count: 3});
  expect(bounds).toEqual([1, END]);
  expect([...counts]).toEqual([2, 1]);
});
