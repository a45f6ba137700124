import fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {absent} from '../../../src/samples/reading.ts';
import {BYTES_PER_GIB} from '../../../src/shared/units.ts';
import {
  celsiusText,
  compactText,
  countText,
  fractionText,
  gibNumber,
  gibText,
  latencyText,
  percentText,
  perSecondText,
  shown,
  signedGibText,
  timesText,
  tokensPerSecondText,
  usdPerHourText,
  usdPerMillionText,
  usdText,
  wattsText,
  wholePercentText,
} from '../../../src/views/format/numbers.ts';
import {asciiGlyphs, unicodeGlyphs} from '../../../src/views/glyphs.ts';

const gib = (count: number): number => count * BYTES_PER_GIB;

describe('readings', () => {
  test('show zero as zero and what is absent as a dash', () => {
    expect(shown(0, unicodeGlyphs, countText)).toBe('0');
    expect(shown(absent('not read'), unicodeGlyphs, countText)).toBe('–');
    expect(shown(absent('not read'), asciiGlyphs, countText)).toBe('-');
  });
});

describe('memory', () => {
  test('is GiB with one digit, always', () => {
    expect([gib(71.83), gib(1123.2), gib(0), gib(-3.32)].map(gibText)).toEqual([
      '71.8 GiB',
      '1,123.2 GiB',
      '0.0 GiB',
      '-3.3 GiB',
    ]);
  });

  test('has no negative zero', () => {
    expect(gibNumber(gib(-0.04))).toBe('0.0');
    expect(signedGibText(gib(-0.04))).toBe('+0.0 GiB');
  });

  test('says which way a difference goes', () => {
    expect([gib(0.4), gib(-3.3)].map(signedGibText)).toEqual(['+0.4 GiB', '-3.3 GiB']);
  });

  test('of one scale keeps its width between 10 and 999 GiB, so that columns stand', () => {
    fc.assert(
      fc.property(fc.double({min: 10, max: 99.94, noNaN: true}), (count) => {
        expect(gibNumber(gib(count))).toHaveLength(4);
      }),
    );
  });
});

describe('counts and shares', () => {
  test('group thousands', () =>
    expect([0, 1482, 262_144, -0.2].map(countText)).toEqual(['0', '1,482', '262,144', '0']));

  test('in short keep two or three digits that say something', () => {
    expect([0, 982, 9_999, 262_144, 999_700, 1_400_000, 5_721_088, 2.5e9].map(compactText)).toEqual([
      '0',
      '982',
      '9,999',
      '262k',
      '1.0M',
      '1.4M',
      '5.7M',
      '2.5G',
    ]);
  });

  test('in short go to the next unit where rounding would give a thousand, and not before', () => {
    expect([9_999.4, 9_999.5, 999_499, 999_500, 999.94e6, 999.95e6, -999.95e6].map(compactText)).toEqual([
      '9,999',
      '10k',
      '999k',
      '1.0M',
      '999.9M',
      '1.0G',
      '-1.0G',
    ]);
  });

  test('do not show little as nothing', () => {
    expect([0, 0.0001, 0.0049, 0.0499, 0.0999, 0.83, 1, 2.33].map(percentText)).toEqual([
      '0 %',
      '<0.1 %',
      '0.5 %',
      '5.0 %',
      '10 %',
      '83 %',
      '100 %',
      '233 %',
    ]);
    expect(wholePercentText(0.904)).toBe('90 %');
  });
});

describe('rates, times and money', () => {
  test('are written with their unit', () => {
    expect(tokensPerSecondText(1482.4)).toBe('1,482 tok/s');
    expect(tokensPerSecondText(0)).toBe('0 tok/s');
    expect(tokensPerSecondText(0.42)).toBe('0.4 tok/s');
    expect([0, 0.01, 2.4, 31].map(perSecondText)).toEqual(['0/s', '<0.1/s', '2.4/s', '31/s']);
    expect([0, 9.31, 9.97, 842, 999.9, 3314, 9_996, 71_000].map(latencyText)).toEqual([
      '0.0 ms',
      '9.3 ms',
      '10 ms',
      '842 ms',
      '1.00 s',
      '3.31 s',
      '10.0 s',
      '71.0 s',
    ]);
    expect([0, 0.004, -0.004, 28.8, -3.1, 23_724].map(usdText)).toEqual([
      '$0.00',
      '<$0.01',
      '-<$0.01',
      '$28.80',
      '-$3.10',
      '$23,724.00',
    ]);
    expect(usdPerHourText(28.8)).toBe('$28.80/h');
    expect(usdPerMillionText(0.44)).toBe('$0.44/M');
  });

  test('of sensors are whole', () => {
    expect([celsiusText(61.4), wattsText(519.6), wattsText(4272)]).toEqual(['61 C', '520 W', '4.3 kW']);
    expect(fractionText(0.9)).toBe('0.90');
    expect(timesText(2.972, asciiGlyphs)).toBe('2.97x');
  });
});
