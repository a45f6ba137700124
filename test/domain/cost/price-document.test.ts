import {expect, test} from 'vitest';
import {type NodeBilling, priceDocumentAt} from '../../../src/domain/cost/price-document.ts';
import {publishedApi} from '../../support/price-books.ts';

const billing: NodeBilling = {
  billedSinceMs: null,
  billedUntilMs: null,
  microUsdPerHour: 28_800_000,
  dated: [
    {fromMs: 1_000, microUsdPerHour: 24_000_000},
    {fromMs: 2_000, microUsdPerHour: 30_000_000},
  ],
  microUsdPerKilowattHour: null,
};

test('a dated price applies from its time on, and the undated one before', () => {
  const at = (wallMs: number) => priceDocumentAt(billing, [], wallMs).node.microUsdPerHour;
  expect([-1, 999, 1_000, 1_999, 2_000, 1e15].map(at)).toEqual([
    28_800_000, 28_800_000, 24_000_000, 24_000_000, 30_000_000, 30_000_000,
  ]);
  expect(priceDocumentAt({...billing, microUsdPerHour: null}, [], 0).node.microUsdPerHour).toBeNull();
});

test('APIs are priced per token in picodollars; a hit as a miss where the API has no price for it', () => {
  expect(priceDocumentAt(billing, [publishedApi('moonshot'), publishedApi('huggingface')], 0).apis).toEqual([
    {
      name: 'moonshot',
      model: 'kimi-k2.7-code',
      picoUsdPerInputToken: 950_000,
      picoUsdPerCachedToken: 190_000,
      picoUsdPerOutputToken: 4_000_000,
    },
    {
      name: 'huggingface',
      model: 'kimi-k2.7-code',
      picoUsdPerInputToken: 950_000,
      picoUsdPerCachedToken: 950_000,
      picoUsdPerOutputToken: 4_000_000,
    },
  ]);
});
