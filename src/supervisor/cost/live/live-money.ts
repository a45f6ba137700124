import type {CostView} from '../../../api/cost/cost-view.ts';
import type {Booking, TimeEntry, TokenEntry} from '../../../domain/cost/ledger/entries.ts';
import {EARLIER_RUN, type PriceEpoch} from '../../../domain/cost/ledger/kept-entries.ts';
import {nodeUsdPerHourAt} from '../../../domain/cost/price-document.ts';
import {isStale, priceBookOf} from '../../../domain/cost/published-prices.ts';
import type {LifecycleState} from '../../../domain/lifecycle/lifecycle.ts';
import type {LedgerStore} from '../../../history/ledger/ledger-store.ts';
import {resultInSlices, type Steps} from '../../../history/steps.ts';
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
  readonly configured: () => Pick<ActiveConfiguration, 'billing' | 'comparedApis'>;
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
      if (!hours.ok || !minutes.ok || !epochs.ok) continue;
      const ledger = await resultInSlices(filled(epochs.value, hours.value, minutes.value, nowMs));
      if (!this.#isMoved) this.#ledger = ledger;
    }
    this.#isLoaded = true;
  }

  /** The money of a snapshot. */
  view(lifecycle: LifecycleState): CostView {
    const seen = this.#parts.observer.get();
    const now = stampOf(this.#parts.clock);
    const configured = this.#parts.configured();
    const {billing, comparedApis} = configured;
    const {pricesAt, billedUntilMs} = ledgerTermsOf(configured);
    const nowMs = now.sampledAtMs;
    const pending = this.#parts.pending();
    const idle = idleSince(lifecycle, seen, now);
    const moment = {nowMs, inForce: pricesAt(nowMs), billedUntilMs, dated: billing.dated};
    return buildCostView(this.#ledger.costAt(moment, pending), {
      nodeUsdPerHour: nodeUsdPerHourAt(billing, nowMs),
      size: seen.nodeSize,
      priceBooks: comparedApis.map((api) => ({...priceBookOf(api), isStale: isStale(api, nowMs)})),
      idle: idle === null ? null : {...idle, microUsd: this.#ledger.costSince(idle.sinceMs, pending)},
    });
  }
}

/** So many entries are added in one step. */
const STEP_ENTRIES = 200;

function* filled(epochs: readonly PriceEpoch[], hours: Kept, minutes: Kept, nowMs: number): Steps<LiveLedger> {
  const ledger = new LiveLedger();
  const nothing = {tokens: [], times: []};
  const hourParts = partsByEpoch(hours);
  yield;
  const minuteParts = partsByEpoch(minutes);
  for (const {id, prices} of epochs) {
    for (const part of hourParts.get(id) ?? []) {
      yield;
      ledger.add({prices, hours: part, minutes: nothing}, nowMs);
    }
    for (const part of minuteParts.get(id) ?? []) {
      yield;
      ledger.add({prices, hours: nothing, minutes: part}, nowMs);
    }
  }
  return ledger;
}

/** The entries of each epoch, some of them in each part. */
function partsByEpoch({tokens, times}: Kept): ReadonlyMap<number, readonly Entries[]> {
  const parts = new Map<number, Entries[]>();
  const placeFor = (epoch: number): Entries => {
    const known = parts.get(epoch) ?? [];
    parts.set(epoch, known);
    const last = known.at(-1);
    if (last !== undefined && last.tokens.length + last.times.length < STEP_ENTRIES) return last;
    const next = {tokens: [], times: []};
    known.push(next);
    return next;
  };
  for (const entry of tokens)
    if (entry.runId !== EARLIER_RUN) placeFor(entry.epoch).tokens.push({...entry, runId: entry.runId ?? ''});
  for (const entry of times) placeFor(entry.epoch).times.push(entry);
  return parts;
}

type Entries = {readonly tokens: TokenEntry[]; readonly times: TimeEntry[]};

/** Entries as they are kept: those by minute are of all runs together. */
type Kept = {
  readonly tokens: readonly (Omit<TokenEntry, 'runId'> & {readonly runId?: string; readonly epoch: number})[];
  readonly times: readonly (TimeEntry & {readonly epoch: number})[];
};
