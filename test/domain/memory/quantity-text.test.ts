import {expect, test} from 'vitest';
import {gbText, gibText} from '../../../src/shared/quantities/bytes.ts';
import {countedText, countText} from '../../../src/shared/quantities/counts.ts';
import {fractionText} from '../../../src/shared/quantities/ratios.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';

test.each([
  [0, '0.00 GiB'],
  [3.571, '3.57 GiB'],
  [9.994, '9.99 GiB'],
  [10, '10.0 GiB'],
  [53.84, '53.8 GiB'],
  [-3.32, '-3.32 GiB'],
  [-46.84, '-46.8 GiB'],
])('%d GiB is %s', (gib, text) => {
  expect(gibText(gib * BYTES_PER_GIB)).toBe(text);
});

test.each([
  [0, '0.0 GB'],
  [595_148_192_736, '595.1 GB'],
  [1_030_100_000_000, '1,030.1 GB'],
  [12_345_678_900_000_000, '12,345,678.9 GB'],
])('%d bytes are %s', (bytes, text) => {
  expect(gbText(bytes)).toBe(text);
});

test.each([
  [0, '0'],
  [999, '999'],
  [1_000, '1,000'],
  [262_144, '262,144'],
  [1_026_879_376_368, '1,026,879,376,368'],
  [1_234.6, '1,235'],
])('%d is counted as %s', (count, text) => {
  expect(countText(count)).toBe(text);
});

test('one is singular, none and many are not', () => {
  expect([0, 1, 2, 1_000].map((count) => countedText(count, 'GPU'))).toEqual([
    '0 GPUs',
    '1 GPU',
    '2 GPUs',
    '1,000 GPUs',
  ]);
});

test.each([
  [0.9, '0.90'],
  [0.95, '0.95'],
  [0.925, '0.925'],
  [0.88888, '0.8889'],
  [1, '1.00'],
  [0, '0.00'],
])('the fraction %d is %s', (fraction, text) => {
  expect(fractionText(fraction)).toBe(text);
});
