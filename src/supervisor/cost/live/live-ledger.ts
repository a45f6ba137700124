import {type Money, microUsdOf, sumOfMoney} from '../../../domain/cost/exact-money.ts';
import type {Booking} from '../../../domain/cost/ledger/entries.ts';
import {clientTokens, EntryBook} from '../../../domain/cost/live/entry-book.ts';
import {costOfPart, costSinceMoment} from '../../../domain/cost/live/idle-cost-so-far.ts';
import {type LiveCost, type LiveMoment, liveCost, type RecentLedger} from '../../../domain/cost/live/live-cost.ts';
import type {PricedEntries} from '../../../domain/cost/live/window-cost.ts';
import {combineReadings, type Reading} from '../../../samples/reading.ts';
import {MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE} from '../../../shared/units.ts';

/** A little more than the longest window by minute, and the longest month with the days before it. */
export const MINUTES_KEPT_MS = 25 * MS_PER_HOUR;
export const HOURS_KEPT_MS = 38 * MS_PER_DAY;

type Pending = Pick<Booking, 'prices' | 'hours' | 'minutes'>;

/** The recent ledger in memory, and its sums: they are made once a minute, and again when prices change. */
export class LiveLedger {
  readonly #minutes = new EntryBook();
  readonly #hours = new EntryBook();
  #sinceMoment: {readonly sinceMs: number; readonly money: Reading<Money>} | null = null;
  #made: {readonly key: string; readonly cost: LiveCost} | null = null;

  /** Adds what is in the ledger from now on, or was when this supervisor began. */
  add(booking: Pending, nowMs: number): void {
    this.#minutes.add(booking.prices, booking.minutes);
    this.#hours.add(booking.prices, booking.hours);
    this.#minutes.dropBefore(nowMs - MINUTES_KEPT_MS);
    this.#hours.dropBefore(nowMs - HOURS_KEPT_MS);
    this.#sinceMoment = null;
  }

  /** The cost until now, with what is not booked yet; at most a minute old. */
  costAt(moment: LiveMoment, pending: readonly Pending[]): LiveCost {
    const minute = Math.floor(moment.nowMs / MS_PER_MINUTE);
    const key = JSON.stringify([minute, moment.inForce, moment.billedUntilMs, moment.dated]);
    if (this.#made?.key !== key) this.#made = {key, cost: liveCost(this.#with(pending), moment)};
    return this.#made.cost;
  }

  /** What the paid time from `sinceMs` on has cost, micro-USD. Called each second: what is booked is added up once. */
  costSince(sinceMs: number, pending: readonly Pending[]): Reading<number> {
    const known = this.#sinceMoment?.sinceMs === sinceMs ? this.#sinceMoment : null;
    const booked = known ?? {sinceMs, money: costSinceMoment(this.#with([]), sinceMs)};
    this.#sinceMoment = booked;
    const open = costOfPart(pendingEntries(pending, 'minutes'), MS_PER_MINUTE, sinceMs);
    return combineReadings<Money, Money, number>(booked.money, open, (one, other) =>
      microUsdOf(sumOfMoney([one, other])),
    );
  }

  #with(pending: readonly Pending[]): RecentLedger {
    return {
      minutes: [...this.#minutes.entries, ...pendingEntries(pending, 'minutes')],
      hours: [...this.#hours.entries, ...pendingEntries(pending, 'hours')],
    };
  }
}

function pendingEntries(pending: readonly Pending[], length: 'minutes' | 'hours'): readonly PricedEntries[] {
  return pending.map((booking) => ({
    prices: booking.prices,
    tokens: clientTokens(booking[length]),
    times: booking[length].times,
  }));
}
