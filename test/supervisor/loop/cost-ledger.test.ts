import {describe, expect, test} from 'vitest';
import {findPriceBook} from '../../../src/domain/cost/price-book.ts';
import {openHistory} from '../../../src/history/open-history.ts';
import {createCostLedger} from '../../../src/supervisor/loop/cost-ledger.ts';
import {buildMetricsSample} from '../../support/build-metrics-sample.ts';

function ledger(nodeUsdPerHour = 36) {
  const history = openHistory({path: ':memory:'});
  if (!history.ok) throw new Error(history.error.message);
  const book = createCostLedger(history.value, () => ({nodeUsdPerHour, prices: findPriceBook('moonshot')}));
  return {
    tick: (second: number, generated: number | null, hasEngine = true) => {
      const metrics =
        generated === null
          ? null
          : buildMetricsSample(second, {
              promptTokensTotal: 0,
              cachedPromptTokensTotal: 0,
              generationTokensTotal: generated,
            });
      const written = book.tick({atMs: second * 1000, monotonicMs: second * 1000, hasEngine, metrics});
      expect(written.ok).toBe(true);
    },
    total: () => {
      // Another hour makes it write what waits.
      book.tick({atMs: 3_600_000 * 2, monotonicMs: 3_600_000 * 2, hasEngine: false, metrics: null});
      return history.value.readLedger(0)[0];
    },
  };
}

describe('the cost ledger', () => {
  test('counts the node per hour and the API per token', () => {
    const {tick, total} = ledger();
    tick(0, 0);
    for (let second = 1; second <= 100; second += 1) tick(second, second * 10_000);
    expect(total()?.nodeUsd).toBeCloseTo(1, 6);
    expect(total()?.generationTokens).toBe(1_000_000);
    expect(total()?.apiUsd).toBeCloseTo(4, 6);
  });

  test('a counter that was reset adds its value and subtracts nothing', () => {
    const {tick, total} = ledger();
    tick(0, 500);
    tick(1, 600);
    tick(2, 30);
    expect(total()?.generationTokens).toBe(130);
  });

  test('a node without an engine adds no cost here', () => {
    const {tick, total} = ledger();
    tick(0, null, false);
    tick(1_000, null, false);
    expect(total()?.nodeUsd ?? 0).toBe(0);
  });

  test('a new engine counts from its own first reading, even if its counter is higher than the previous one', () => {
    const {tick, total} = ledger();
    tick(0, 500);
    tick(1, 600);
    tick(2, null, false);
    tick(3, 1_000);
    tick(4, 1_007);
    expect(total()?.generationTokens).toBe(107);
  });

  test('a failed scrape loses no tokens: the next one counts from the last successful one', () => {
    const {tick, total} = ledger();
    tick(0, 500);
    tick(1, null);
    tick(2, 600);
    expect(total()?.generationTokens).toBe(100);
  });

  test('the node costs from the first tick with an engine on', () => {
    const {tick, total} = ledger();
    tick(0, 0);
    tick(50, null, false);
    tick(100, 0);
    expect(total()?.nodeUsd).toBeCloseTo(0.5, 6);
  });
});
