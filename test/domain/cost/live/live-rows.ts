import type {NodeState, TokenCounts} from '../../../../src/domain/cost/ledger/entries.ts';
import type {PricedEntries} from '../../../../src/domain/cost/live/window-cost.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../../src/shared/units.ts';
import {bookedPrices} from '../../../support/build-booking.ts';

/** 2026-11-28 12:00 UTC, a day of a month of thirty. */
export const NOON_MS = Date.UTC(2026, 10, 28, 12);

/** $28.80 an hour, and the API of the published guide: $0.95, $0.19 and $4 per million. */
export const prices = bookedPrices;

/** An hour of 1M new, 10M cached and 2M generated tokens: $0.95 + $1.90 + $8. */
export const busyHour: TokenCounts = {input: 1_000_000, cached: 10_000_000, output: 2_000_000};
export const BUSY_HOUR_MICRO_USD = 10_850_000;

export function hoursOf(
  sinceMs: number,
  count: number,
  {tokens = busyHour, state = 'serving'}: {readonly tokens?: TokenCounts; readonly state?: NodeState} = {},
): PricedEntries {
  return entriesOf(sinceMs, count, MS_PER_HOUR, tokens, state);
}

export function minutesOf(
  sinceMs: number,
  count: number,
  {
    tokens = {input: 0, cached: 0, output: 0},
    state = 'serving',
  }: {readonly tokens?: TokenCounts; readonly state?: NodeState} = {},
): PricedEntries {
  return entriesOf(sinceMs, count, MS_PER_MINUTE, tokens, state);
}

function entriesOf(
  sinceMs: number,
  count: number,
  lengthMs: number,
  tokens: TokenCounts,
  state: NodeState,
): PricedEntries {
  const starts = Array.from({length: count}, (_, index) => sinceMs + index * lengthMs);
  return {
    prices,
    tokens: starts.map((atMs) => ({atMs, tokens})),
    times: starts.map((atMs) => ({atMs, state, isGap: false, ms: lengthMs, milliwattMs: 0})),
  };
}
