import type {ApiError} from '../../api/commands.ts';
import type {Booking, LedgerClock, LedgerRun} from '../../domain/cost/ledger/entries.ts';
import {
  hasNextBooking,
  type LedgerState,
  nextBooking,
  sealed,
  withoutFirstBooking,
} from '../../domain/cost/ledger/ledger-state.ts';
import {isSameClock} from '../../domain/cost/ledger/pending-bookings.ts';
import {reconciled} from '../../domain/cost/ledger/reconcile.ts';
import type {LedgerStore} from '../../history/ledger/ledger-store.ts';
import type {SlotFile} from '../../sources/slots/slot-file.ts';
import type {OwnFindings} from '../snapshot/own-findings.ts';
import type {KeptLedger} from './kept-ledger.ts';

export type LedgerFiles = {
  /** Null while the history is in memory only: then all stays in the slots. */
  readonly store: Pick<LedgerStore, 'id' | 'book' | 'clock' | 'run'> | null;
  readonly slots: Pick<SlotFile<KeptLedger>, 'read' | 'isUnusable' | 'write' | 'setAside'>;
  readonly own: OwnFindings;
  /** Called with each booking that is in the ledger now. */
  readonly onBooked?: (booking: Booking) => void;
  /** Called where a booking that seemed to have failed is found in the ledger. */
  readonly onFoundBooked?: () => void;
};

/** How often a failed booking is repeated. */
const RETRY_EVERY_MS = 5_000;
/** In one go; the others follow in the next seconds. */
const MOST_BOOKINGS = 4;
/** A booking of more rows is the last one in its second. */
const MANY_ROWS = 96;
const NOT_KEPT = 'ledger.not-kept';
const NOT_BOOKED = 'ledger.not-booked';
const SET_ASIDE = 'ledger.set-aside';

/** Writes what is pending into the slots, and from there into the ledger. Nothing here throws: trouble is a finding. */
export class LedgerBooker {
  readonly #files: LedgerFiles;
  /** False while it is unknown what the ledger has of the pending bookings. */
  #isReconciled = false;
  #failedAtMs: number | null = null;
  /** Of the ledger; null until it could be read. */
  #id: number | null = null;
  /** The ledger that what was kept belongs to; null where that is unknown. */
  #keptFor: number | null = null;
  /** The clock of a booking of which it is unknown whether it is in the ledger. */
  #tried: LedgerClock | null = null;

  constructor(files: LedgerFiles) {
    this.#files = files;
  }

  /** What an earlier supervisor has kept; null for nothing. What cannot be used is moved aside, so that nothing overwrites it. */
  read(): KeptLedger | null {
    try {
      const kept = this.#files.slots.read();
      this.#keptFor = kept?.ledgerId ?? null;
      if (kept === null && this.#files.slots.isUnusable) this.#setAside('it is damaged, or of another Gantry');
      if (kept === null || !this.#isOfAnother(kept)) return kept;
      this.#setAside('it belongs to another history file');
    } catch (error) {
      this.#setAside(error instanceof Error ? error.message : String(error));
    }
    return null;
  }

  /** A new ledger takes what an earlier one did not. */
  #isOfAnother({ledgerId}: KeptLedger): boolean {
    const present = this.#ledgerId();
    return present !== null && ledgerId !== null && ledgerId !== present && this.clock() !== null;
  }

  /** Read once, as all pages of metrics are kept with it: a file keeps its id. */
  #ledgerId(): number | null {
    if (this.#id === null) {
      const id = this.#files.store?.id();
      this.#id = id?.ok === true ? id.value : null;
    }
    return this.#id;
  }

