import fc from 'fast-check';
import {expect, test} from 'vitest';
import {
  compactText,
  contextText,
  countedText,
  countText,
  decimalText,
  limitedList,
  parametersText,
} from '../../../src/shared/quantities/counts.ts';

test('thousands are grouped, and what rounds to zero has no sign', () => {
  expect([0, 1482, 262_144, -0.2, -1.6].map(countText)).toEqual(['0', '1,482', '262,144', '0', '-2']);
});

test('any number has the text of the language of the console', () => {
  const whole = new Intl.NumberFormat('en-US', {maximumFractionDigits: 0});
  fc.assert(
    fc.property(fc.double({noNaN: true}), (value) => {
      expect(countText(value)).toBe(Math.abs(value) < 0.5 ? '0' : whole.format(value));
    }),
  );
  expect([1e15, 1e21, -1e18, 999_999.5, Number.NaN].map(countText)).toEqual(
    [1e15, 1e21, -1e18, 999_999.5, Number.NaN].map((value) => whole.format(value)),
  );
});

test('the text can be parsed again', () => {
  fc.assert(
    fc.property(fc.integer(), (count) => {
      expect(Number(countText(count).replaceAll(',', ''))).toBe(count);
    }),
  );
});

test('one is singular, and nothing else is', () => {
  expect([0, 1, 2, 1_000].map((count) => countedText(count, 'card'))).toEqual([
    '0 cards',
    '1 card',
    '2 cards',
    '1,000 cards',
  ]);
});

test('short numbers have two or three significant digits', () => {
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

test('short numbers use the next unit if rounding would give a thousand, and not before', () => {
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

test('parameters and contexts in their usual notation', () => {
  expect([1.026879e12, 999.4e9, 31_687_095_808].map(parametersText)).toEqual(['1.027T', '999.4B', '31.7B']);
  expect([262_144, 131_071].map(contextText)).toEqual(['256K', '127K']);
});

test('the number of digits is as requested', () => {
  expect([decimalText(2.972, 2), decimalText(1030.14, 1), decimalText(-0.04, 1), decimalText(3, 0)]).toEqual([
    '2.97',
    '1,030.1',
    '0.0',
    '3',
  ]);
});

test('a list is limited, and says how many it leaves out', () => {
  expect(limitedList([], 2)).toBe('');
  expect(limitedList(['a', 'b'], 2)).toBe('a; b');
  expect(limitedList(['a', 'b', 'c', 'd', 'e'], 2)).toBe('a; b; 3 more');
});
