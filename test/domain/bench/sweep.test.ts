import {expect, test} from 'vitest';
import {isSaturated, sweepUpTo} from '../../../src/domain/bench/sweep.ts';
import {absent} from '../../../src/samples/reading.ts';
import {buildPoint} from './build-point.ts';

test('a sweep goes up to what the engine runs at the same time', () => {
  expect(sweepUpTo(null)).toEqual([1, 4, 16, 32, 64]);
  expect(sweepUpTo(40)).toEqual([1, 4, 16, 32]);
  expect(sweepUpTo(3)).toEqual([1]);
});

test('it ends where the first token takes more than three times its target', () => {
  expect(isSaturated(buildPoint({firstTokenP99Ms: 6_000}), 2_000)).toBe(false);
  expect(isSaturated(buildPoint({firstTokenP99Ms: 6_001}), 2_000)).toBe(true);
  expect(isSaturated(buildPoint({firstTokenP99Ms: 60_000}), null)).toBe(false);
  const unknown = {p50Ms: absent('?'), p90Ms: absent('?'), p99Ms: absent('?')};
  expect(isSaturated(buildPoint({timeToFirstToken: unknown}), 2_000)).toBe(false);
});
