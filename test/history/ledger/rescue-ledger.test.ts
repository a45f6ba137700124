import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {beforeEach, expect, test} from 'vitest';
import type {Booking, LedgerClock} from '../../../src/domain/cost/ledger/entries.ts';
import {rescueLedger} from '../../../src/history/ledger/rescue-ledger.ts';
import {EARLIER_TABLES} from '../../../src/history/ledger/take-over-ledger.ts';
import {type HistoryStore, openHistory} from '../../../src/history/open-history.ts';
import {createTables} from '../../../src/history/schema.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {bookedMinute, bookedRun, HOUR_MS} from '../../support/build-booking.ts';

const HOURS = 2_000;
const PAGE_BYTES = 1_024;
/** Of SQLite's file format. */
const APPLICATION_ID_OFFSET = 68;
const tokens = {input: 7, cached: 5, output: 3};

let directory = '';
let file = '';

beforeEach(() => {
  directory = temporaryDirectory('rescue-ledger');
  file = path.join(directory, 'history.sqlite');
});

function opened(): HistoryStore {
  const result = openHistory({path: file});
  if (!result.ok) throw new Error(result.error.message);
  return result.value;
}

/** A ledger with tokens and time in each of `HOURS` hours; its clock is the one of the last minute of them. */
function writeLedger(): LedgerClock {
  const store = opened();
  const total = {input: 7 * HOURS, cached: 5 * HOURS, output: 3 * HOURS};
  const last = bookedMinute(null, HOUR_MS + (HOURS - 1) * MS_PER_HOUR, tokens, bookedRun(total));
  const at = Array.from({length: HOURS}, (_, hour) => HOUR_MS + hour * MS_PER_HOUR);
  const booking: Booking = {
    ...last,
    hours: {
      tokens: at.flatMap((atMs) => last.hours.tokens.map((entry) => ({...entry, atMs}))),
      times: at.flatMap((atMs) => last.hours.times.map((entry) => ({...entry, atMs}))),
    },
  };
  expect(store.ledger.book(booking)).toEqual({ok: true, value: null});
  store.close();
  return booking.clock;
}

/** Fills whole pages, counted from 1, with what is no page. */
function damagePages(pages: readonly number[]): void {
  const descriptor = openSync(file, 'r+');
  for (const page of pages)
    writeSync(descriptor, Buffer.alloc(PAGE_BYTES, 0xa5), 0, PAGE_BYTES, (page - 1) * PAGE_BYTES);
  closeSync(descriptor);
}

test('of a damaged file, the hours that can be read are in the new one, and it is reported how many', async () => {
  const clock = writeLedger();
  const id = readFileSync(file).readInt32BE(APPLICATION_ID_OFFSET);
  const pages = readFileSync(file).length / PAGE_BYTES;
  damagePages([Math.floor(pages * 0.4), Math.floor(pages * 0.5), Math.floor(pages * 0.8)]);
  const store = opened();
  const [warning] = store.warnings;
  const [, kept, all] = /with (\d+) of (\d+) hours of the cost ledger/.exec(warning?.remedy ?? '') ?? [];
  expect(warning?.code).toBe('history.damaged');
  expect(Number(kept)).toBeGreaterThan(HOURS * 0.9);
  expect(Number(all)).toBeGreaterThanOrEqual(Number(kept));
  const hours = await store.ledger.hours(0, Number.MAX_SAFE_INTEGER);
  if (!hours.ok) throw new Error(hours.error.message);
  const rows = hours.value.tokens.length + hours.value.times.length;
  expect(rows).toBeGreaterThan(2 * HOURS * 0.9);
  expect(rows).toBeLessThan(2 * HOURS);
  expect(new Set(hours.value.tokens.map((entry) => entry.tokens.input))).toEqual(new Set([7]));
  expect(store.ledger.clock()).toEqual({ok: true, value: clock});
  // It is still the ledger that an earlier supervisor has kept something for.
  expect(store.ledger.id()).toEqual({ok: true, value: id});
  // What is booked of the run stays: the lost hours are not booked again.
  const run = store.ledger.run('run-1');
  expect(run.ok && run.value?.booked.client.input).toBe(7 * HOURS);
  store.close();
  const again = opened();
  expect(again.warnings).toEqual([]);
  again.close();
});

