import type {CostView} from '../../../api/cost/cost-view.ts';
import type {Booking} from '../../../domain/cost/ledger/entries.ts';
import {EARLIER_RUN, type PriceEpoch} from '../../../domain/cost/ledger/kept-entries.ts';
import {isStale, priceBookOf} from '../../../domain/cost/published-prices.ts';
import type {LifecycleState} from '../../../domain/lifecycle/lifecycle.ts';
import type {LedgerStore} from '../../../history/ledger/ledger-store.ts';
import type {ActiveConfiguration} from '../../configuration/active-configuration.ts';
import {type Clock, stampOf} from '../../loop/clock.ts';
import type {Observer} from '../../snapshot/observer.ts';
import {ledgerTermsOf} from '../ledger-terms.ts';
import {buildCostView} from './build-cost-view.ts';
import {idleSince} from './idle-since.ts';
import {HOURS_KEPT_MS, LiveLedger, MINUTES_KEPT_MS} from './live-ledger.ts';

type Parts = {
  readonly history: {readonly ledger: Pick<LedgerStore, 'hours' | 'minutes' | 'epochs'>; readonly isLasting: boolean};
  readonly clock: Clock;
  readonly pending: () => readonly Booking[];
  readonly observer: Pick<Observer, 'get'>;
  readonly configured: () => Pick<ActiveConfiguration, 'nodeUsdPerHour' | 'billing' | 'comparedApis'>;
};

/** The money of each snapshot, from the recent ledger in memory: what was booked before this supervisor, and since. */
export class LiveMoney {
  readonly #parts: Parts;
  #ledger = new LiveLedger();
  /** Bookings while the ledger is read are in what is read, or it is read again. */
  #isLoaded: boolean;
  #isMoved = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    // A history in memory has no ledger from before, and nothing is booked to it.
    this.#isLoaded = !parts.history.isLasting;
  }

  /** This is in the ledger now. */
  readonly onBooked = (booking: Booking): void => {
    this.#ledger.add(booking, this.#parts.clock.nowMs());
    this.#isMoved = true;
  };

  /** The ledger has more than `onBooked` was called with: it is read again. */
  readonly onFoundBooked = (): void => {
    this.#isMoved = true;
    if (!this.#isLoaded) return;
    this.#isLoaded = false;
    void this.load();
  };

  /** Reads what is booked; until then, and where it cannot be read, windows are of what was booked since. */
  async load(): Promise<void> {
    const {history, clock} = this.#parts;
    const {ledger: store} = history;
    if (this.#isLoaded) return;
    for (let isMoved = true; isMoved; isMoved = this.#isMoved) {
      this.#isMoved = false;
      const nowMs = clock.nowMs();
      const hours = await store.hours(nowMs - HOURS_KEPT_MS, Number.MAX_SAFE_INTEGER);
      if (this.#isMoved) continue;
      const minutes = await store.minutes(nowMs - MINUTES_KEPT_MS, Number.MAX_SAFE_INTEGER);
      if (this.#isMoved) continue;
      const epochs = store.epochs();
      if (hours.ok && minutes.ok && epochs.ok) this.#fill(epochs.value, hours.value, minutes.value, nowMs);
    }
    this.#isLoaded = true;
  }

  /** The money of a snapshot. */
  view(lifecycle: LifecycleState): CostView {
    const seen = this.#parts.observer.get();
    const now = stampOf(this.#parts.clock);
    const configured = this.#parts.configured();
    const {nodeUsdPerHour, comparedApis} = configured;
    const {pricesAt, billedUntilMs} = ledgerTermsOf(configured);
    const nowMs = now.sampledAtMs;
    const pending = this.#parts.pending();
    const idle = idleSince(lifecycle, seen, now);
    return buildCostView(this.#ledger.costAt({nowMs, inForce: pricesAt(nowMs), billedUntilMs}, pending), {
      nodeUsdPerHour,
      priceBooks: comparedApis.map((api) => ({...priceBookOf(api), isStale: isStale(api, nowMs)})),
      idle: idle === null ? null : {...idle, microUsd: this.#ledger.costSince(idle.sinceMs, pending)},
    });
  }

  #fill(epochs: readonly PriceEpoch[], hours: Kept, minutes: Kept, nowMs: number): void {
    const ledger = new LiveLedger();
    for (const {id, prices} of epochs) {
      const of = ({tokens, times}: Kept): Booking['hours'] => ({
        tokens: tokens
          .filter((entry) => entry.epoch === id && entry.runId !== EARLIER_RUN)
          .map((entry) => ({...entry, runId: entry.runId ?? ''})),
        times: times.filter(({epoch}) => epoch === id),
      });
      ledger.add({prices, hours: of(hours), minutes: of(minutes)}, nowMs);
    }
    this.#ledger = ledger;
  }
}

/** Entries as they are kept: those by minute are of all runs together. */
type Kept = {
  readonly tokens: readonly (Omit<Booking['hours']['tokens'][number], 'runId'> & {
    readonly runId?: string;
    readonly epoch: number;
  })[];
  readonly times: readonly (Booking['hours']['times'][number] & {readonly epoch: number})[];
};
