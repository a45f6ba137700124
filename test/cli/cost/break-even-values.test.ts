import {describe, expect, test} from 'vitest';
import {
  hoursOfMonth,
  inputShare,
  share,
  shareAboveZero,
  tokenCount,
  usdRange,
  wattCount,
} from '../../../src/cli/cost/break-even-values.ts';
import {rounded} from '../../../src/domain/cost/rational.ts';

const number = (value: Parameters<typeof rounded>[0]): number => rounded(value, 6);

describe('values of break-even', () => {
  test.each([
    ['16-24', 16, 24],
    ['28.80', 28.8, 28.8],
    ['0', 0, 0],
    ['1.5-1.5', 1.5, 1.5],
  ])('a price of %s', (text, low, high) => {
    const range = usdRange(text);
    expect([number(range.low), number(range.high)]).toEqual([low, high]);
  });

  test.each(['-3', '16-', '-', '24-16', '1-2-3', '--5', 'free', '', '1e3', '$5', '16–24', '0.0000001', '1000000000'])(
    'no price is %j',
    (text) => {
      expect(() => usdRange(text)).toThrow(/^Expected /);
    },
  );

  test('a share is a part of 1, or of 100 %', () => {
    expect(['80%', '0.8', '0', '100%', '1', '12.5%'].map((text) => number(share(text)))).toEqual([
      0.8, 0.8, 0, 1, 1, 0.125,
    ]);
    for (const text of ['120%', '1.01', '-1%', '%', '80 %%', 'all', '50', ''])
      expect(() => share(text)).toThrow(/^Expected a share/);
    expect(() => shareAboveZero('0%')).toThrow('above 0%');
  });

  test('a mix is input to output', () => {
    expect(number(inputShare('20:1'))).toBe(0.952381);
    expect([inputShare('1:0'), inputShare('0:1'), inputShare('1:1')].map(number)).toEqual([1, 0, 0.5]);
    for (const text of ['0:0', '20', '1:2:3', '-1:2', ':', 'a:b']) expect(() => inputShare(text)).toThrow(/^Expected /);
  });

  test('tokens have a unit, an exponent, or neither', () => {
    expect(
      ['5B', '500M', '5e9', '5000000000', '5,000,000k', '0.5T', '5g'].map((text) => number(tokenCount(text))),
    ).toEqual([5e9, 5e8, 5e9, 5e9, 5e9, 5e11, 5e9]);
    for (const text of ['5e99', '0', '-5', '5X', '1.2.3', '', 'B', '9'.repeat(400)]) {
      expect(() => tokenCount(text)).toThrow('Expected tokens per month');
    }
  });

  test('a month has at most 744 hours, and a node some power', () => {
    expect(number(hoursOfMonth('744'))).toBe(744);
    for (const text of ['0', '745', '-1', 'x']) expect(() => hoursOfMonth(text)).toThrow('Expected hours');
    expect(() => wattCount('0')).toThrow('Expected watts');
  });
});
