import {expect, test} from 'vitest';
import type {Booking, TimeEntry} from '../../../../src/domain/cost/ledger/entries.ts';
import {isAbsent} from '../../../../src/samples/reading.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../../src/shared/units.ts';
import {LiveLedger} from '../../../../src/supervisor/cost/live/live-ledger.ts';
import {NOON_MS, prices} from '../../../domain/cost/live/live-rows.ts';

type Part = Pick<Booking, 'prices' | 'hours' | 'minutes'>;

/** A minute of the node that serves, with a thousand tokens of clients and as many of Gantry's own requests. */
function minuteAt(atMs: number): Part {
  const time = (startMs: number): TimeEntry => ({
    ...{atMs: startMs, state: 'serving', isGap: false, ms: MS_PER_MINUTE, milliwattMs: 0},
  });
  const tokens = (startMs: number): Booking['hours']['tokens'] =>
    (['client', 'own'] as const).map((source) => ({
      ...{atMs: startMs, runId: 'run', source, isGap: false, tokens: {input: 0, cached: 0, output: 1_000}},
    }));
  const hourMs = Math.floor(atMs / MS_PER_HOUR) * MS_PER_HOUR;
  return {
    prices,
    hours: {tokens: tokens(hourMs), times: [time(hourMs)]},
    minutes: {tokens: tokens(atMs), times: [time(atMs)]},
  };
}

const moment = {nowMs: NOON_MS, inForce: prices, billedUntilMs: null, dated: []};
const parts = Array.from({length: 10}, (_, index) => minuteAt(NOON_MS - (10 - index) * MS_PER_MINUTE));

test('what is booked and what is pending are one sum, wherever the border is', () => {
  const hours = Array.from({length: 11}, (_, booked) => {
    const ledger = new LiveLedger();
    for (const part of parts.slice(0, booked)) ledger.add(part, NOON_MS);
    const {hour, today} = ledger.costAt(moment, parts.slice(booked)).windows;
    return [hour, today];
  });
  const [first] = hours;
  expect(hours).toEqual(hours.map(() => first));
  // Ten thousand tokens of clients at $4 per million: those of Gantry's own requests are worth nothing.
  expect(first?.[0]).toMatchObject({
    coveredMs: 10 * MS_PER_MINUTE,
    apis: [{microUsd: 40_000}],
    nodeMicroUsd: 4_800_000,
  });
});

test('is computed again in the next minute and at other prices, and not in between', () => {
  const ledger = new LiveLedger();
  for (const part of parts) ledger.add(part, NOON_MS);
  const once = ledger.costAt(moment, []);
  expect(ledger.costAt({...moment, nowMs: NOON_MS + 30_000}, [])).toBe(once);
  expect(ledger.costAt({...moment, nowMs: NOON_MS + MS_PER_MINUTE}, [])).not.toBe(once);
  expect(ledger.costAt({...moment, billedUntilMs: NOON_MS}, [])).not.toBe(once);
});

test('the cost since a moment follows what is pending, second by second', () => {
  const ledger = new LiveLedger();
  for (const part of parts.slice(0, 9)) ledger.add(part, NOON_MS);
  const since = (pending: readonly Part[]): number => {
    const microUsd = ledger.costSince(NOON_MS - 5 * MS_PER_MINUTE, pending);
    if (isAbsent(microUsd)) throw new Error(microUsd.absent);
    return microUsd;
  };
  expect([since([]), since(parts.slice(9))]).toEqual([1_920_000, 2_400_000]);
  for (const part of parts.slice(9)) ledger.add(part, NOON_MS);
  expect(since([])).toBe(2_400_000);
});

test('what is older than a month and a week is dropped', () => {
  const ledger = new LiveLedger();
  ledger.add(minuteAt(NOON_MS - 60 * 24 * MS_PER_HOUR), NOON_MS);
  for (const part of parts) ledger.add(part, NOON_MS);
  expect(ledger.costAt(moment, []).windows.month).toMatchObject({coveredMs: 10 * MS_PER_MINUTE});
});
