import fc from 'fast-check';
import {expect, test} from 'vitest';
import {parseTokenCount, tokenCountForm} from '../../../src/domain/settings/token-count.ts';

test.each([
  ['131072', 131_072],
  ['131,072', 131_072],
  ['1,048,576', 1_048_576],
  ['128K', 131_072],
  ['128k', 128_000],
  ['1M', 1_048_576],
  ['1m', 1_000_000],
  ['1,000k', 1_000_000],
  [' 262144 ', 262_144],
  ['100,000,000', 100_000_000],
  ['1', 1],
])('%s is %d tokens', (text, tokens) => {
  expect(parseTokenCount(text)).toEqual({ok: true, value: tokens});
});

test.each([
  '',
  '0',
  '0K',
  '-1',
  '+1',
  '1.5',
  '1.5M',
  '128KB',
  '128kk',
  '1_000',
  '131,07',
  '13,1072',
  ',131072',
  '131,072,',
  '1e6',
  '0x100',
  'auto',
  '100,000,001',
  '96M',
  '99999999999999999999',
])('"%s" is refused, naming what is expected', (text) => {
  expect(parseTokenCount(text)).toEqual({ok: false, error: tokenCountForm});
});

test.each([
  ['128 K', '128K without a space (131,072 tokens)'],
  [' 131 072 ', '131072 without a space (131,072 tokens)'],
  ['128 KB', tokenCountForm],
  ['0 K', tokenCountForm],
  [' ', tokenCountForm],
])('%j is refused, naming the space where it is the only mistake', (text, error) => {
  expect(parseTokenCount(text)).toEqual({ok: false, error});
});

test('every number of tokens can be written plain, grouped, and with both suffixes', () => {
  fc.assert(
    fc.property(fc.integer({min: 1, max: 95}), fc.integer({min: 1, max: 100_000_000}), (thousands, tokens) => {
      expect(parseTokenCount(String(tokens))).toEqual({ok: true, value: tokens});
      expect(parseTokenCount(tokens.toLocaleString('en-US'))).toEqual({ok: true, value: tokens});
      expect(parseTokenCount(`${thousands}K`)).toEqual({ok: true, value: thousands * 1024});
      expect(parseTokenCount(`${thousands}M`)).toEqual({ok: true, value: thousands * 1024 * 1024});
      expect(parseTokenCount(`${thousands}k`)).toEqual({ok: true, value: thousands * 1000});
    }),
  );
});
