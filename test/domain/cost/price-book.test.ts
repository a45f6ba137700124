import {expect, test} from 'vitest';
import {findPriceBook, priceBookNames, priceBookSchema} from '../../../src/domain/cost/price-book.ts';

test('Moonshot charges 0.95 / 0.19 / 4.00 for kimi-k2.7-code, read on 2026-07-24', () => {
  expect(findPriceBook('moonshot')).toEqual({
    name: 'Moonshot kimi-k2.7-code',
    asOf: '2026-07-24',
    inputUsdPerMillionTokens: 0.95,
    cachedInputUsdPerMillionTokens: 0.19,
    outputUsdPerMillionTokens: 4,
  });
});

test('OpenRouter charges 0.74 / 0.15 / 3.50', () => {
  expect(findPriceBook('openrouter')).toMatchObject({
    inputUsdPerMillionTokens: 0.74,
    cachedInputUsdPerMillionTokens: 0.15,
    outputUsdPerMillionTokens: 3.5,
  });
});

test('every price has a date, and a hit never costs more than a miss', () => {
  for (const name of priceBookNames) {
    const book = priceBookSchema.parse(findPriceBook(name));
    expect(book.cachedInputUsdPerMillionTokens).toBeLessThanOrEqual(book.inputUsdPerMillionTokens);
  }
});

test('configured prices are used unchanged', () => {
  const own = {...findPriceBook('moonshot'), name: 'ours', outputUsdPerMillionTokens: 2};
  expect(findPriceBook(own)).toBe(own);
});
