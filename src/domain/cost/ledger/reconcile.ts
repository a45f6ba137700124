import {type LedgerClock, type LedgerRun, noTotals, sumOfCounts, type TokenCounts, tokenSources} from './entries.ts';
import {type LedgerState, openLedgerState, openOf} from './ledger-state.ts';
import {elapsedBetween, type Moment} from './moment.ts';
import {
  bookedGrowth,
  isSameClock,
  joined,
  momentOf,
  type PendingBooking,
  withGrowth,
  withNodeTime,
  withoutOldMinutes,
  withoutRun,
} from './pending-bookings.ts';

/** What the ledger has. */
export type LedgerContents = {
  readonly clock: LedgerClock | null;
  /** The run with its booked tokens; null if it is not in the ledger. */
  readonly run: (runId: string) => LedgerRun | null;
};

/**
 * The state without what the ledger has already. A booking is in the ledger or not, as a whole; its clock tells. A ledger that is
 * neither before nor after any booking was replaced or lost its latest bookings: then the clocks and the totals of the runs decide,
 * so that no token is booked twice, and none is lost that is known.
 */
export function reconciled(state: LedgerState, contents: LedgerContents): LedgerState {
  return withJoined(withoutBooked(state, contents));
}

function withoutBooked(state: LedgerState, contents: LedgerContents): LedgerState {
  const {clock} = contents;
  const [first] = state.bookings;
  if (first === undefined) return state;
  const booked = state.bookings.findLastIndex((one) => isSameClock(one.clock, clock) && !isSameClock(one.since, clock));
  const rest = state.bookings.slice(booked + 1);
  if (booked < 0 && !isSameClock(first.since, clock)) return withTotalsOf(rebased(state, clock), contents);
  const bookings = rest.length > 0 ? rest : openLedgerState(clock, state.at, openOf(state).prices, state.node).bookings;
  return withTotalsOf({...state, bookings}, contents);
}

/** None of them is in the ledger: those at the same prices can be one. */
function withJoined(state: LedgerState): LedgerState {
  const bookings: PendingBooking[] = [];
  for (const kept of state.bookings) {
    const booking = withoutOldMinutes(kept, state.at.wallMs);
    const last = bookings.at(-1);
    const both = last === undefined ? null : joined(last, booking);
    if (both === null) bookings.push(booking);
    else bookings[bookings.length - 1] = both;
  }
  return {...state, bookings};
}

/** For a ledger with a clock that no booking knows. */
function rebased(state: LedgerState, clock: LedgerClock | null): LedgerState {
  const [first] = state.bookings;
  const open = openOf(state);
  if (first === undefined) return state;
  if (clock === null) return {...state, bookings: [{...first, since: null}, ...state.bookings.slice(1)]};
  const isBooked = (one: PendingBooking): boolean => isAtOrAfter(momentOf(clock), momentOf(one.clock));
  const rest = state.bookings.filter((one) => !isBooked(one));
  const [next, ...others] = rest;
  if (next === undefined) {
    const {bookings, at} = openLedgerState(clock, state.at, open.prices, state.node);
    return {...state, bookings, at};
  }
  const missingMs = next.since === null ? 0 : elapsedBetween(momentOf(clock), momentOf(next.since));
  const untilMs = next.since?.coveredUntilMs ?? 0;
  const since = {...next, since: clock};
  const span = {fromMs: untilMs - missingMs, untilMs};
  return {
    ...state,
    bookings: [withNodeTime(since, {span, state: 'unobserved', isGap: true, milliwatts: 0}), ...others],
  };
}

/** What each booking adds to a run is made to follow from what the ledger has of the run. */
function withTotalsOf(state: LedgerState, contents: LedgerContents): LedgerState {
  const booked = new Map<string, LedgerRun['booked']>();
  const whole = (run: LedgerRun): LedgerRun => (isLost(run, state, contents) ? {...run, isWholeRun: false} : run);
  const bookings = state.bookings.map((booking) =>
    booking.runs.reduce<PendingBooking>((next, kept) => {
      const run = whole(kept);
      const before = booked.get(run.runId) ?? contents.run(run.runId)?.booked ?? totalsBefore(booking, run);
      const after = highest(before, run.booked);
      booked.set(run.runId, after);
      if (isSame(added(before, bookedGrowth(booking, run.runId)), run.booked)) return withRunOf(next, run);
      const atMs = booking.clock.coveredUntilMs;
      const growth = {run: {...run, booked: after}, before, span: {fromMs: atMs, untilMs: atMs}, isGap: true};
      return withGrowth(withoutRun(next, run.runId), growth);
    }, booking),
  );
  const runs = state.runs.map((one) => {
    const has = booked.get(one.run.runId) ?? contents.run(one.run.runId)?.booked ?? one.run.booked;
    return {...one, run: {...whole(one.run), booked: has}};
  });
  return {...state, bookings, runs};
}

function withRunOf(booking: PendingBooking, run: LedgerRun): PendingBooking {
  return {...booking, runs: booking.runs.map((one) => (one.runId === run.runId ? run : one))};
}

/** Whether tokens of this run were booked to a ledger that is gone: the one that is there does not begin with its first. */
function isLost({runId, booked}: LedgerRun, state: LedgerState, contents: LedgerContents): boolean {
  if (contents.run(runId) !== null) return false;
  const first = state.bookings.find(({runs}) => runs.some((run) => run.runId === runId));
  const run = first?.runs.find((one) => one.runId === runId);
  return !isSame(first === undefined || run === undefined ? booked : totalsBefore(first, run), noTotals);
}

/** Of a run that the ledger does not have, the earlier tokens were booked to a ledger that is gone. */
function totalsBefore(booking: PendingBooking, run: LedgerRun): LedgerRun['booked'] {
  const growth = bookedGrowth(booking, run.runId);
  const of = (source: (typeof tokenSources)[number]) => ({
    input: run.booked[source].input - growth[source].input,
    cached: run.booked[source].cached - growth[source].cached,
    output: run.booked[source].output - growth[source].output,
  });
  return {client: of('client'), own: of('own'), bench: of('bench'), refused: of('refused')};
}

function added(one: LedgerRun['booked'], other: LedgerRun['booked']): LedgerRun['booked'] {
  return bySource((source) => sumOfCounts(one[source], other[source]));
}

function highest(one: LedgerRun['booked'], other: LedgerRun['booked']): LedgerRun['booked'] {
  return bySource((source) => ({
    input: Math.max(one[source].input, other[source].input),
    cached: Math.max(one[source].cached, other[source].cached),
    output: Math.max(one[source].output, other[source].output),
  }));
}

function bySource(of: (source: (typeof tokenSources)[number]) => TokenCounts): LedgerRun['booked'] {
  return {client: of('client'), own: of('own'), bench: of('bench'), refused: of('refused')};
}

function isSame(one: LedgerRun['booked'], other: LedgerRun['booked']): boolean {
  return tokenSources.every(
    (source) =>
      one[source].input === other[source].input &&
      one[source].cached === other[source].cached &&
      one[source].output === other[source].output,
  );
}

/** Whether a ledger that is booked until `one` has what happened until `other`. */
function isAtOrAfter(one: Moment, other: Moment): boolean {
  return one.bootId === other.bootId ? one.uptimeMs >= other.uptimeMs : one.wallMs >= other.wallMs;
}
