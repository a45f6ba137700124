import fc from 'fast-check';
import {expect, test} from 'vitest';
import {
  fixedGibNumber,
  fixedGibText,
  gbText,
  gibNumber,
  gibText,
  kibText,
  mbText,
  mibNumber,
  mibText,
  shownGibDifference,
  signedGbText,
  signedGibText,
  wholeGbNumber,
  wholeGbText,
} from '../../../src/shared/quantities/bytes.ts';
import {BYTES_PER_GB, BYTES_PER_GIB, BYTES_PER_MIB} from '../../../src/shared/units.ts';

const gib = (count: number): number => count * BYTES_PER_GIB;

test('GiB in a sentence have two decimals below ten, and one from ten on', () => {
  expect([gib(71.83), gib(1123.2), gib(0), gib(-3.574), gib(9.99)].map(gibText)).toEqual([
    '71.8 GiB',
    '1,123.2 GiB',
    '0.00 GiB',
    '-3.57 GiB',
    '9.99 GiB',
  ]);
  expect([9.994, 9.996, 10, -46.84].map((count) => gibNumber(gib(count)))).toEqual(['9.99', '10.0', '10.0', '-46.8']);
});

test('GiB in a column always have one decimal', () => {
  expect([gib(71.83), gib(1123.2), gib(0), gib(-3.32)].map(fixedGibText)).toEqual([
    '71.8 GiB',
    '1,123.2 GiB',
    '0.0 GiB',
    '-3.3 GiB',
  ]);
});

test('there is no negative zero', () => {
  expect(fixedGibNumber(gib(-0.04))).toBe('0.0');
  expect(gibNumber(gib(-0.004))).toBe('0.00');
  expect(signedGibText(gib(-0.04))).toBe('+0.0 GiB');
  expect(signedGbText(-0.04 * BYTES_PER_GB)).toBe('+0.0 GB');
});

test('a difference has its sign', () => {
  expect([gib(0.4), gib(-3.3), gib(-0.06)].map(signedGibText)).toEqual(['+0.4 GiB', '-3.3 GiB', '-0.1 GiB']);
  expect([95.148 * BYTES_PER_GB, -3.3 * BYTES_PER_GB].map(signedGbText)).toEqual(['+95.1 GB', '-3.3 GB']);
});

test('a column keeps its width between 10 and 99 GiB', () => {
  fc.assert(
    fc.property(fc.double({min: 10, max: 99.94, noNaN: true}), (count) => {
      expect(fixedGibNumber(gib(count))).toHaveLength(4);
    }),
  );
});

test('decimal units are those of checkpoints, vendors and the published guide', () => {
  expect(gbText(595_148_192_736)).toBe('595.1 GB');
  expect(gbText(12_345_678_900_000_000)).toBe('12,345,678.9 GB');
  expect(gbText(1_030.14 * BYTES_PER_GB)).toBe('1,030.1 GB');
  expect(wholeGbText(594.6 * BYTES_PER_GB)).toBe('595 GB');
  expect(wholeGbNumber(1_128 * BYTES_PER_GB)).toBe('1,128');
  expect(mbText(64e6)).toBe('64 MB');
});

test('small units: MiB as in nvidia-smi, KiB rounded up', () => {
  expect(mibText(81_559 * BYTES_PER_MIB)).toBe('81,559 MiB');
  expect(mibNumber(64 * BYTES_PER_MIB)).toBe('64');
  expect([1, 1024, 1025].map(kibText)).toEqual(['1 KiB', '1 KiB', '2 KiB']);
});

test('a difference is that of the numbers as they are shown', () => {
  const used = 130.04 * BYTES_PER_GIB;
  const planned = 125.46 * BYTES_PER_GIB;
  const others = 4.04 * BYTES_PER_GIB;
  expect([used, planned, others].map(fixedGibText)).toEqual(['130.0 GiB', '125.5 GiB', '4.0 GiB']);
  expect(signedGibText(shownGibDifference(used, planned, others))).toBe('+0.5 GiB');
});
