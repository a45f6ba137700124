import {MS_PER_DAY} from '../../../shared/units.ts';
import type {LedgerClock, LedgerRun, NodeState, PriceDocument} from './entries.ts';
import {withGrowthInParts} from './growth-in-parts.ts';
import {clockStepBetween, elapsedBetween, isSameBoot, type Moment, momentWithin} from './moment.ts';
import {unwatchedStateOf} from './node-state.ts';
import {
  clockAt,
  complete,
  emptyBooking,
  isSameClock,
  LEAST_GAP_MS,
  MINUTES_KEPT_MS,
  MOST_PENDING_MS,
  momentOf,
  type PendingBooking,
  unwatchedTime,
  withNodeTime,
  withoutOldMinutes,
} from './pending-bookings.ts';
import {estimatedMilliwatts, type SeenPower} from './seen-power.ts';
import type {Span} from './spread.ts';

/** A run with its tokens as far as they are in bookings, and when its counters were read last. */
export type BookedRun = {readonly run: LedgerRun; readonly readAt: Moment; readonly isEnded: boolean};

/** What the node did when it was last seen. */
export type SeenNode = {readonly state: NodeState; readonly runId: string | null};

/** What is known and not in the ledger yet. Bookings follow each other; the last one is open. */
export type LedgerState = {
  readonly bookings: readonly PendingBooking[];
  /** Until when the time of the node is in them. */
  readonly at: Moment;
  readonly node: SeenNode;
  readonly power: SeenPower;
  readonly runs: readonly BookedRun[];
};

/** When the node is paid for, and what is charged. All times by the wall clock. */
export type LedgerTerms = {
  /** Null: since Gantry first watched, and for as long as it does. */
  readonly billedSinceMs: number | null;
  readonly billedUntilMs: number | null;
  /** In force at a time; an operator can date a price. */
  readonly pricesAt: (wallMs: number) => PriceDocument;
  /** When a dated price begins. */
  readonly changesAtMs: readonly number[];
};

/** A longer time becomes several bookings: what is booked in one transaction keeps the supervisor from its other work. */
const LONGEST_PART_MS = 7 * MS_PER_DAY;
/** Of years that nobody watched the parts are longer: all of them are kept in one file. */
const MOST_PARTS = 60;

/** The state of a ledger of which nothing is pending; `clock` is null for one that was never booked to. */
export function openLedgerState(
  clock: LedgerClock | null,
  now: Moment,
  prices: PriceDocument,
  node: SeenNode,
): LedgerState {
  const booking = emptyBooking(clock, clock ?? clockAt(now, now.wallMs), prices);
  return {bookings: [booking], at: clock === null ? now : momentOf(clock), node, power: {}, runs: []};
}

/** What the node does, by whom, and the power of its cards in mW; null while nothing reads it. */
export type NodeUseNow = SeenNode & {readonly milliwatts: number | null};

/**
 * The time until now added: as what the node does now, or, where nothing was seen for a minute, as what can be known of it.
 * Of a run that outlasted such a time, its next page tells. A dated price applies from its time on, any other from now on. Cards
 * that nobody reads draw what they drew before; those of a host that may have been off drew nothing.
 */
export function withTimeUntil(state: LedgerState, now: Moment, use: NodeUseNow, terms: LedgerTerms): LedgerState {
  const isLong = isUnwatched(state.at, now);
  let next = isSameBoot(state.at, now) ? state : {...state, power: {}};
  const changes = new Set(terms.changesAtMs);
  const ends = [...changes, ...endsOfParts(now.wallMs - elapsedBetween(next.at, now), now.wallMs)];
  for (const endMs of ends.toSorted((one, other) => one - other)) {
    const from = now.wallMs - elapsedBetween(next.at, now);
    if (endMs <= from || endMs > now.wallMs) continue;
    next = advanced(next, momentWithin(next.at, now, endMs), {use, isLong}, terms);
    next = changes.has(endMs) ? withPrices(next, terms.pricesAt(endMs)) : sealed(next);
  }
  next = advanced(next, now, {use, isLong}, terms);
  const power = use.milliwatts === null ? next.power : {...next.power, [use.state]: use.milliwatts};
  return withPrices({...next, node: {state: use.state, runId: use.runId}, power}, terms.pricesAt(now.wallMs));
}

/** Where a long time is divided into bookings, so that none of them keeps the supervisor from its other work. */
function endsOfParts(fromMs: number, untilMs: number): readonly number[] {
  const minutesMs = Math.max(fromMs, untilMs - MINUTES_KEPT_MS);
  const partMs = Math.max(LONGEST_PART_MS, Math.ceil((minutesMs - fromMs) / MOST_PARTS));
  return [...endsBetween(fromMs, minutesMs, partMs), ...endsBetween(minutesMs, untilMs, MOST_PENDING_MS)].filter(
    (endMs) => endMs > fromMs && endMs < untilMs,
  );
}

