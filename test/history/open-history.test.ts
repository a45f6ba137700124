import {readdirSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {openLedger} from '../../src/domain/cost/ledger.ts';
import {findPriceBook} from '../../src/domain/cost/price-book.ts';
import {type HistoryStore, openHistory} from '../../src/history/open-history.ts';
import {readPastEvents} from '../../src/history/read-past-events.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';
import {buildEvent} from '../support/build-event.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);

let directory = '';
let file = '';
let stores: HistoryStore[] = [];

beforeEach(() => {
  directory = temporaryDirectory('history');
  file = path.join(directory, 'history.sqlite');
});

afterEach(() => {
  for (const store of stores) store.close();
  stores = [];
});

function open(): HistoryStore {
  const opened = openHistory({path: file});
  if (!opened.ok) throw new Error(opened.error.message);
  stores.push(opened.value);
  return opened.value;
}

function reopen(store: HistoryStore): HistoryStore {
  expect(store.close()).toEqual({ok: true, value: null});
  stores = stores.filter((other) => other !== store);
  return open();
}

const ledger = openLedger(NOW_MS, true, {nodeUsdPerHour: 36, prices: findPriceBook('moonshot')});
const hour = {hourAtMs: NOW_MS, nodeUsd: 1, apiUsd: 2, promptTokens: 3, cachedPromptTokens: 4, generationTokens: 5};

test('all records exist after a restart, including those not yet written', () => {
  const first = open();
  for (let second = 0; second < 8; second += 1) first.recordSample(NOW_MS + second * 1_000, {waitingRequests: second});
  first.keepRunLedger('run-1', ledger, [hour]);
  const second = reopen(first);
  expect(second.readSeries(['waitingRequests'], NOW_MS, NOW_MS + 9_000).series.waitingRequests).toHaveLength(8);
  expect(second.readLedger(NOW_MS)).toMatchObject([{nodeUsd: 1, generationTokens: 5}]);
  expect(second.warnings).toEqual([]);
});

test('the ledger of an hour continues after a restart', () => {
  const first = open();
  first.keepRunLedger('run-1', ledger, [hour]);
  const second = reopen(first);
  second.keepRunLedger('run-1', ledger, [hour]);
  expect(second.readLedger(NOW_MS)).toMatchObject([{nodeUsd: 2, generationTokens: 10}]);
});

test('only the owner can read the file', () => {
  open().recordSample(NOW_MS, {waitingRequests: 1});
  for (const name of readdirSync(directory)) expect(statSync(path.join(directory, name)).mode & 0o077).toBe(0);
});

test.each([
  ['no database', () => writeFileSync(file, 'this is no database, and long enough to be looked at '.repeat(40))],
  [
    'damaged in the middle',
    () => {
      const store = open();
      for (let second = 0; second < 3_000; second += 1)
        store.recordSample(NOW_MS + second * 1_000, {waitingRequests: second});
      store.close();
      stores = [];
      const bytes = statSync(file).size;
      const database = new DatabaseSync(file);
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.close();
      writeFileSync(file, Buffer.alloc(Math.floor(bytes / 2), 0xa5), {flag: 'r+', flush: true});
    },
  ],
])('a file that is %s is moved aside, and a new history begins with a warning', (_, damage) => {
  damage();
  const history = open();
  expect(history.warnings).toMatchObject([
    {code: 'history.damaged', remedy: expect.stringContaining('history.sqlite.damaged-')},
  ]);
  expect(readdirSync(directory).some((name) => name.startsWith('history.sqlite.damaged-'))).toBe(true);
  expect(history.recordSample(NOW_MS, {waitingRequests: 1})).toEqual({ok: true, value: null});
  expect(history.readSeries(['waitingRequests'], NOW_MS, NOW_MS).series.waitingRequests).toHaveLength(1);
});

test('a file of a newer Gantry is not touched', () => {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 99');
  database.close();
  expect(openHistory({path: file})).toMatchObject({
    ok: false,
    error: {code: 'history.newer', remedy: expect.stringMatching(/./)},
  });
});

test('a directory that cannot be written is an error with a remedy', () => {
  expect(openHistory({path: path.join(directory, 'missing', 'history.sqlite')})).toMatchObject({
    ok: false,
    error: {code: 'history.unusable', remedy: expect.stringMatching(/./)},
  });
  expect(openHistory({path: directory})).toMatchObject({ok: false, error: {code: 'history.unusable'}});
});

test('the ledgers of all runs that a full disk did not accept are kept and written when there is space again', () => {
  const history = open();
  expect(history.recordSample(NOW_MS, {})).toMatchObject({ok: true});
  const ledger = openLedger(NOW_MS, true, {nodeUsdPerHour: 20, prices: findPriceBook('moonshot')});
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  history.keepRunLedger('run-1', {...ledger, nodeUsd: 1}, []);
  history.keepRunLedger('run-2', {...ledger, nodeUsd: 2}, []);
  expect(history.readRunLedger('run-1')?.nodeUsd).toBe(1);
  history.keepRunLedger('run-3', {...ledger, nodeUsd: 3}, []);
  expect(history.recordSample(NOW_MS + 6_000, {})).toMatchObject({ok: false, error: {code: 'history.not-written'}});
  other.exec('ROLLBACK');
  other.close();
  const again = reopen(history);
  expect(['run-1', 'run-2', 'run-3'].map((runId) => again.readRunLedger(runId)?.nodeUsd)).toEqual([1, 2, 3]);
});

test('a full disk is reported, and what waited is written when there is space again', () => {
  const history = open();
  expect(history.recordSample(NOW_MS, {waitingRequests: 1})).toMatchObject({ok: true});
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  expect(history.recordSample(NOW_MS + 6_000, {waitingRequests: 2})).toMatchObject({
    ok: false,
    error: {code: 'history.not-written', remedy: expect.stringMatching(/./)},
  });
  expect(history.recordSample(NOW_MS + 7_000, {waitingRequests: 3})).toMatchObject({ok: true});
  other.exec('ROLLBACK');
  other.close();
  expect(history.recordSample(NOW_MS + 12_000, {waitingRequests: 4})).toMatchObject({ok: true});
  const values = history.readSeries(['waitingRequests'], NOW_MS, NOW_MS + 20_000).series.waitingRequests ?? [];
  expect(values.map((point) => point.value).filter((value) => value !== null)).toEqual([1, 2, 3, 4]);
});

test('a read that fails returns nothing, and the next sample reports why', () => {
  const history = open();
  const other = new DatabaseSync(file);
  other.exec('DROP TABLE events');
  other.close();
  expect(history.readEvents({sinceMs: 0, limit: 5})).toEqual([]);
  expect(history.recordSample(NOW_MS, {waitingRequests: 1})).toMatchObject({
    ok: false,
    error: {code: 'history.not-read'},
  });
  expect(history.recordSample(NOW_MS + 1_000, {waitingRequests: 1})).toMatchObject({ok: true});
});

test('a start recorded with unknown settings is skipped', () => {
  const history = open();
  const other = new DatabaseSync(file);
  other.exec(
    `INSERT INTO starts VALUES ('a', 'vllm', 1, '{}', '{"engine": "vllm"}'), ('b', 'vllm', 1, 'no json', '{}')`,
  );
  other.close();
  expect(history.readStarts(5)).toEqual([]);
  expect(history.recordSample(NOW_MS, {waitingRequests: 1})).toMatchObject({ok: true});
});

test('after closing, every write is an error and nothing throws', () => {
  const history = open();
  history.close();
  stores = [];
  expect(history.recordEvent(buildEvent())).toMatchObject({ok: false});
  expect(history.readStarts(1)).toEqual([]);
});

test('a history from before events had an actor keeps its events, and accepts new ones', () => {
  const old = new DatabaseSync(file);
  old.exec(`
    CREATE TABLE events (
      id INTEGER PRIMARY KEY, at_ms INTEGER NOT NULL, code TEXT NOT NULL, message TEXT NOT NULL, run_id TEXT);
    INSERT INTO events (at_ms, code, message, run_id) VALUES (${NOW_MS}, 'engine.failed', 'It failed.', 'run-1');
    PRAGMA user_version = 2`);
  old.close();
  const query = {sinceMs: 0, limit: 10};
  expect(readPastEvents(file, query)).toEqual({ok: true, value: []});
  const history = open();
  const added = buildEvent({id: 2, atMs: NOW_MS + 1, details: {settings: {from: '1', to: null}}});
  expect(history.recordEvent(added)).toEqual({ok: true, value: added});
  const expected = [
    {
      id: 1,
      atMs: NOW_MS,
      code: 'engine.failed',
      severity: 'info',
      actor: 'supervisor',
      message: 'It failed.',
      runId: 'run-1',
      details: {},
    },
    added,
  ];
  expect(history.readEvents(query)).toEqual(expected);
  // Opened once more, nothing is added twice.
  expect(reopen(history).readEvents(query)).toEqual(expected);
  expect(readPastEvents(file, query)).toEqual({ok: true, value: expected});
});

test('a missing file has no past events, and one that is not a database is an error', () => {
  expect(readPastEvents(file, {sinceMs: 0, limit: 1})).toEqual({ok: true, value: []});
  writeFileSync(file, 'no database');
  expect(readPastEvents(file, {sinceMs: 0, limit: 1})).toMatchObject({ok: false, error: {code: 'history.not-read'}});
});