  #setAside(reason: string): void {
    const {slots, own} = this.#files;
    this.#keptFor = null;
    try {
      own.add(notUsed(reason, slots.setAside()), SET_ASIDE);
    } catch (error) {
      own.add(notKept('read', error), NOT_KEPT);
    }
  }

  /** The clock of the ledger; null before its first booking, and where it cannot be read. */
  clock(): LedgerClock | null {
    const clock = this.#files.store?.clock();
    return clock?.ok === true ? clock.value : null;
  }

  /** A run as it is booked; null where it is not, and where that cannot be read. */
  run(runId: string): LedgerRun | null {
    const run = this.#files.store?.run(runId);
    return run?.ok === true ? run.value : null;
  }

  /** The state without what the ledger has already. */
  reconcile(state: LedgerState): LedgerState {
    const clock = this.#files.store?.clock();
    if (clock === undefined || !clock.ok) return state;
    this.#isReconciled = true;
    if (this.#tried !== null && isSameClock(this.#tried, clock.value)) this.#files.onFoundBooked?.();
    this.#tried = null;
    return reconciled(state, {clock: clock.value, run: (runId) => this.run(runId)});
  }

  /** Replaces what was kept. A version that is too long is kept without its minutes, which are of interest for a day. */
  keep(unbooked: Omit<KeptLedger, 'ledgerId'>): void {
    const {slots, own} = this.#files;
    const kept = {...unbooked, ledgerId: this.#ledgerId() ?? this.#keptFor};
    try {
      try {
        slots.write(kept);
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        slots.write({...kept, state: withoutMinutes(kept.state)});
      }
      own.resolve(NOT_KEPT);
    } catch (error) {
      own.add(notKept('written', error), NOT_KEPT);
    }
  }

  /** Whether a booking that failed is to be repeated now. */
  isReady(monotonicMs: number): boolean {
    return this.#failedAtMs === null || monotonicMs - this.#failedAtMs >= RETRY_EVERY_MS;
  }

  /**
   * Books what is complete, the oldest first; returns what is left. `keep` has to write what it is given into the slots: it is
   * called before anything is booked.
   */
  book(pending: LedgerState, monotonicMs: number, keep: (state: LedgerState) => void): LedgerState {
    const {store, own} = this.#files;
    const known = this.#isReconciled ? pending : this.reconcile(pending);
    if (store === null || !this.#isReconciled) return pending;
    if (!hasNextBooking(known)) return known;
    let state = sealed(known);
    keep(state);
    for (let count = 0; count < MOST_BOOKINGS; count++) {
      const booking = nextBooking(state);
      if (booking === null) break;
      const booked = store.book(booking);
      if (!booked.ok) {
        // Whether it is in the ledger, the clock of the ledger tells.
        this.#isReconciled = false;
        this.#tried = booking.clock;
        this.#failedAtMs = monotonicMs;
        own.add(notBooked(booked.error), NOT_BOOKED);
        return this.reconcile(state);
      }
      state = withoutFirstBooking(state);
      this.#files.onBooked?.(booking);
      if (rowsOf(booking) > MANY_ROWS) break;
    }
    this.#failedAtMs = null;
    own.resolve(NOT_BOOKED);
    return state;
  }
}

function rowsOf({hours, minutes}: Booking): number {
  return [hours, minutes].reduce((sum, {tokens, times}) => sum + tokens.length + times.length, 0);
}

function withoutMinutes(state: LedgerState): LedgerState {
  return {
    ...state,
    bookings: state.bookings.map((booking) => ({...booking, minutes: {tokens: [], times: []}})),
  };
}

function notKept(action: 'read' | 'written', error: unknown): ApiError {
  return {
    code: NOT_KEPT,
    message: `What is to be booked cannot be ${action}: ${error instanceof Error ? error.message : String(error)}.`,
    remedy:
      'Check the free space and the owner of the data directory. Until then, a supervisor that is killed loses what is not booked yet.',
  };
}

function notUsed(reason: string, aside: string): ApiError {
  return {
    code: SET_ASIDE,
    message: `What an earlier supervisor had not booked yet cannot be used: ${reason}. The file was moved to ${aside}.`,
    remedy:
      'What is booked stays. The time since is booked as not observed, with the tokens that a running engine has counted. If a newer Gantry wrote the file, upgrade, move it back and restart the supervisor.',
  };
}

function notBooked({message, remedy}: ApiError): ApiError {
  return {
    code: NOT_BOOKED,
    message: `Tokens and cost are not booked. ${message}`,
    remedy: `${remedy} Nothing is lost: what is to be booked is kept next to the history.`,
  };
}