/** From the end of a time back to its beginning: its first part is the one that may be shorter. */
function endsBetween(fromMs: number, untilMs: number, partMs: number): readonly number[] {
  const count = Math.ceil((untilMs - fromMs) / partMs);
  return Array.from({length: Math.max(0, count)}, (_, index) => untilMs - index * partMs);
}

/** Whether the node was not seen for so long that what it did is unknown. */
export function isUnwatched(before: Moment, now: Moment): boolean {
  return elapsedBetween(before, now) >= LEAST_GAP_MS;
}

function advanced(
  state: LedgerState,
  to: Moment,
  {use, isLong}: {readonly use: NodeUseNow; readonly isLong: boolean},
  terms: LedgerTerms,
): LedgerState {
  const lengthMs = elapsedBetween(state.at, to);
  const span = billedPart({fromMs: to.wallMs - lengthMs, untilMs: to.wallMs}, terms);
  const {node, power} = state;
  const isSameRun = use.runId !== null && use.runId === node.runId;
  const moved = withOpen({...state, at: to}, (open) => ({
    ...withoutOldMinutes(open, to.wallMs),
    clock: clockAt(to, open.clock.coveredSinceMs),
  }));
  if (isLong && isSameRun && node.runId !== null) {
    const gap = {...span, runId: node.runId, before: node.state, power};
    return span.untilMs <= span.fromMs ? moved : withOpen(moved, (open) => ({...open, gaps: [...open.gaps, gap]}));
  }
  const time = isLong
    ? unwatchedTime(span, node.state === 'unobserved' ? node.state : 'down', power)
    : {span, state: use.state, isGap: false, milliwatts: use.milliwatts ?? estimatedMilliwatts(power, use.state)};
  return withOpen(moved, (open) => withNodeTime(open, time));
}

function billedPart({fromMs, untilMs}: Span, {billedSinceMs, billedUntilMs}: LedgerTerms): Span {
  return {
    fromMs: Math.max(fromMs, billedSinceMs ?? Number.NEGATIVE_INFINITY),
    untilMs: Math.min(untilMs, billedUntilMs ?? Number.POSITIVE_INFINITY),
  };
}

/** The time from the beginning of the bill until the ledger begins: what the node did then is unknown. */
export function withEarlierBill(state: LedgerState, terms: LedgerTerms): LedgerState {
  const since = terms.billedSinceMs;
  const coveredMs = openOf(state).clock.coveredSinceMs;
  if (since === null || since >= coveredMs) return state;
  const changes = terms.changesAtMs.filter((atMs) => atMs > since && atMs < coveredMs);
  const parts = endsOfParts(since, coveredMs);
  const starts = [since, ...changes, ...parts];
  const {prices} = openOf(state);
  let next = state;
  let untilMs = coveredMs;
  // Backwards: each booking extends what is covered to its own beginning.
  for (const fromMs of starts.toSorted((one, other) => other - one)) {
    const span = billedPart({fromMs, untilMs}, terms);
    untilMs = fromMs;
    const earlier = parts.length === 0 ? next : sealed(next);
    next = withOpen(withPrices(earlier, terms.pricesAt(fromMs)), (open) => ({
      ...withNodeTime(open, {span, state: 'unobserved', isGap: true, milliwatts: 0}),
      clock: {...open.clock, coveredSinceMs: fromMs},
    }));
  }
  return withPrices(next, prices);
}

/** From now on these prices apply. */
export function withPrices(state: LedgerState, prices: PriceDocument): LedgerState {
  const open = openOf(state);
  if (JSON.stringify(open.prices) === JSON.stringify(prices)) return state;
  if (isEmpty(open)) return withOpen(state, () => ({...open, prices}));
  return {...state, bookings: [...state.bookings, emptyBooking(open.clock, open.clock, prices)]};
}

/** A run whose counters are followed from now on; `run.booked` is in the ledger already. */
export function withRun(state: LedgerState, run: LedgerRun, readAt: Moment): LedgerState {
  if (state.runs.some((one) => one.run.runId === run.runId)) return state;
  return {...state, runs: [...state.runs, {run, readAt, isEnded: false}]};
}

/**
 * A page of counters was read: `run.booked` are the totals of the run by it. What it grew by belongs to the time since the page
 * before. It tells what the node did while nobody watched.
 */
