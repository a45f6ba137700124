import {describe, expect, test} from 'vitest';
import {judgeBench} from '../../../src/domain/bench/judge-bench.ts';
import {absent} from '../../../src/samples/reading.ts';
import {findPriceBook} from '../../support/price-books.ts';
import {buildPoint} from './build-point.ts';

const prices = findPriceBook('moonshot');
const targets = {firstTokenMs: 2_000, perTokenMs: null};

/** Lambda, HGX B200, vLLM, K2.7-Code, 8192/2048, 32 concurrent: 5,786.74 tokens/s in total; the node breaks even at $32.50/h. */
const published = buildPoint({
  concurrency: 32,
  durationMs: (512 * 10_240 * 1_000) / 5_786.74,
  promptTokens: 512 * 8_192,
  generatedTokens: 512 * 2_048,
});

describe('against break-even at the mix that was measured', () => {
  test('the published node at $32.50/h needs what it does, at $40/h more', () => {
    const at = (nodeUsdPerHour: number) =>
      judgeBench({points: [published], targets, nodeUsdPerHour, prices})?.breakEvenTokensPerSecond;
    // 80/20 without a cache is $1.56 per million tokens.
    expect(at(32.5)).toBeCloseTo(5_787, 0);
    expect(at(40)).toBeCloseTo(7_123, 0);
  });

  test('a cached part lowers the value of a token: break-even is higher', () => {
    const cached = {...published, cachedPromptTokens: published.promptTokens * 0.8};
    const verdict = judgeBench({points: [cached], targets, nodeUsdPerHour: 40, prices});
    expect(verdict?.breakEvenTokensPerSecond).toBeCloseTo(10_349, 0);
    expect(verdict?.isCachedKnown).toBe(true);
  });

  test('an engine that does not tell what was cached is judged as if nothing was, and is marked', () => {
    const unknown = {...published, cachedPromptTokens: absent('not told')};
    const verdict = judgeBench({points: [unknown], targets, nodeUsdPerHour: 40, prices});
    expect(verdict?.breakEvenTokensPerSecond).toBeCloseTo(7_123, 0);
    expect(verdict?.isCachedKnown).toBe(false);
  });

  test('the best load is the one with most tokens whose latencies are within the targets', () => {
    const slow = buildPoint({concurrency: 64, promptTokens: 99_000, firstTokenP99Ms: 2_001});
    const good = buildPoint({concurrency: 16, promptTokens: 50_000, firstTokenP99Ms: 2_000});
    const points = [buildPoint(), good, slow];
    const judged = (perTokenMs: number | null) =>
      judgeBench({points, targets: {...targets, perTokenMs}, nodeUsdPerHour: 30, prices})?.best?.concurrency;
    expect([judged(null), judged(20), judged(19)]).toEqual([16, 16, undefined]);
  });

  test('without a price of the node, and without requests, nothing is invented', () => {
    const input = {targets, nodeUsdPerHour: absent('not set'), prices};
    expect(judgeBench({...input, points: [published]})?.breakEvenTokensPerSecond).toEqual(absent('not set'));
    expect(judgeBench({...input, points: []})).toBeNull();
    expect(
      judgeBench({...input, points: [buildPoint({completed: 0, promptTokens: 0, generatedTokens: 0})]}),
    ).toBeNull();
  });
});
