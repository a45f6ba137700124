import {slotOf} from '../../../shared/quantities/moments.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../shared/units.ts';
import {
  type Booking,
  type LedgerClock,
  type LedgerRun,
  type NodeState,
  noTotals,
  type PriceDocument,
  sumOfCounts,
  type TimeEntry,
  type TokenCounts,
  type TokenEntry,
  tokenSources,
} from './entries.ts';
import type {Moment} from './moment.ts';
import {estimatedMilliwatts, type SeenPower} from './seen-power.ts';
import {type Span, spreadOver} from './spread.ts';

/** Time of which it is not yet known what the node did in it: nobody watched, and the next page of the engine tells. */
export type OpenGap = Span & {
  /** The run that outlasted it. */
  readonly runId: string;
  /** What the node did before it. */
  readonly before: NodeState;
  readonly power: SeenPower;
};

/** A booking that is not in the ledger yet. It is complete once nothing of it is open. */
export type PendingBooking = Booking & {
  readonly gaps: readonly OpenGap[];
  /** Time of many hours, which become entries when they are booked: what is pending has to stay small. */
  readonly long: readonly NodeTime[];
  /** The same for tokens. */
  readonly longGrowth: readonly RunGrowth[];
};

/** Of a longer time in which nothing was read, the amounts of an hour are a guess. */
export const LEAST_GAP_MS = 60_000;
/** Bookings of more minutes than this are not made one. */
const MOST_JOINED = 600;
/** The ledger keeps minutes for a day, for windows that end now. */
export const MINUTES_KEPT_MS = 25 * MS_PER_HOUR;
/** Entries of less time are few enough to be pending, and those of so much, with their minutes, to be booked at a time. */
export const MOST_PENDING_MS = MINUTES_KEPT_MS / 5;

/** An empty booking that follows `since`. */
export function emptyBooking(since: LedgerClock | null, clock: LedgerClock, prices: PriceDocument): PendingBooking {
  const nothing = {tokens: [], times: []};
  return {prices, since, clock, runs: [], hours: nothing, minutes: nothing, gaps: [], long: [], longGrowth: []};
}

/** The clock of a ledger that is booked until this moment. */
export function clockAt({wallMs, bootId, uptimeMs}: Moment, coveredSinceMs: number): LedgerClock {
  return {coveredSinceMs, coveredUntilMs: wallMs, bootId, uptimeMs};
}

/** The moment until which a ledger with this clock is booked. */
export function momentOf({coveredUntilMs, bootId, uptimeMs}: LedgerClock): Moment {
  return {wallMs: coveredUntilMs, bootId, uptimeMs};
}

/** Whether a ledger with one clock is the ledger with the other one. */
export function isSameClock(one: LedgerClock | null, other: LedgerClock | null): boolean {
  return (
    one?.coveredUntilMs === other?.coveredUntilMs &&
    one?.coveredSinceMs === other?.coveredSinceMs &&
    one?.bootId === other?.bootId &&
    one?.uptimeMs === other?.uptimeMs
  );
}

/** What the node did in a span, and what its cards drew, mW. */
export type NodeTime = {
  readonly span: Span;
  readonly state: NodeState;
  readonly isGap: boolean;
  readonly milliwatts: number;
};

/** Time in which nobody watched: its energy is estimated. */
export function unwatchedTime(span: Span, state: NodeState, power: SeenPower): NodeTime {
  return {span, state, isGap: true, milliwatts: estimatedMilliwatts(power, state)};
}

/** The booking with this time added. */
export function withNodeTime(booking: PendingBooking, time: NodeTime): PendingBooking {
  const lengthMs = time.span.untilMs - time.span.fromMs;
  if (lengthMs <= 0) return booking;
  return lengthMs >= MOST_PENDING_MS ? {...booking, long: [...booking.long, time]} : withEntries(booking, time);
}