export function withTotals(state: LedgerState, run: LedgerRun, at: Moment): LedgerState {
  const known = state.runs.find((one) => one.run.runId === run.runId);
  if (known === undefined) return state;
  const before = known.run.booked;
  const lengthMs = elapsedBetween(known.readAt, at);
  const span = {fromMs: at.wallMs - lengthMs, untilMs: at.wallMs};
  const runs = state.runs.map((one) => (one === known ? {...one, run, readAt: at} : one));
  if (JSON.stringify(before) === JSON.stringify(run.booked)) return withGapsTold({...state, runs}, run.runId, false);
  const bookings = withGrowthInParts(state.bookings, {run, before, span, isGap: lengthMs >= LEAST_GAP_MS});
  return withGapsTold({...state, runs, bookings}, run.runId, true);
}

/** Counters of this run cannot have grown until now: it does not serve yet. */
export function withNothingRead(state: LedgerState, runId: string, at: Moment): LedgerState {
  return {...state, runs: state.runs.map((one) => (one.run.runId === runId ? {...one, readAt: at} : one))};
}

/** No page of the run will tell any more. */
export function withRunEnded(state: LedgerState, runId: string): LedgerState {
  const runs = state.runs.map((one) => (one.run.runId === runId ? {...one, isEnded: true} : one));
  return withoutBookedRuns(withGapsTold({...state, runs}, runId, null));
}

/** What the node did while nobody watched, as it is known now: `hasGrown` is null where nothing will tell. */
export function withGapsTold(state: LedgerState, runId: string, hasGrown: boolean | null): LedgerState {
  if (!state.bookings.some(({gaps}) => gaps.some((gap) => gap.runId === runId))) return state;
  const bookings = state.bookings.map((booking) => {
    const told = booking.gaps.filter((gap) => gap.runId === runId);
    const gaps = booking.gaps.filter((gap) => gap.runId !== runId);
    return told.reduce<PendingBooking>(
      (sum, {fromMs, untilMs, before, power}) =>
        withNodeTime(sum, unwatchedTime({fromMs, untilMs}, unwatchedStateOf(before, hasGrown), power)),
      {...booking, gaps},
    );
  });
  return {...state, bookings};
}

/**
 * With a new open booking: those before it do not change any more. To be kept before any of them is booked, so that who
 * finds it can tell by the clock of the ledger which of them are in it.
 */
export function sealed(state: LedgerState): LedgerState {
  const open = openOf(state);
  if (isEmpty(open) && isSameClock(open.since, open.clock)) return state;
  return {...state, bookings: [...state.bookings, emptyBooking(open.clock, open.clock, open.prices)]};
}

/** The oldest booking, if nothing of it is open and it adds anything. */
export function nextBooking(state: LedgerState): PendingBooking | null {
  const [first] = state.bookings;
  return first === undefined || !hasNextBooking(state) ? null : complete(first, state.at.wallMs);
}

/** Whether there is such a booking. */
export function hasNextBooking({bookings: [first]}: LedgerState): boolean {
  if (first === undefined || first.gaps.length > 0) return false;
  return !isSameClock(first.since, first.clock) || !isEmpty(first);
}

/** The oldest booking is in the ledger now. */
export function withoutFirstBooking(state: LedgerState): LedgerState {
  const [first, ...rest] = state.bookings;
  if (first === undefined) return state;
  const bookings = rest.length > 0 ? rest : [emptyBooking(first.clock, first.clock, first.prices)];
  return withoutBookedRuns({...state, bookings});
}

/** Whether the wall clock was set by so much since then that hours may be missing or twice as long. */
export function isStepped(before: Moment, now: Moment): boolean {
  return Math.abs(clockStepBetween(before, now)) >= LEAST_GAP_MS;
}

/** The booking that takes what comes. */
export function openOf({bookings}: LedgerState): PendingBooking {
  const open = bookings.at(-1);
  if (open === undefined) throw new Error('a ledger always has an open booking');
  return open;
}

function withOpen(state: LedgerState, change: (open: PendingBooking) => PendingBooking): LedgerState {
  return {...state, bookings: [...state.bookings.slice(0, -1), change(openOf(state))]};
}

function withoutBookedRuns(state: LedgerState): LedgerState {
  const pending = new Set(state.bookings.flatMap(({runs}) => runs.map(({runId}) => runId)));
  return {...state, runs: state.runs.filter(({run, isEnded}) => !isEnded || pending.has(run.runId))};
}

function isEmpty({hours, gaps, long, longGrowth}: PendingBooking): boolean {
  return [hours.times, hours.tokens, gaps, long, longGrowth].every((entries) => entries.length === 0);
}
