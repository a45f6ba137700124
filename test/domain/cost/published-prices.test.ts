import {describe, expect, test} from 'vitest';
import {builtInPrices} from '../../../src/config/prices/built-in-prices.ts';
import {candidateNode} from '../../../src/domain/cost/candidate-nodes.ts';
import {isStale, priceBookOf, withOwnPrices} from '../../../src/domain/cost/published-prices.ts';
import {findPriceBook, publishedApi} from '../../support/price-books.ts';

const {apis, gpus, ownership} = builtInPrices();

describe('the prices of the package', () => {
  // Moonshot's as verified on 2026-07-24; the others as in models.dev on 2026-07-02. USD per million: input, hit, output.
  test.each([
    ['moonshot', 0.95, 0.19, 4],
    ['moonshot-highspeed', 1.9, 0.38, 8],
    ['moonshot-k2.6', 0.95, 0.16, 4],
    ['moonshot-k2.5', 0.6, 0.1, 3],
    ['moonshot-k3', 3, 0.3, 15],
    ['openrouter', 0.74, 0.15, 3.5],
    ['deepinfra', 0.74, 0.15, 3.5],
    ['fireworks', 0.95, 0.19, 4],
    ['fireworks-fast', 1.9, 0.38, 8],
    ['together', 0.95, 0.19, 4],
    ['baseten', 0.95, 0.16, 4],
    ['cloudflare', 0.95, 0.19, 4],
    ['inceptron', 0.75, 0.2, 3.5],
    ['ambient', 0.75, 0.16, 3.5],
    ['venice', 0.9, 0.2, 4.3],
    ['cortecs', 1.28, 0.32, 4.63],
    ['crof', 0.55, 0.05, 2.25],
    ['huggingface', 0.95, null, 4],
    ['ollama', 0.95, null, 4],
  ])('%s charges %d, %d and %d', (name, input, cachedInput, output) => {
    expect(publishedApi(name)).toMatchObject({input, cachedInput, output});
  });

  // Indexes of May 2026: long tail, specialty, hyperscaler; of the H100 also AWS and the median of 37 providers.
  test.each([
    ['H100', [1.99, 2.5, 2.5, 3.5, 3.5, 5, 6.88, 6.88, 2.95, 2.95]],
    ['H200', [2.5, 3.5, 3.5, 4.54, 4.5, 7]],
    ['B200', [3.75, 3.75, 4.5, 6.03, 8, 14.24]],
  ])('a %s is rented from %j', (card, ranges) => {
    expect(gpus.filter((rent) => rent.card === card).flatMap(({low, high}) => [low, high])).toEqual(ranges);
  });

  test.each([
    ['H100 80GB HBM3', 15.92, 55.04],
    ['H200', 20, 56],
    ['B200', 30, 113.92],
  ])('eight %s are rented for $%d to $%d per hour', (gpuName, low, high) => {
    expect(candidateNode({gpuName, gpuCount: 8}, {apis, gpus, ownership}, 0).usdPerHour).toMatchObject({low, high});
  });

  test('who owns a GPU pays what SemiAnalysis found', () => {
    expect(ownership.map(({card, usdPerGpuHour}) => [card, usdPerGpuHour])).toEqual([
      ['H100', 1.3],
      ['H200', 1.41],
      ['B200', 1.95],
      ['B300', 2.34],
      ['GB200', 2.21],
      ['MI355X', 1.48],
    ]);
  });

  test('a hit never costs more than a miss, and every entry has a date and a source', () => {
    for (const {input, cachedInput} of apis) expect(cachedInput ?? input).toBeLessThanOrEqual(input);
    for (const {asOf, source} of [...apis, ...gpus, ...ownership])
      expect(`${asOf} ${source}`).toMatch(/^2026-\d\d.* \S/);
  });
});

test('a hit costs as much as a miss where an API has no price of its own for it', () => {
  expect(findPriceBook('huggingface')).toEqual({
    name: 'huggingface kimi-k2.7-code',
    asOf: '2026-07-02',
    inputUsdPerMillionTokens: 0.95,
    cachedInputUsdPerMillionTokens: 0.95,
    outputUsdPerMillionTokens: 4,
  });
  expect(priceBookOf({...publishedApi('moonshot'), name: 'ours', model: 'ours'}).name).toBe('ours');
});

test('a price is stale from the 91st day after it was read, and when it is from the future', () => {
  const read = {asOf: '2026-07-02'};
  expect(isStale(read, Date.UTC(2026, 6, 2))).toBe(false);
  expect(isStale(read, Date.UTC(2026, 8, 30))).toBe(false);
  expect(isStale(read, Date.UTC(2026, 8, 30) + 1)).toBe(true);
  expect(isStale({asOf: '2026-05'}, Date.UTC(2026, 6, 30) + 1)).toBe(true);
  expect(isStale(read, Date.UTC(2026, 6, 1))).toBe(false);
  expect(isStale(read, Date.UTC(2026, 5, 30))).toBe(true);
});

test('entries of the operator replace those of one name, and others are added', () => {
  const dated = {asOf: '2026-11-01', source: 'our contract'};
  const own = {
    apis: [
      {name: 'openrouter', model: 'kimi-k2.7-code', input: 0.75, cachedInput: 0.375, output: 3.5, ...dated},
      {name: 'ours', model: 'kimi-k2.7-code', input: 1, cachedInput: null, output: 1, ...dated},
    ],
    gpus: [{card: 'H200', provider: 'specialty', low: 3, high: 3, ...dated}],
    ownership: [],
  };
  const all = withOwnPrices({apis, gpus, ownership}, own);
  expect(all.apis.map(({name}) => name)).toEqual([...apis.map(({name}) => name), 'ours']);
  expect(all.apis.find(({name}) => name === 'openrouter')?.cachedInput).toBe(0.375);
  expect(all.gpus).toHaveLength(gpus.length);
  expect(all.gpus.find(({card, provider}) => card === 'H200' && provider === 'specialty')?.low).toBe(3);
  expect(all.ownership).toEqual(ownership);
});
