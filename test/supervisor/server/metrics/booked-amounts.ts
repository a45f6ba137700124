import type {PriceDocument} from '../../../../src/domain/cost/ledger/entries.ts';
import type {LedgerSums, PriceEpoch} from '../../../../src/domain/cost/ledger/kept-entries.ts';
import {allTimeAmounts} from '../../../../src/domain/cost/report/all-time.ts';
import type {CostAmounts} from '../../../../src/domain/cost/report/cost-amounts.ts';
import {MS_PER_HOUR} from '../../../../src/shared/units.ts';

const moonshot: PriceDocument['apis'][number] = {
  name: 'moonshot',
  model: 'kimi-k2.7-code',
  picoUsdPerInputToken: 950_000,
  picoUsdPerCachedToken: 190_000,
  picoUsdPerOutputToken: 4_000_000,
};

/** A node at $28.80 an hour, against one price book. */
export const bookedEpochs: readonly PriceEpoch[] = [
  {id: 1, sinceMs: 0, prices: {node: {microUsdPerHour: 28_800_000, microUsdPerKilowattHour: null}, apis: [moonshot]}},
];

/** Two hours that served, one that was idle, one of them unwatched; a million tokens of each kind. */
export const bookedSums: LedgerSums = {
  tokens: [
    {epoch: 1, source: 'client', tokens: {input: 1_000_000, cached: 1_000_000, output: 1_000_000}},
    {epoch: 1, source: 'own', tokens: {input: 20, cached: 0, output: 2}},
  ],
  times: [
    {epoch: 1, state: 'serving', isGap: false, ms: MS_PER_HOUR, milliwattMs: 0n},
    {epoch: 1, state: 'serving', isGap: true, ms: MS_PER_HOUR, milliwattMs: 0n},
    {epoch: 1, state: 'idle', isGap: false, ms: MS_PER_HOUR, milliwattMs: 0n},
  ],
};

/** All of it, as the page of metrics reads it. */
export function bookedAmounts(sums: LedgerSums = bookedSums, epochs = bookedEpochs): CostAmounts | null {
  return allTimeAmounts(sums, epochs);
}
