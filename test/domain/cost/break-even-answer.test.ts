import {describe, expect, test} from 'vitest';
import {exactMix} from '../../../src/domain/cost/break-even.ts';
import type {BreakEvenAssumptions} from '../../../src/domain/cost/break-even-answer.ts';
import {cheapestNode} from '../../../src/domain/cost/candidate-nodes.ts';
import {isCard} from '../../../src/domain/cost/published-throughput.ts';
import {rational} from '../../../src/domain/cost/rational.ts';
import {breakEvenOf, candidateNodes as candidates} from '../../support/break-even-sample.ts';
import {publishedApi} from '../../support/price-books.ts';

function answer(assumed: Partial<BreakEvenAssumptions> = {}) {
  const found = breakEvenOf(assumed);
  if (found === null) throw new Error('no answer');
  return found;
}

test("the published guide's assumptions give its numbers", () => {
  expect(answer()).toMatchObject({
    monthlyCostUsd: {low: 11_680, high: 17_520},
    nodeUsdPerHour: {low: 16, high: 24},
    blendedUsdPerMillionTokens: 2.475,
    breakEvenMillionTokensPerMonth: {low: 4719, high: 7079},
    tokensPerSecond: {low: 1795.7, high: 2693.6},
    atTokens: {tokensPerSecond: 1902.6, apiUsd: 12_375, savedUsd: {low: -5145, high: 695}},
    assumptions: {api: {asOf: '2026-07-24', isStale: true}},
  });
});

test('mixes are compared as in the table of the facts, and the one that is assumed is marked', () => {
  const rows = answer().mixes;
  expect(rows.map(({usdPerMillionTokens}) => usdPerMillionTokens)).toEqual([2.475, 1.56, 1.0736, 0.4438]);
  expect(rows.map(({tokensPerSecond}) => tokensPerSecond)).toEqual([
    [1796, 2694, 3232, 4040, 4489],
    [2849, 4274, 5128, 6410, 7123],
    [4140, 6210, 7452, 9314, 10_349],
    [10_014, 15_021, 18_026, 22_532, 25_036],
  ]);
  expect(rows.map(({isAssumed}) => isAssumed)).toEqual([true, false, false, false]);
  const other = answer({mix: exactMix(rational(9, 10), rational(1, 2))}).mixes;
  expect(other.map(({isAssumed}) => isAssumed)).toEqual([false, false, false, false, true]);
});

test('a GPU is the card of an entry that has its words in their order', () => {
  const gpu = 'NVIDIA RTX PRO 6000 Blackwell Server Edition';
  expect(['RTX PRO 6000', 'rtx pro 6000 blackwell', 'Blackwell'].map((card) => isCard(gpu, card))).toEqual([
    true,
    true,
    true,
  ]);
  expect(['PRO RTX', 'RTX PRO 600', ' '].map((card) => isCard(gpu, card))).toEqual([false, false, false]);
  expect(['H100', 'H100 NVL'].map((card) => isCard('NVIDIA H100 NVL', card))).toEqual([false, true]);
  expect([isCard('NVIDIA H100 PCIe', 'H100'), isCard('NVIDIA H200 NVL', 'H200')]).toEqual([false, false]);
  expect([isCard('NVIDIA GB300', 'B300'), isCard('NVIDIA B300 SXM6 AC', 'B300')]).toEqual([false, true]);
});

describe('published throughput', () => {
  test("is worth what the API charges for it at its own mix: Lambda's eight B200 $32.50 per hour, $22.37 with 80 % cached", () => {
    const worth = (cachedOfInput = rational(0)) =>
      answer({cachedOfInput}).published.find(({source}) => source.startsWith('Lambda'));
    expect(worth()?.apiUsdPerHour).toBe(32.5);
    expect(worth(rational(4, 5))?.apiUsdPerHour).toBe(22.37);
  });

  test('of the assumed node comes first', () => {
    expect(answer().published.some(({isSameNode}) => isSameNode)).toBe(false);
    const [first] = answer({gpuName: 'NVIDIA H200', node: '8xH200'}).published;
    expect(first).toMatchObject({card: 'H200', gpuCount: 8, isSameNode: true, totalTokensPerSecond: 9619});
  });
});

describe('the cheapest node that would do', () => {
  test('is of those with a known rent, by all tokens and by those of output', () => {
    expect(candidates[0]).toMatchObject({usdPerHour: {low: 20, high: 56, isStale: true}});
    expect(candidates[2]).toMatchObject({owned: {usdPerHour: 9.36, isStale: true}});
    expect(candidates[2]).toMatchObject({usdPerHour: null, published: null});
    const enough = (totalTokensPerSecond: number, outputTokensPerSecond: number) =>
      cheapestNode(candidates, {totalTokensPerSecond, outputTokensPerSecond})?.gpuName ?? null;
    expect(enough(9619, 1069)).toBe('NVIDIA H200');
    expect(enough(9620, 0)).toBe('NVIDIA B200');
    expect(enough(2000, 1070)).toBe('NVIDIA B200');
    expect(enough(2000, 1700)).toBeNull();
  });

  test('is for the tokens of a month', () => {
    expect(answer().cheapestNode?.gpuName).toBe('NVIDIA H200');
    expect(answer({tokensPerMonth: rational(50_000_000_000)}).cheapestNode).toBeNull();
  });

  test('has the rate of the busy hours of observed traffic, of all that is computed and of output, where that is higher', () => {
    const busy = (computedTokensPerSecond: number, outputTokensPerSecond: number) =>
      answer({busy: {computedTokensPerSecond, outputTokensPerSecond}}).cheapestNode?.gpuName ?? null;
    expect([busy(100, 10), busy(9619, 10), busy(9620, 10)]).toEqual(['NVIDIA H200', 'NVIDIA H200', 'NVIDIA B200']);
    expect([busy(9000, 1100), busy(9000, 1700)]).toEqual(['NVIDIA B200', null]);
  });

  test('has to compute what is not read from a cache: 50B tokens at 20:1 and 90 % cached are 2,718 of 19,026 tok/s', () => {
    const mix = exactMix(rational(20, 21), rational(9, 10));
    const found = answer({mix, cachedOfInput: rational(9, 10), tokensPerMonth: rational(50_000_000_000)});
    expect(found.atTokens).toMatchObject({tokensPerSecond: 19_025.9, computedTokensPerSecond: 2718});
    expect(found.cheapestNode?.gpuName).toBe('NVIDIA H200');
  });
});

test('with an API that charges nothing no node ever breaks even', () => {
  const free = {...publishedApi('moonshot'), input: 0, cachedInput: null, output: 0};
  expect(breakEvenOf({api: free})).toBeNull();
});
