import {describe, expect, test} from 'vitest';
import {err, ok} from '../../../../src/shared/result.ts';
import {metricsText} from '../../../../src/supervisor/server/metrics/metrics-text.ts';
import {createMetricsPage} from '../../../../src/supervisor/server/metrics/own-metrics-page.ts';
import {buildSnapshot} from '../../../support/build-snapshot.ts';
import {bookedAmounts, bookedEpochs, bookedSums} from './booked-amounts.ts';

const ledgerLine = /^gantry_(?:ledger|node_seconds|node_usd_total|api_usd_total)[a-z_]*\{/;

function linesOf(ledger: ReturnType<typeof bookedAmounts>): readonly string[] {
  return metricsText({snapshot: buildSnapshot(), ledger})
    .split('\n')
    .filter((line) => ledgerLine.test(line))
    .map((line) => line.replace(',simulated="false"', '').replace('{simulated="false"}', ''));
}

describe('metrics of the ledger', () => {
  test('have tokens, time and money of all that was booked', () => {
    const lines = linesOf(bookedAmounts());
    expect(lines).toEqual(
      expect.arrayContaining([
        'gantry_ledger_tokens_total{kind="cached",source="client"} 1000000',
        'gantry_ledger_tokens_total{kind="input",source="own"} 20',
        'gantry_ledger_tokens_total{kind="output",source="refused"} 0',
        'gantry_node_seconds_total{state="serving"} 7200',
        'gantry_node_seconds_total{state="idle"} 3600',
        'gantry_node_usd_total{state="serving"} 57.6',
        'gantry_node_usd_total{state="down"} 0',
        'gantry_api_usd_total{price_book="moonshot"} 5.14',
        'gantry_ledger_gap_seconds_total 3600',
      ]),
    );
  });

  test('are left out while nothing is booked', () => {
    expect(linesOf(bookedAmounts({tokens: [], times: []}))).toEqual([]);
    expect(linesOf(null)).toEqual([]);
  });

  test('have no money of a node without a price, nor of a book without one', () => {
    const [epoch] = bookedEpochs;
    if (epoch === undefined) throw new Error('no epoch');
    const unpriced = [{...epoch, prices: {node: {...epoch.prices.node, microUsdPerHour: null}, apis: []}}];
    const lines = linesOf(bookedAmounts(bookedSums, unpriced));
    expect(lines.filter((line) => line.includes('usd'))).toEqual([]);
    expect(lines).toContain('gantry_node_seconds_total{state="idle"} 3600');
  });

  test('escape the name of a price book', () => {
    const [epoch] = bookedEpochs;
    const [api] = epoch?.prices.apis ?? [];
    if (epoch === undefined || api === undefined) throw new Error('no price book');
    const named = [{...epoch, prices: {...epoch.prices, apis: [{...api, name: 'a"b\\c\nd'}]}}];
    expect(linesOf(bookedAmounts(bookedSums, named))).toContain(
      'gantry_api_usd_total{price_book="a\\"b\\\\c\\nd"} 5.14',
    );
  });
});

describe('createMetricsPage', () => {
  const snapshot = buildSnapshot();

  function pageOf() {
    const seen = {snapshot, nowMs: 0, reads: 0, sums: bookedSums, isDamaged: false};
    const failed = err({code: 'history.not-read', message: 'Damaged.', remedy: 'None.'});
    const sums = async () => {
      seen.reads += 1;
      return seen.isDamaged ? failed : ok(seen.sums);
    };
    const page = createMetricsPage({
      getSnapshot: () => seen.snapshot,
      history: {ledger: {sums, epochs: () => ok(bookedEpochs)}},
      clock: {monotonicMs: () => seen.nowMs},
    });
    return {seen, page};
  }

  test('reads the ledger at most every half minute, however often it is asked for', async () => {
    const {seen, page} = pageOf();
    for (let second = 0; second < 60; second += 1) {
      seen.nowMs = second * 1_000;
      seen.snapshot = buildSnapshot({sequence: second});
      for (let scrape = 0; scrape < 5; scrape += 1)
        expect(await page()).toContain('gantry_node_seconds_total{state="idle",simulated="false"} 3600');
    }
    expect(seen.reads).toBe(2);
  });

  test('has nothing of a ledger that cannot be read, and the rest', async () => {
    const {seen, page} = pageOf();
    seen.isDamaged = true;
    expect(await page()).not.toContain('gantry_node_seconds_total');
    expect(await page()).toContain('gantry_engine_state');
  });
});
