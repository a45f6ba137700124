import type {LedgerSums, PriceEpoch} from '../ledger/kept-entries.ts';
import {addTime, addTokens, type CostAmounts, noAmounts} from './cost-amounts.ts';
import {pricesByEpoch} from './prices-by-epoch.ts';

/** All that was ever booked, at the prices of its time; null while there is nothing. */
export function allTimeAmounts({tokens, times}: LedgerSums, epochs: readonly PriceEpoch[]): CostAmounts | null {
  if (tokens.length === 0 && times.length === 0) return null;
  const prices = pricesByEpoch(epochs);
  const amounts = noAmounts(prices);
  for (const sum of tokens) addTokens(amounts, {...sum, isGap: false}, prices);
  for (const sum of times) addTime(amounts, sum, prices);
  return amounts;
}