/** The booking as the ledger takes it; of what is old by now, no minutes. */
export function complete(booking: PendingBooking, nowMs: number): PendingBooking {
  const withTime = booking.long.reduce<PendingBooking>(
    (sum, time) => withEntries(sum, time, Math.max(time.span.untilMs, nowMs)),
    {...booking, long: [], longGrowth: []},
  );
  return booking.longGrowth.reduce(
    (sum, growth) => withTokens(sum, growth, Math.max(growth.span.untilMs, nowMs) - MINUTES_KEPT_MS),
    withTime,
  );
}

function withEntries(
  booking: PendingBooking,
  {span, state, isGap, milliwatts}: NodeTime,
  nowMs = span.untilMs,
): PendingBooking {
  const entries = (unitMs: number, sinceMs?: number): TimeEntry[] =>
    spreadOver(span, unitMs, {ms: span.untilMs - span.fromMs}, sinceMs).map(({atMs, amounts: {ms}}) => ({
      atMs,
      state,
      isGap,
      ms,
      milliwattMs: ms * milliwatts,
    }));
  const {hours, minutes} = booking;
  const minutesSinceMs = nowMs - MINUTES_KEPT_MS;
  return {
    ...booking,
    hours: {...hours, times: addTimes(hours.times, entries(MS_PER_HOUR))},
    minutes: {...minutes, times: addTimes(minutes.times, entries(MS_PER_MINUTE, minutesSinceMs))},
  };
}

/** What a run's totals grew by in a span: from those of `before` to those that `run` has. */
export type RunGrowth = {
  readonly run: LedgerRun;
  readonly before: LedgerRun['booked'];
  readonly span: Span;
  readonly isGap: boolean;
};

/** The booking with this growth added; `run.booked` is booked with it. It has no minutes that end before `minutesSinceMs`. */
export function withGrowth(
  booking: PendingBooking,
  growth: RunGrowth,
  minutesSinceMs = growth.span.untilMs - MINUTES_KEPT_MS,
): PendingBooking {
  const {run, span} = growth;
  const runs = [...booking.runs.filter(({runId}) => runId !== run.runId), run];
  return span.untilMs - span.fromMs >= MOST_PENDING_MS
    ? {...booking, runs, longGrowth: [...booking.longGrowth, growth]}
    : withTokens({...booking, runs}, growth, minutesSinceMs);
}

function withTokens(
  booking: PendingBooking,
  {run, before, span, isGap}: RunGrowth,
  minutesSinceMs: number,
): PendingBooking {
  const hours: TokenEntry[] = [];
  const minutes: TokenEntry[] = [];
  for (const source of tokenSources) {
    const amounts = growthOfCounts(before[source], run.booked[source]);
    if (amounts.input === 0 && amounts.cached === 0 && amounts.output === 0) continue;
    const add = (entries: TokenEntry[], unitMs: number, sinceMs?: number): void => {
      for (const part of spreadOver(span, unitMs, amounts, sinceMs)) {
        entries.push({atMs: part.atMs, runId: run.runId, source, isGap, tokens: part.amounts});
      }
    };
    add(hours, MS_PER_HOUR);
    add(minutes, MS_PER_MINUTE, minutesSinceMs);
  }
  return {
    ...booking,
    hours: {...booking.hours, tokens: addTokens(booking.hours.tokens, hours)},
    minutes: {...booking.minutes, tokens: addTokens(booking.minutes.tokens, minutes)},
  };
}

/**
 * Both as one, if they are at the same prices and together small enough to be booked at a time: `later` follows `earlier`. Null
 * if they are not.
 */
export function joined(earlier: PendingBooking, later: PendingBooking): PendingBooking | null {
  if ([earlier, later].every(({long, longGrowth}) => long.length + longGrowth.length > 0)) return null;
  const minutes = [earlier, later].map((booking) => booking.minutes.times.length + booking.minutes.tokens.length);
  if (minutes.every((count) => count > 0) && minutes.reduce((sum, count) => sum + count) > MOST_JOINED) return null;
  if (JSON.stringify(earlier.prices) !== JSON.stringify(later.prices)) return null;
  const runs = [...earlier.runs.filter((run) => later.runs.every(({runId}) => runId !== run.runId)), ...later.runs];
  const sum = (one: PendingBooking['hours'], other: PendingBooking['hours']): PendingBooking['hours'] => ({
    tokens: addTokens(one.tokens, other.tokens),
    times: addTimes(one.times, other.times),
  });
  return {
    ...later,
    since: earlier.since,
    runs,
    hours: sum(earlier.hours, later.hours),
    minutes: sum(earlier.minutes, later.minutes),
    gaps: [...earlier.gaps, ...later.gaps],
    long: [...earlier.long, ...later.long],
    longGrowth: [...earlier.longGrowth, ...later.longGrowth],
  };
}

