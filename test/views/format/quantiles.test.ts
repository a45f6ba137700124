import {expect, test} from 'vitest';
import type {Quantile} from '../../../src/domain/traffic/quantile.ts';
import {latencyQuantileText, shareText, tokenQuantileText} from '../../../src/views/format/quantiles.ts';

const about = (value: number): Quantile => ({kind: 'interpolated', value, from: 0, to: value * 2});

test('a latency: exact, estimated, or a limit', () => {
  expect(latencyQuantileText({kind: 'exact', value: 820})).toBe('820 ms');
  expect(latencyQuantileText(about(820))).toBe('~820 ms');
  expect(latencyQuantileText(about(71_000))).toBe('~71.0 s');
  expect(latencyQuantileText(about(1_930_000))).toBe('~32 min');
});

test.each([
  [300, '< 300 ms', '> 300 ms'],
  [300.2, '< 301 ms', '> 300 ms'],
  [0.07 * 1_000, '< 70 ms', '> 70 ms'],
  [0.25, '< 0.3 ms', '> 0.2 ms'],
  [1_000, '< 1 s', '> 1 s'],
  [2_500, '< 2.5 s', '> 2.5 s'],
  [2_503, '< 2.51 s', '> 2.5 s'],
  [10_240, '< 10.3 s', '> 10.2 s'],
  [1_920_000, '< 32 min', '> 32 min'],
  [1_921_000, '< 33 min', '> 32 min'],
])('a limit of %d ms is rounded outward', (value, below, above) => {
  expect(latencyQuantileText({kind: 'below', value})).toBe(below);
  expect(latencyQuantileText({kind: 'above', value})).toBe(above);
});

test('a size in tokens: at most 100 is below 101', () => {
  expect(tokenQuantileText({kind: 'exact', value: 812})).toBe('812 tok');
  expect(tokenQuantileText(about(4_100))).toBe('~4,100 tok');
  expect(tokenQuantileText({kind: 'below', value: 100})).toBe('< 101 tok');
  expect(tokenQuantileText({kind: 'above', value: 61_000})).toBe('> 60,999 tok');
});

test('a share: all and none only where that is exact, an estimate never', () => {
  expect(shareText({kind: 'exact', value: 1})).toBe('100 %');
  expect(shareText({kind: 'exact', value: 0.999})).toBe('99 %');
  expect(shareText({kind: 'exact', value: 0.001})).toBe('1 %');
  expect(shareText({kind: 'exact', value: 0})).toBe('0 %');
  expect(shareText({kind: 'interpolated', value: 0.973, from: 0.9, to: 1})).toBe('~97 %');
  expect(shareText({kind: 'interpolated', value: 0.9999, from: 0.9, to: 1})).toBe('~99 %');
  expect(shareText({kind: 'below', value: 0.1})).toBe('< 11 %');
  expect(shareText({kind: 'above', value: 0.8})).toBe('> 79 %');
});
