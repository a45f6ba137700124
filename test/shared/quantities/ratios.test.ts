import fc from 'fast-check';
import {expect, test} from 'vitest';
import {
  exactPercentText,
  factorPercentText,
  fractionText,
  percentText,
  shareTexts,
  signedPercentText,
  wholePercentText,
} from '../../../src/shared/quantities/ratios.ts';

test('a small percentage is not shown as zero', () => {
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
});

test('a factor of a sum has its digits, up to the fourth', () => {
  expect([0.5, 0, 1, 2 / 21, 0.125, 1e-9].map(factorPercentText)).toEqual([
    '50 %',
    '0 %',
    '100 %',
    '9.5238 %',
    '12.5 %',
    '0 %',
  ]);
});

test('for sensors it is an integer, for comparisons it has the requested decimals', () => {
  expect(wholePercentText(0.904)).toBe('90 %');
  expect(exactPercentText(0.03086, 1)).toBe('3.1 %');
  expect([0.0042, -0.013, 0].map(signedPercentText)).toEqual(['+0.42 %', '-1.30 %', '0.00 %']);
});

test('a memory fraction has at least two decimals and shows the next two', () => {
  expect([0.9, 0.92, 0.925, 0.9251, 1, 0.90004].map(fractionText)).toEqual([
    '0.90',
    '0.92',
    '0.925',
    '0.9251',
    '1.00',
    '0.90',
  ]);
});

test('the shares of a whole add up to 100, whatever they are', () => {
  expect(shareTexts([0.257, 0.69, 0.053])).toEqual(['26 %', '69 %', '5 %']);
  expect(shareTexts([1 / 3, 1 / 3, 1 / 3])).toEqual(['34 %', '33 %', '33 %']);
  expect(shareTexts([0.999, 0.001, 0])).toEqual(['100 %', '<1 %', '0 %']);
  const parts = fc
    .array(fc.nat({max: 1_000_000}), {minLength: 1, maxLength: 6})
    .filter((amounts) => amounts.some((amount) => amount > 0));
  fc.assert(
    fc.property(parts, (amounts) => {
      const total = amounts.reduce((sum, amount) => sum + amount, 0);
      const percents = shareTexts(amounts.map((amount) => amount / total)).map((text) =>
        text === '<1 %' ? 0 : Number(text.replace(' %', '')),
      );
      expect(percents.reduce((sum, percent) => sum + percent, 0)).toBe(100);
      for (const [index, percent] of percents.entries()) {
        expect(Math.abs(percent - ((amounts[index] ?? 0) / total) * 100)).toBeLessThan(1);
      }
    }),
  );
});
