import {describe, expect, test} from 'vitest';
import type {Booking} from '../../../../src/domain/cost/ledger/entries.ts';
import {
  type LedgerState,
  nextBooking,
  withEarlierBill,
  withoutFirstBooking,
  withRun,
  withRunEnded,
  withTimeUntil,
  withTotals,
} from '../../../../src/domain/cost/ledger/ledger-state.ts';
import {
  clientOutput,
  ledgerRun,
  ledgerSince,
  momentAt,
  nodePrices,
  plainTerms,
  timesOf,
} from '../../../support/build-ledger.ts';

const HOUR = 3_600_000;
const serving = {state: 'serving', runId: 'r1', milliwatts: 0} as const;
const terms = plainTerms();
const DAY = 24 * HOUR;
const none = {state: 'down', runId: null, milliwatts: 0} as const;

function watched(state: LedgerState, untilMs: number, use: Parameters<typeof withTimeUntil>[2] = serving): LedgerState {
  return withTimeUntil(state, momentAt(untilMs), use, terms);
}

describe('time of the node', () => {
  test('is what it was seen to do, and the energy of its cards', () => {
    const state = watched(ledgerSince(momentAt(HOUR)), HOUR + 1_000, {...serving, milliwatts: 5_600_000});
    expect(nextBooking(state)?.hours.times).toEqual([
      {atMs: HOUR, state: 'serving', isGap: false, ms: 1_000, milliwattMs: 5_600_000_000},
    ]);
    expect(nextBooking(state)?.clock).toEqual({
      coveredSinceMs: HOUR,
      coveredUntilMs: HOUR + 1_000,
      bootId: 'boot',
      uptimeMs: HOUR + 1_000,
    });
  });

  test('is not changed by a clock that is set: the row is that of the clock then', () => {
    let state = watched(ledgerSince(momentAt(HOUR)), HOUR + 1_000);
    state = withTimeUntil(state, momentAt(400 * 24 * HOUR, {uptimeMs: HOUR + 2_000}), serving, terms);
    state = withTimeUntil(state, momentAt(HOUR + 3_000, {uptimeMs: HOUR + 3_000}), serving, terms);
    expect(timesOf(state.bookings)).toEqual({serving: 3_000});
  });

  test('has the energy that the cards last drew in the same state where nothing read them, and the least of any in a new one', () => {
    const energyOf = (state: LedgerState): number =>
      state.bookings.flatMap(({hours}) => hours.times).reduce((sum, {milliwattMs}) => sum + milliwattMs, 0);
    const unread = {...serving, milliwatts: null};
    let state = withRun(ledgerSince(momentAt(0)), ledgerRun('r1', 5), momentAt(0));
    state = watched(state, 1_000, {state: 'idle', runId: 'r1', milliwatts: 700_000});
    state = watched(state, 2_000, {...serving, milliwatts: 5_000_000});
    const before = energyOf(state);
    // A supervisor is killed, and the next one has not read the cards yet.
    state = watched(state, 12_000, unread);
    expect(energyOf(state) - before).toBe(10_000 * 5_000_000);
    const isServed = withTotals(watched(state, 12_000 + HOUR, unread), ledgerRun('r1', 6), momentAt(12_000 + HOUR));
    expect(energyOf(isServed) - energyOf(state)).toBe(HOUR * 5_000_000);
    const isUnused = withTotals(watched(state, 12_000 + HOUR, unread), ledgerRun('r1', 5), momentAt(12_000 + HOUR));
    expect(energyOf(isUnused) - energyOf(state)).toBe(HOUR * 700_000);
    const down = watched(state, 12_000 + HOUR, {state: 'down', runId: null, milliwatts: null});
    expect(energyOf(down) - energyOf(state)).toBe(HOUR * 700_000);
    const rebooted = momentAt(12_000 + HOUR, {bootId: 'later', uptimeMs: 9});
    expect(energyOf(withTimeUntil(state, rebooted, unread, terms))).toBe(energyOf(state));
  });

  test.each([
    {grows: true, now: 'serving gap'},
    {grows: false, now: 'idle gap'},
  ])('in which nobody watched is $now where its run outlasted it and grew: $grows', ({grows, now}) => {
    let state = withRun(watched(ledgerSince(momentAt(0)), 1_000), ledgerRun('r1', 5), momentAt(1_000));
    state = watched(state, 1_000 + HOUR);
    // Nothing tells yet.
    expect(nextBooking(state)).toBeNull();
    state = withTotals(state, ledgerRun('r1', grows ? 3_605 : 5), momentAt(1_000 + HOUR));
    expect(timesOf(state.bookings)).toEqual({serving: 1_000, [now]: HOUR});
    const tokens = nextBooking(state)?.hours.tokens.map(({atMs, isGap, tokens: {output}}) => ({atMs, isGap, output}));
    expect(tokens).toEqual(
      grows
        ? [
            {atMs: 0, isGap: true, output: 3_599},
            {atMs: HOUR, isGap: true, output: 1},
          ]
        : [],
    );
  });

  test('in which nobody watched is down without a run, and as it was where the run ended unseen', () => {
    const none = {state: 'down', runId: null, milliwatts: 9} as const;
    expect(timesOf(watched(ledgerSince(momentAt(0)), HOUR, none).bookings)).toEqual({'down gap': HOUR});
    let state = watched(watched(ledgerSince(momentAt(0)), 1_000), 1_000 + HOUR);
    state = withRunEnded(state, 'r1');
    expect(timesOf(state.bookings)).toEqual({serving: 1_000, 'serving gap': HOUR});
  });

  test.each([
    ['that nobody watched', (days: number) => watched(ledgerSince(momentAt(0)), days * DAY, none)],
    [
      'from before the ledger',
      (days: number) => {
        const began = ledgerSince(momentAt(days * DAY));
        return withEarlierBill(began, plainTerms({billedSinceMs: 0}));
      },
    ],
  ])(
    'of 400 days %s is small until it is booked, in parts that follow one another, each of its hours once',
    (_, of) => {
      let state = of(400);
      expect(JSON.stringify(state).length).toBeLessThan(40_000);
      const bookings: Booking[] = [];
      for (let next = nextBooking(state); next !== null; next = nextBooking(state)) {
        expect(next.since).toEqual(bookings.at(-1)?.clock ?? next.since);
        expect(next.hours.times.length).toBeLessThanOrEqual(7 * 24 + 1);
        expect(next.minutes.times.length).toBeLessThanOrEqual(5 * 60 + 1);
        bookings.push(next);
        state = withoutFirstBooking(state);
      }
      const hours = bookings.flatMap((booking) => booking.hours.times);
      expect(new Set(hours.map(({atMs}) => atMs)).size).toBe(400 * 24);
      expect(hours.reduce((sum, {ms}) => sum + ms, 0)).toBe(400 * DAY);
      // Those of the latest day.
      expect(bookings.flatMap((booking) => booking.minutes.times).length).toBeLessThanOrEqual(25 * 60);
      expect(bookings.at(-1)?.clock).toMatchObject({coveredUntilMs: 400 * DAY});
    },
  );

  test('of 400 days that its run outlasted is booked in parts, each with its share of the tokens', () => {
    let state = watched(withRun(ledgerSince(momentAt(0)), ledgerRun('r1', 5), momentAt(0)), 1);
    state = watched(state, 400 * DAY);
    state = withTotals(state, ledgerRun('r1', 1_000_005), momentAt(400 * DAY));
    expect(JSON.stringify(state).length).toBeLessThan(150_000);
    let booked = 5;
    const outputs = new Map<number, number>();
    for (let next = nextBooking(state); next !== null; next = nextBooking(state)) {
      const {hours, minutes, runs} = next;
      expect(hours.tokens.length + minutes.tokens.length).toBeLessThanOrEqual(5 * 60 + 7);
      for (const {atMs, tokens} of hours.tokens) {
        outputs.set(atMs, (outputs.get(atMs) ?? 0) + tokens.output);
        booked += tokens.output;
      }
      expect(runs.map((run) => run.booked.client.output)).toEqual([booked]);
      state = withoutFirstBooking(state);
    }
    expect(booked).toBe(1_000_005);
    // 104.2 an hour.
    expect([...outputs.values()].filter((output) => output < 103 || output > 106)).toEqual([]);
    expect(outputs.size).toBe(400 * 24);
  });

  test('is that of the bill alone', () => {
    const bill = plainTerms({billedSinceMs: 500, billedUntilMs: 2_000});
    let state = ledgerSince(momentAt(0));
    for (const atMs of [1_000, 1_500, 2_500, 3_000]) state = withTimeUntil(state, momentAt(atMs), serving, bill);
    expect(timesOf(state.bookings)).toEqual({serving: 1_500});
    expect(nextBooking(state)?.clock.coveredUntilMs).toBe(3_000);
  });

  test('before the ledger is added once where the bill began earlier, each part at its price', () => {
    const bill = plainTerms({
      billedSinceMs: HOUR,
      changesAtMs: [2 * HOUR],
      pricesAt: (atMs) => nodePrices(atMs < 2 * HOUR ? 7 : 10),
    });
    let state = watched(ledgerSince(momentAt(5 * HOUR)), 5 * HOUR + 1);
    state = withEarlierBill(withEarlierBill(state, bill), bill);
    const found = state.bookings.map((one) => [one.prices.node.microUsdPerHour, timesOf([one])]);
    expect(found).toEqual([
      [10, {serving: 1, 'unobserved gap': 3 * HOUR}],
      [7, {'unobserved gap': HOUR}],
      [10, {}],
    ]);
    expect(state.bookings.at(-1)?.clock.coveredSinceMs).toBe(HOUR);
  });
});

