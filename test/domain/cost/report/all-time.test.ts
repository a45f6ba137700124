import fc from 'fast-check';
import {expect, test} from 'vitest';
import type {PriceDocument} from '../../../../src/domain/cost/ledger/entries.ts';
import type {LedgerSums, PriceEpoch} from '../../../../src/domain/cost/ledger/kept-entries.ts';
import {allTimeAmounts} from '../../../../src/domain/cost/report/all-time.ts';
import {metricsText} from '../../../../src/supervisor/server/metrics/metrics-text.ts';
import {buildSnapshot} from '../../../support/build-snapshot.ts';

const price = fc.nat(50_000_000);
const book = (name: string) =>
  fc.record({
    name: fc.constant(name),
    model: fc.constant('m'),
    picoUsdPerInputToken: price,
    picoUsdPerCachedToken: price,
    picoUsdPerOutputToken: price,
  });
const prices: fc.Arbitrary<PriceDocument> = fc.record({
  node: fc.record({microUsdPerHour: fc.option(price), microUsdPerKilowattHour: fc.option(price)}),
  apis: fc.tuple(fc.option(book('a')), fc.option(book('b'))).map((books) => books.filter((one) => one !== null)),
});
const booked = fc.record({
  prices: fc.option(prices),
  output: fc.nat(1_000_000_000),
  ms: fc.nat(100_000_000),
  isGap: fc.boolean(),
});

/** The counters of the page that are of the ledger, by their series. */
function countersOf(sums: LedgerSums, epochs: readonly PriceEpoch[]): ReadonlyMap<string, number> {
  const text = metricsText({snapshot: buildSnapshot(), ledger: allTimeAmounts(sums, epochs)});
  const lines = text.split('\n').filter((line) => /^gantry_\w+_total\{/.test(line));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

test('no counter falls, whichever prices are set, changed or taken away while the ledger grows', () => {
  fc.assert(
    fc.property(fc.array(booked, {minLength: 1, maxLength: 8}), (steps) => {
      const highest = new Map<string, number>();
      const epochs: PriceEpoch[] = [];
      const tokens: LedgerSums['tokens'][number][] = [];
      const times: LedgerSums['times'][number][] = [];
      for (const {prices: set, output, ms, isGap} of steps) {
        const document = set ??
          epochs.at(-1)?.prices ?? {node: {microUsdPerHour: 1, microUsdPerKilowattHour: null}, apis: []};
        const epoch = epochs.length + 1;
        epochs.push({id: epoch, sinceMs: 0, prices: document});
        tokens.push({epoch, source: 'client', tokens: {input: output, cached: 0, output}});
        times.push({epoch, state: 'serving', isGap, ms, milliwattMs: BigInt(ms) * 5_000_000n});
        for (const [series, value] of countersOf({tokens, times}, epochs)) {
          expect(value, series).toBeGreaterThanOrEqual(highest.get(series) ?? 0);
          highest.set(series, value);
        }
      }
    }),
    {numRuns: 60},
  );
});
