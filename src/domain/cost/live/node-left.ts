import {absent, isAbsent, type Reading} from '../../../samples/reading.ts';
import {type Money, microUsdOf, moneyOfTime, sumOfMoney} from '../exact-money.ts';
import type {PriceDocument, TimeEntry} from '../ledger/entries.ts';
import type {NodeBilling} from '../price-document.ts';
import type {WindowCost} from './window-cost.ts';

/** A time that is to come, and what is known of the node's cost in it. */
export type TimeLeft = {
  readonly nowMs: number;
  readonly untilMs: number;
  readonly node: PriceDocument['node'];
  /** Prices that follow that one; those of the past do not matter. */
  readonly dated: NodeBilling['dated'];
};

/**
 * What the node will cost until then, micro-USD: at the price in force and at each that follows it, and with energy that is
 * paid apart as in the last hour.
 */
export function nodeLeft(
  {nowMs, untilMs, node, dated}: TimeLeft,
  lastHour: {readonly window: Reading<WindowCost>; readonly times: readonly TimeEntry[]},
): Reading<number> {
  if (node.microUsdPerHour === null) return absent('the node has no price');
  if (node.microUsdPerKilowattHour !== null && isAbsent(lastHour.window)) return lastHour.window;
  const rents = [{fromMs: nowMs, microUsdPerHour: node.microUsdPerHour}, ...dated.filter(({fromMs}) => fromMs > nowMs)];
  const amounts = rents.map(({fromMs, microUsdPerHour}, index) => {
    const endMs = Math.min(untilMs, rents[index + 1]?.fromMs ?? untilMs);
    return moneyOf({ms: Math.max(0, endMs - fromMs), milliwattMs: 0}, {...node, microUsdPerHour});
  });
  const energy = {ms: 0, milliwattMs: energyOf(lastHour.times, Math.max(0, untilMs - nowMs))};
  return microUsdOf(sumOfMoney([...amounts, moneyOf(energy, node)]));
}

function moneyOf(...of: Parameters<typeof moneyOfTime>): Money {
  return moneyOfTime(...of) ?? sumOfMoney([]);
}

/** In a time of this length, at the mean power of these. */
function energyOf(times: readonly TimeEntry[], lengthMs: number): bigint {
  let ms = 0;
  let milliwattMs = 0n;
  for (const entry of times) {
    ms += entry.ms;
    milliwattMs += BigInt(entry.milliwattMs);
  }
  return ms === 0 ? 0n : (milliwattMs * BigInt(lengthMs)) / BigInt(ms);
}
