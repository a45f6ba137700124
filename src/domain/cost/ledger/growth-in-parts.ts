import {type TokenCounts, tokenSources} from './entries.ts';
import {MINUTES_KEPT_MS, type PendingBooking, type RunGrowth, withGrowth} from './pending-bookings.ts';

/**
 * The bookings with what a run grew by. Where its page tells of a time in which nobody watched, each booking of that time gets
 * its share, in proportion to the time, and the last one the rest; otherwise all of it is in the open booking.
 */
export function withGrowthInParts(bookings: readonly PendingBooking[], growth: RunGrowth): readonly PendingBooking[] {
  const {run, span} = growth;
  const isTold = ({gaps}: PendingBooking): boolean => gaps.some(({runId}) => runId === run.runId);
  const lastTold = bookings.findLastIndex(isTold);
  const last = lastTold < 0 ? bookings.length - 1 : lastTold;
  const minutesSinceMs = span.untilMs - MINUTES_KEPT_MS;
  let {before} = growth;
  let {fromMs} = span;
  return bookings.map((booking, index) => {
    const untilMs = index === last ? span.untilMs : booking.clock.coveredUntilMs;
    const isPart = isTold(booking) && untilMs > fromMs && untilMs < span.untilMs;
    if (index !== last && !isPart) return booking;
    const booked = index === last ? run.booked : bookedUntil(growth, untilMs);
    const part = {...growth, run: {...run, booked}, before, span: {fromMs, untilMs}};
    before = booked;
    fromMs = untilMs;
    return withGrowth(booking, part, minutesSinceMs);
  });
}

/** What of the run is booked with the part that ends then: whole tokens, of which none is in two parts. */
function bookedUntil({run, before, span}: RunGrowth, untilMs: number): RunGrowth['before'] {
  const share = (untilMs - span.fromMs) / (span.untilMs - span.fromMs);
  const until = (one: number, other: number): number => one + Math.floor(Math.max(0, other - one) * share);
  const booked = {...before};
  for (const source of tokenSources) booked[source] = countsUntil(before[source], run.booked[source], until);
  return booked;
}

function countsUntil(one: TokenCounts, other: TokenCounts, until: (one: number, other: number) => number): TokenCounts {
  return {
    input: until(one.input, other.input),
    cached: until(one.cached, other.cached),
    output: until(one.output, other.output),
  };
}