/** What a booking adds to the totals of a run, by source. */
export function bookedGrowth(
  {hours, longGrowth}: Pick<PendingBooking, 'hours' | 'longGrowth'>,
  runId: string,
): LedgerRun['booked'] {
  const sums = {...noTotals};
  for (const {run, before} of longGrowth) {
    if (run.runId !== runId) continue;
    for (const source of tokenSources) {
      sums[source] = sumOfCounts(sums[source], growthOfCounts(before[source], run.booked[source]));
    }
  }
  for (const entry of hours.tokens) {
    if (entry.runId === runId) sums[entry.source] = sumOfCounts(sums[entry.source], entry.tokens);
  }
  return sums;
}

/** The booking without the entries of a run. */
export function withoutRun(booking: PendingBooking, runId: string): PendingBooking {
  const others = (entries: readonly TokenEntry[]): readonly TokenEntry[] =>
    entries.filter((entry) => entry.runId !== runId);
  return {
    ...booking,
    runs: booking.runs.filter((run) => run.runId !== runId),
    longGrowth: booking.longGrowth.filter(({run}) => run.runId !== runId),
    hours: {...booking.hours, tokens: others(booking.hours.tokens)},
    minutes: {...booking.minutes, tokens: others(booking.minutes.tokens)},
  };
}

/** A booking that fell behind by a day keeps no minutes that are older: they are of interest only while they are new. */
export function withoutOldMinutes(booking: PendingBooking, nowMs: number): PendingBooking {
  const sinceMs = slotOf(nowMs - MINUTES_KEPT_MS, MS_PER_MINUTE);
  const isOld = ({atMs}: {readonly atMs: number}): boolean => atMs < sinceMs;
  const {tokens, times} = booking.minutes;
  if (!tokens.some(isOld) && !times.some(isOld)) return booking;
  const minutes = {tokens: tokens.filter((one) => !isOld(one)), times: times.filter((one) => !isOld(one))};
  return {...booking, minutes};
}

/** Never below zero: what is booked stays booked. */
function growthOfCounts(before: TokenCounts, after: TokenCounts): TokenCounts {
  return {
    input: Math.max(0, after.input - before.input),
    cached: Math.max(0, after.cached - before.cached),
    output: Math.max(0, after.output - before.output),
  };
}

function addTimes(entries: readonly TimeEntry[], added: readonly TimeEntry[]): readonly TimeEntry[] {
  return addEntries(entries, added, keyOfTime, (one, other) => ({
    ...one,
    ms: one.ms + other.ms,
    milliwattMs: one.milliwattMs + other.milliwattMs,
  }));
}

function addTokens(entries: readonly TokenEntry[], added: readonly TokenEntry[]): readonly TokenEntry[] {
  return addEntries(entries, added, keyOfTokens, (one, other) => ({
    ...one,
    tokens: sumOfCounts(one.tokens, other.tokens),
  }));
}

function addEntries<T>(
  entries: readonly T[],
  added: readonly T[],
  keyOf: (entry: T) => string,
  sumOf: (one: T, other: T) => T,
): readonly T[] {
  if (added.length === 0) return entries;
  const byKey = new Map(entries.map((entry) => [keyOf(entry), entry]));
  for (const entry of added) {
    const key = keyOf(entry);
    const before = byKey.get(key);
    byKey.set(key, before === undefined ? entry : sumOf(before, entry));
  }
  return [...byKey.values()];
}

const keyOfTime = ({atMs, state, isGap}: TimeEntry): string => `${atMs} ${state} ${isGap}`;
const keyOfTokens = ({atMs, runId, source, isGap}: TokenEntry): string => `${atMs} ${source} ${isGap} ${runId}`;
