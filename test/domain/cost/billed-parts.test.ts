import {expect, test} from 'vitest';
import {billedParts} from '../../../src/domain/cost/billed-parts.ts';
import {usdPerMillionTokensOf} from '../../../src/domain/cost/token-value.ts';
import {buildSnapshot} from '../../support/build-snapshot.ts';

test('the dollars of all parts add up to the price of the mix', () => {
  const mix = {inputRatio: 0.2, cachedInputRatio: 0.7, outputRatio: 0.1};
  const {priceBook} = buildSnapshot().cost;
  const parts = billedParts(mix, 1_000, priceBook);
  const total = parts.reduce((sum, {usdPerHour}) => sum + usdPerHour, 0);
  expect(total).toBeCloseTo((usdPerMillionTokensOf(mix, priceBook) * 1_000 * 3_600) / 1e6, 9);
  expect(parts.map(({tokensPerSecond}) => Math.round(tokensPerSecond))).toEqual([200, 700, 100]);
});