test('of a damaged file of version 13, the hours that can be read are taken over', async () => {
  const earlier = new DatabaseSync(file);
  earlier.exec(`PRAGMA page_size = ${PAGE_BYTES}; ${EARLIER_TABLES}; PRAGMA user_version = 13; BEGIN`);
  const insert = earlier.prepare('INSERT INTO ledger VALUES (?, 28.8, 0.5, 100, 50, 10)');
  for (let hour = 0; hour < HOURS; hour++) insert.run(HOUR_MS + hour * MS_PER_HOUR);
  const untilMs = HOUR_MS + HOURS * MS_PER_HOUR;
  earlier.prepare('INSERT INTO run_ledgers VALUES (?, ?)').run('run-1', JSON.stringify({untilMs}));
  earlier.exec('COMMIT');
  earlier.close();
  damagePages([Math.floor(readFileSync(file).length / PAGE_BYTES / 2)]);
  const store = opened();
  const [, kept, all] = /with (\d+) of (\d+) hours of the cost ledger/.exec(store.warnings[0]?.remedy ?? '') ?? [];
  expect(Number(all)).toBe(HOURS);
  expect(Number(kept)).toBeGreaterThan(HOURS * 0.9);
  expect(Number(kept)).toBeLessThan(HOURS);
  const hours = await store.ledger.hours(0, Number.MAX_SAFE_INTEGER);
  expect(hours.ok && hours.value.legacy).toHaveLength(Number(kept));
  expect(hours.ok && hours.value.tokens).toHaveLength(Number(kept));
  const clock = store.ledger.clock();
  expect(clock.ok && clock.value?.coveredUntilMs).toBe(untilMs);
  store.close();
});

test('whatever page is damaged, the history opens, no hour is there twice, and the file is kept aside', async () => {
  writeLedger();
  const whole = readFileSync(file);
  const pages = whole.length / PAGE_BYTES;
  for (const page of [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, pages - 1].filter((each) => each <= pages)) {
    writeFileSync(file, whole);
    damagePages([page]);
    const store = opened();
    const sums = await store.ledger.sums(0);
    if (sums.ok) for (const sum of sums.value.tokens) expect(sum.tokens.input).toBeLessThanOrEqual(7 * HOURS);
    const clock = store.ledger.clock();
    expect([page, clock.ok]).toEqual([page, true]);
    store.close();
  }
  expect(readdirSync(directory).some((name) => name.includes('.damaged-'))).toBe(true);
});

test('a process that ended between the two moves is followed by one that ends them', async () => {
  writeLedger();
  renameSync(file, `${file}.rebuilt`);
  const store = opened();
  const sums = await store.ledger.sums(0);
  expect(sums.ok && sums.value.tokens[0]?.tokens.input).toBe(7 * HOURS);
  expect(existsSync(`${file}.rebuilt`)).toBe(false);
  store.close();
});

test('without a readable clock, time is booked until the end of what the last hour has', () => {
  writeLedger();
  const whole = new DatabaseSync(file);
  whole.exec('DELETE FROM ledger_clock');
  const into = new DatabaseSync(':memory:');
  createTables(into);
  expect(rescueLedger(whole, into, HOUR_MS)).toEqual({hours: HOURS, lostHours: 0});
  expect(into.prepare('SELECT since_ms, covered_ms, boot_id FROM ledger_clock').get()).toEqual({
    since_ms: HOUR_MS,
    covered_ms: HOUR_MS + (HOURS - 1) * MS_PER_HOUR + MS_PER_MINUTE,
    boot_id: '',
  });
  whole.close();
  into.close();
});
