import {afterEach, describe, expect, test} from 'vitest';
import type {LedgerClock, PriceDocument} from '../../../src/domain/cost/ledger/entries.ts';
import {type HistoryStore, openHistory} from '../../../src/history/open-history.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {bookedMinute, bookedPrices, bookedRun, clockAt, HOUR_MS, zeroTokens} from '../../support/build-booking.ts';

let stores: HistoryStore[] = [];

afterEach(() => {
  for (const store of stores) store.close();
  stores = [];
});

function open(): HistoryStore {
  const opened = openHistory({path: ':memory:'});
  if (!opened.ok) throw new Error(opened.error.message);
  stores.push(opened.value);
  return opened.value;
}

describe('a booking', () => {
  const tokens = {input: 100, cached: 900, output: 10};

  test('adds to the hour and to its minute, and sets what is booked', async () => {
    const {ledger} = open();
    expect(ledger.clock()).toEqual({ok: true, value: null});
    expect(ledger.run('run-1')).toEqual({ok: true, value: null});
    expect(ledger.book(bookedMinute(null, HOUR_MS, tokens, bookedRun(tokens)))).toEqual({ok: true, value: null});
    const twice = {input: 200, cached: 1_800, output: 20};
    const at = clockAt(HOUR_MS + MS_PER_MINUTE);
    expect(ledger.book(bookedMinute(at, HOUR_MS + MS_PER_MINUTE, tokens, bookedRun(twice)))).toEqual({
      ok: true,
      value: null,
    });
    expect(ledger.clock()).toEqual({ok: true, value: clockAt(HOUR_MS + 2 * MS_PER_MINUTE)});
    expect(ledger.run('run-1')).toEqual({ok: true, value: bookedRun(twice)});
    const hours = await ledger.hours(HOUR_MS + 5, HOUR_MS + MS_PER_HOUR);
    expect(hours.ok && hours.value.tokens).toEqual([
      {atMs: HOUR_MS, runId: 'run-1', source: 'client', isGap: false, epoch: 1, tokens: twice},
    ]);
    expect(hours.ok && hours.value.times).toEqual([
      {
        atMs: HOUR_MS,
        state: 'serving',
        isGap: false,
        epoch: 1,
        ms: 2 * MS_PER_MINUTE,
        milliwattMs: 2 * 5_600_000 * MS_PER_MINUTE,
      },
    ]);
    const {isWholeRun: _, booked: __, ...settings} = bookedRun(twice);
    expect(hours.ok && hours.value.runs).toEqual([settings]);
    const minutes = await ledger.minutes(HOUR_MS + MS_PER_MINUTE, HOUR_MS + MS_PER_HOUR);
    expect(minutes.ok && minutes.value.tokens).toEqual([
      {atMs: HOUR_MS + MS_PER_MINUTE, source: 'client', isGap: false, epoch: 1, tokens},
    ]);
    expect(await ledger.sums(0)).toEqual({
      ok: true,
      value: {
        tokens: [{epoch: 1, source: 'client', tokens: twice}],
        times: [{epoch: 1, state: 'serving', isGap: false, ms: 2 * MS_PER_MINUTE, milliwattMs: 672_000_000_000n}],
      },
    });
  });

  test('that was computed from an earlier state of the ledger is refused as a whole', async () => {
    const {ledger} = open();
    const first = bookedMinute(null, HOUR_MS, tokens, bookedRun(tokens));
    expect(ledger.book(first).ok).toBe(true);
    for (const again of [first, {...first, since: clockAt(HOUR_MS)}]) {
      const refused = ledger.book(again);
      expect(!refused.ok && refused.error.code).toBe('ledger.moved');
    }
    const notWhatItGrewBy = bookedMinute(
      clockAt(HOUR_MS + MS_PER_MINUTE),
      HOUR_MS + MS_PER_MINUTE,
      tokens,
      bookedRun(tokens),
    );
    const refused = ledger.book(notWhatItGrewBy);
    expect(!refused.ok && refused.error.code).toBe('ledger.moved');
    const sums = await ledger.sums(0);
    expect(sums.ok && sums.value.tokens).toEqual([{epoch: 1, source: 'client', tokens}]);
    expect(ledger.clock()).toEqual({ok: true, value: clockAt(HOUR_MS + MS_PER_MINUTE)});
  });

  test('of an engine that ran before Gantry leaves its earlier tokens out of the hours', async () => {
    const {ledger} = open();
    const before = bookedRun({input: 5_000, cached: 0, output: 400}, {isWholeRun: false});
    expect(ledger.book({...bookedMinute(null, HOUR_MS, zeroTokens, before)}).ok).toBe(true);
    const sums = await ledger.sums(0);
    expect(sums.ok && sums.value.tokens).toEqual([]);
    expect(ledger.run('run-1')).toEqual({ok: true, value: before});
  });

  test('with an amount that is no whole number, or less than none, changes nothing', () => {
    const {ledger} = open();
    const booking = bookedMinute(null, HOUR_MS, tokens, bookedRun(tokens));
    for (const ms of [0.5, -1, Number.NaN]) {
      const times = booking.hours.times.map((time) => ({...time, ms}));
      expect(ledger.book({...booking, hours: {...booking.hours, times}}).ok).toBe(false);
    }
    expect(ledger.clock()).toEqual({ok: true, value: null});
    expect(ledger.epochs()).toEqual({ok: true, value: []});
  });

  test('at other prices begins an epoch, and one at the same prices none', () => {
    const {ledger} = open();
    const dearer: PriceDocument = {...bookedPrices, node: {...bookedPrices.node, microUsdPerHour: 30_000_000}};
    let since: LedgerClock | null = null;
    for (const [index, inForce] of [bookedPrices, bookedPrices, dearer, bookedPrices].entries()) {
      const booking = bookedMinute(since, HOUR_MS + index * MS_PER_MINUTE, zeroTokens, bookedRun(zeroTokens));
      expect(ledger.book({...booking, prices: inForce}).ok).toBe(true);
      since = booking.clock;
    }
    const epochs = ledger.epochs();
    expect(epochs.ok && epochs.value).toEqual([
      {id: 1, sinceMs: HOUR_MS + MS_PER_MINUTE, prices: bookedPrices},
      {id: 2, sinceMs: HOUR_MS + 2 * MS_PER_MINUTE, prices: dearer},
      {id: 3, sinceMs: HOUR_MS + 3 * MS_PER_MINUTE, prices: bookedPrices},
    ]);
  });

  test('leaves the minutes of the latest 25 hours', async () => {
    const {ledger} = open();
    let since: LedgerClock | null = null;
    for (const hour of [0, 24, 26]) {
      const booking = bookedMinute(since, HOUR_MS + hour * MS_PER_HOUR, zeroTokens, bookedRun(zeroTokens));
      expect(ledger.book(booking).ok).toBe(true);
      since = booking.clock;
    }
    const minutes = await ledger.minutes(0, Number.MAX_SAFE_INTEGER);
    expect(minutes.ok && minutes.value.times.map(({atMs}) => (atMs - HOUR_MS) / MS_PER_HOUR)).toEqual([24, 26]);
  });
});

test('hours far apart, as after a clock that was set wrong, are read in time', async () => {
  const {ledger} = open();
  const booking = bookedMinute(null, HOUR_MS, zeroTokens, bookedRun(zeroTokens));
  const [time] = booking.hours.times;
  if (time === undefined) throw new Error('a booking without time');
  const far = [HOUR_MS, HOUR_MS + 1_000_000 * MS_PER_HOUR].map((atMs) => ({...time, atMs}));
  expect(ledger.book({...booking, hours: {...booking.hours, times: far}}).ok).toBe(true);
  const hours = await ledger.hours(0, Number.MAX_SAFE_INTEGER);
  expect(hours.ok && hours.value.times.map(({atMs}) => atMs)).toEqual(far.map(({atMs}) => atMs));
});

test('the newest results of benchmarks come first', () => {
  const {ledger} = open();
  for (const atMs of [1, 2, 3])
    expect(ledger.putBench({atMs, runId: 'run-1', tool: 'vllm bench', document: {rate: atMs}}).ok).toBe(true);
  const benches = ledger.benches(2);
  expect(benches.ok && benches.value.map(({document}) => document)).toEqual([{rate: 3}, {rate: 2}]);
});
