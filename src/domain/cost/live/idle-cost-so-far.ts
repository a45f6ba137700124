import {absent, type Reading} from '../../../samples/reading.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../shared/units.ts';
import {type Money, moneyOfTime, sumOfMoney} from '../exact-money.ts';
import type {NodeState, TimeEntry} from '../ledger/entries.ts';
import type {PricedEntries} from './window-cost.ts';

/** The time in which the node serves nobody until now, and what it has cost. */
export type IdleCost = {
  readonly state: Exclude<NodeState, 'serving' | 'unobserved'>;
  readonly sinceMs: number;
  readonly microUsd: Reading<number>;
  /** True where it may have begun before anything watched. */
  readonly isAtLeast: boolean;
};

/**
 * What the paid time from `sinceMs` on has cost, by the entries of the ledger: by minute while they reach so far back, else by hour.
 * Of the minute or hour in which it begins, the part after it.
 */
export function costSinceMoment(
  ledger: {readonly minutes: readonly PricedEntries[]; readonly hours: readonly PricedEntries[]},
  sinceMs: number,
): Reading<Money> {
  const oldestMs = Math.min(...ledger.minutes.flatMap(({times}) => times.map(({atMs}) => atMs)));
  const [entries, lengthMs] = sinceMs >= oldestMs ? [ledger.minutes, MS_PER_MINUTE] : [ledger.hours, MS_PER_HOUR];
  return costOfPart(entries, lengthMs, sinceMs);
}

/** The same of entries that are each of this length, ms; those of one time in the order in which they began. */
export function costOfPart(entries: readonly PricedEntries[], lengthMs: number, sinceMs: number): Reading<Money> {
  // Ends that the file system or a monotonic clock tells are not whole milliseconds.
  const fromMs = Math.ceil(sinceMs);
  const timed = entries.flatMap(({prices, times}) =>
    times.filter(({atMs}) => atMs + lengthMs > fromMs).map((time) => ({prices, time})),
  );
  let firstMs = lengthMs - (fromMs % lengthMs);
  // From the last one on: what was done before, in the time in which it begins, is no part of it.
  const amounts = timed.toReversed().map(({prices, time}) => {
    if (time.atMs >= fromMs) return moneyOfTime(time, prices.node);
    const ms = Math.min(time.ms, firstMs);
    firstMs -= ms;
    return moneyOfTime(partOf(time, ms), prices.node);
  });
  const known = amounts.filter((amount) => amount !== null);
  return known.length < amounts.length ? absent('the node has no price') : sumOfMoney(known);
}

function partOf(time: TimeEntry, ms: number): Pick<TimeEntry, 'ms' | 'milliwattMs'> {
  return {ms, milliwattMs: time.ms === 0 ? 0 : Math.round(time.milliwattMs * (ms / time.ms))};
}
