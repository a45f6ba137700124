import {describe, expect, test} from 'vitest';
import type {LedgerClock, LedgerRun} from '../../../../src/domain/cost/ledger/entries.ts';
import {
  type LedgerState,
  nextBooking,
  withoutFirstBooking,
  withRun,
  withTimeUntil,
  withTotals,
} from '../../../../src/domain/cost/ledger/ledger-state.ts';
import {bookedGrowth} from '../../../../src/domain/cost/ledger/pending-bookings.ts';
import {reconciled} from '../../../../src/domain/cost/ledger/reconcile.ts';
import {
  clientOutput,
  ledgerRun,
  ledgerSince,
  momentAt,
  nodePrices,
  plainTerms,
  timesOf,
} from '../../../support/build-ledger.ts';

const serving = {state: 'serving', runId: 'r1', milliwatts: 0} as const;

function contents(clock: LedgerClock | null, run: LedgerRun | null) {
  return {clock, run: () => run};
}

/** Two bookings at two prices: 10 tokens until 1 s, 30 until 2 s. */
function pending(): LedgerState {
  let state = withRun(ledgerSince(momentAt(0)), ledgerRun('r1'), momentAt(0));
  for (const [seconds, output] of [
    [1, 10],
    [2, 30],
  ] as const) {
    state = withTotals(state, ledgerRun('r1', output), momentAt(seconds * 1_000));
    const terms = plainTerms({pricesAt: () => nodePrices(10 + seconds)});
    state = withTimeUntil(state, momentAt(seconds * 1_000), serving, terms);
  }
  return state;
}

function outputs(state: LedgerState): readonly number[] {
  return state.bookings.map((one) => bookedGrowth(one, 'r1').client.output);
}

describe('what is pending and what the ledger has', () => {
  test('nothing of it: all of it stays', () => {
    expect(reconciled(pending(), contents(null, null))).toEqual(pending());
  });

  test.each([1, 2, 3])('%i commits that nobody could note are not repeated', (count) => {
    let state = pending();
    let clock: LedgerClock | null = null;
    let run: LedgerRun | null = null;
    for (let done = 0; done < count; done++) {
      const booking = nextBooking(state);
      clock = booking?.clock ?? clock;
      run = booking?.runs[0] ?? run;
      state = withoutFirstBooking(state);
    }
    expect(reconciled(pending(), contents(clock, run))).toEqual(state);
  });

  test('a ledger that lost its latest bookings gets the tokens again, and the time as unobserved', () => {
    const clock = {coveredSinceMs: 0, coveredUntilMs: 1_000, bootId: 'boot', uptimeMs: 1_000};
    const later = {...clock, coveredUntilMs: 61_000, uptimeMs: 61_000};
    let state = withRun(ledgerSince(momentAt(61_000), later), ledgerRun('r1', 50), momentAt(61_000));
    state = withTotals(state, ledgerRun('r1', 60), momentAt(62_000));
    state = withTimeUntil(state, momentAt(62_000), serving, plainTerms());
    const found = reconciled(state, contents(clock, ledgerRun('r1', 20)));
    expect(timesOf(found.bookings)).toEqual({serving: 1_000, 'unobserved gap': 60_000});
    expect(found.bookings[0]?.since).toEqual(clock);
    expect(outputs(found)).toEqual([40]);
  });

  test('a ledger that is ahead of the file takes nothing twice', () => {
    const clock = {coveredSinceMs: 0, coveredUntilMs: 5_000, bootId: 'boot', uptimeMs: 5_000};
    const found = reconciled(pending(), contents(clock, ledgerRun('r1', 70)));
    expect(nextBooking(found)).toBeNull();
    expect(found.at).toEqual(momentAt(5_000));
    expect(found.runs[0]?.run.booked).toEqual(clientOutput(70));
  });

  test('a ledger that is gone gets what is pending; earlier tokens of the run are in no hour', () => {
    let state = withoutFirstBooking(pending());
    state = withTotals(state, ledgerRun('r1', 35), momentAt(3_000));
    const found = reconciled(state, contents(null, null));
    expect(found.bookings[0]?.since).toBeNull();
    expect(outputs(found).reduce((sum, one) => sum + one, 0)).toBe(outputs(state).reduce((sum, one) => sum + one, 0));
    expect(nextBooking(found)?.runs[0]?.isWholeRun).toBe(false);
  });
});