describe('prices', () => {
  test('that were not dated apply from when they were seen', () => {
    const dear = plainTerms({pricesAt: () => nodePrices(20)});
    let state = withTimeUntil(ledgerSince(momentAt(0)), momentAt(1_000), serving, dear);
    state = withTimeUntil(state, momentAt(3_000), serving, dear);
    const found = state.bookings.map((one) => [one.prices.node.microUsdPerHour, timesOf([one])]);
    expect(found).toEqual([
      [10, {serving: 1_000}],
      [20, {serving: 2_000}],
    ]);
  });

  test('with a date apply from it, also within a time in which nobody watched', () => {
    const dated = plainTerms({changesAtMs: [HOUR], pricesAt: (atMs) => nodePrices(atMs < HOUR ? 10 : 30)});
    const state = withTimeUntil(ledgerSince(momentAt(0)), momentAt(3 * HOUR), none, dated);
    const found = state.bookings.map((one) => [one.prices.node.microUsdPerHour, timesOf([one])]);
    expect(found).toEqual([
      [10, {'down gap': HOUR}],
      [30, {'down gap': 2 * HOUR}],
    ]);
    const [first, second] = state.bookings;
    expect(second?.since).toEqual(first?.clock);
  });
});

describe('a run', () => {
  test('is kept until its last tokens are booked', () => {
    let state = withRun(ledgerSince(momentAt(0)), ledgerRun('r1'), momentAt(0));
    state = withTotals(watched(state, 1_000), ledgerRun('r1', 9), momentAt(1_000));
    state = withRunEnded(state, 'r1');
    expect(state.runs).toHaveLength(1);
    expect(nextBooking(state)?.runs).toEqual([ledgerRun('r1', 9)]);
    state = withoutFirstBooking(state);
    expect(state.runs).toEqual([]);
    expect(nextBooking(state)).toBeNull();
  });

  test('whose totals fell, by an older file, is booked again only above what was booked', () => {
    let state = withRun(ledgerSince(momentAt(0)), ledgerRun('r1', 100), momentAt(0));
    state = withTotals(watched(state, 1_000), {...ledgerRun('r1'), booked: clientOutput(100)}, momentAt(1_000));
    expect(nextBooking(state)?.runs).toEqual([]);
  });
});
