import {mkdirSync, readdirSync, readFileSync, rmdirSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {afterEach, beforeEach, describe, expect, test, vi} from 'vitest';
import {historySeriesNames} from '../../src/api/history.ts';
import {defaultFindingThresholds} from '../../src/domain/diagnosis/conditions/finding-thresholds.ts';
import {type KeptMemory, keepMemory} from '../../src/domain/diagnosis/serving/kept-memory.ts';
import {type MemoryTrack, withReadings} from '../../src/domain/diagnosis/serving/memory-track.ts';
import {withBaselines} from '../../src/domain/diagnosis/serving/run-growth.ts';
import {unseenServing} from '../../src/domain/diagnosis/serving/serving-conditions.ts';
import {type HistoryStore, openHistory} from '../../src/history/open-history.ts';
import {readPastEvents} from '../../src/history/past/read-past-events.ts';
import {BYTES_PER_MIB} from '../../src/shared/units.ts';
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

const notes = {runId: 'run-1', conditions: null, ownCounters: {}};

test('all records exist after a restart, including those not yet written', () => {
  const first = open();
  for (let second = 0; second < 8; second += 1) first.recordSample(NOW_MS + second * 1_000, {waitingRequests: second});
  const second = reopen(first);
  expect(second.readSeries(['waitingRequests'], NOW_MS, NOW_MS + 9_000).series.waitingRequests).toHaveLength(8);
  expect(second.warnings).toEqual([]);
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

test('a full disk is reported, and what waited is written when there is space again', () => {
  const history = open();
  expect(history.recordSample(NOW_MS, {waitingRequests: 1})).toMatchObject({ok: true});
  const other = new DatabaseSync(file);
  other.exec('BEGIN IMMEDIATE');
  expect(history.recordSample(NOW_MS + 60_000, {waitingRequests: 2})).toMatchObject({
    ok: false,
    error: {code: 'history.not-written', remedy: expect.stringMatching(/./)},
  });
  expect(history.recordSample(NOW_MS + 61_000, {waitingRequests: 3})).toMatchObject({ok: true});
  other.exec('ROLLBACK');
  other.close();
  expect(history.canWrite).toBe(false);
  expect(history.recordSample(NOW_MS + 65_000, {waitingRequests: 4})).toMatchObject({ok: true});
  const values = history.readSeries(['waitingRequests'], NOW_MS, NOW_MS + 90_000).series.waitingRequests ?? [];
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

test('a history from before rows had all series keeps its samples', () => {
  const old = new DatabaseSync(file);
  for (const tier of ['1s', '10s', '60s']) {
    old.exec(`
      CREATE TABLE samples_${tier} (
        series TEXT NOT NULL, at_ms INTEGER NOT NULL, sum REAL NOT NULL, count INTEGER NOT NULL,
        PRIMARY KEY (series, at_ms)) WITHOUT ROWID;
      INSERT INTO samples_${tier} VALUES
        ('waitingRequests', ${NOW_MS}, 3, 1), ('kvUsageRatio', ${NOW_MS}, 0, 0), ('gone', ${NOW_MS}, 1, 1),
        ('waitingRequests', ${NOW_MS + 1_000}, 8, 2)`);
  }
  old.exec('PRAGMA user_version = 6');
  old.close();
  const expected = {
    waitingRequests: [
      {atMs: NOW_MS, value: 3},
      {atMs: NOW_MS + 1_000, value: 4},
    ],
    kvUsageRatio: [{atMs: NOW_MS, value: null}],
    runningRequests: [],
  };
  const names = ['waitingRequests', 'kvUsageRatio', 'runningRequests'] as const;
  const first = open();
  expect(first.readSeries(names, NOW_MS, NOW_MS + 1_000).series).toEqual(expected);
  expect(reopen(first).readSeries(names, NOW_MS, NOW_MS + 1_000).series).toEqual(expected);
});

/** Bytes that this process has handed to the kernel for files. */
function bytesWritten(): number {
  return Number(/^wchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
}

/** Memory of a run whose GPUs all change a little, as after `seconds` of serving. */
function memoryAfter(seconds: number, gpus: number): KeptMemory {
  let track: MemoryTrack = new Map();
  const {windowMs} = defaultFindingThresholds.memoryGrowth;
  for (let second = Math.max(0, seconds - 600); second <= seconds; second += 10) {
    const readings = Array.from({length: gpus}, (_, index) => {
      const usedBytes = (130_000 + ((second / 10 + index) % 7)) * BYTES_PER_MIB;
      return {index, usedBytes, othersBytes: 0};
    });
    track = withReadings(track, readings, second * 1_000 + 0.25, windowMs);
  }
  const baselines = withBaselines(new Map(), track);
  const stamp = {sampledAtMs: NOW_MS + seconds * 1_000, monotonicMs: seconds * 1_000};
  return keepMemory({...unseenServing.memory, track, baselines}, stamp);
}

test.each([
  [8, 1_024],
  [64, 2_560],
])('an hour at rest with %i GPUs, with consoles that read, writes less than %i bytes per second', (gpus, bound) => {
  const history = open();
  const before = bytesWritten();
  for (let second = 0; second < 3_600; second += 1) {
    const atMs = NOW_MS + second * 1_000;
    history.keepRunNotes({...notes, ownCounters: {promptTokensTotal: {read: second, own: second}}});
    if (second % 10 === 0) history.keepRunMemory('run-1', memoryAfter(second, gpus));
    const values = Object.fromEntries(historySeriesNames.map((name) => [name, second]));
    const ofGpus = Array.from({length: gpus}, (_, index) => ({
      index,
      // With the digits that nvidia-smi prints.
      values: {
        memoryUsedBytes: (130_000 + ((second + index) % 7)) * BYTES_PER_MIB,
        utilizationRatio: ((second + index) % 100) / 100,
        powerDrawWatts: 388 + ((second + index) % 97) / 100,
        temperatureCelsius: 50 + ((second + index) % 3),
        throttledRatio: 0,
      },
    }));
    expect(history.recordSample(atMs, values, ofGpus)).toEqual({ok: true, value: null});
    if (second % 10 === 0)
      expect(history.readSeries(['kvUsageRatio'], NOW_MS, atMs).series.kvUsageRatio).toHaveLength(second + 1);
  }
  expect((bytesWritten() - before) / 3_600).toBeLessThan(bound);
});

describe('of a supervisor that is killed', () => {
  test('a minute of samples is lost, and of the notes of its run two seconds', () => {
    const killed = open();
    for (let second = 0; second < 119; second += 1) {
      killed.keepRunNotes({...notes, ownCounters: {promptTokensTotal: {read: second, own: 1}}});
      killed.recordSample(NOW_MS + second * 1_000, {waitingRequests: second});
    }
    const next = open();
    const points = next.readSeries(['waitingRequests'], NOW_MS, NOW_MS + 200_000).series.waitingRequests ?? [];
    expect(points.at(-1)).toEqual({atMs: NOW_MS + 60_000, value: 60});
    expect(next.readRunNotes('run-1')?.ownCounters.promptTokensTotal?.read).toBe(118);
    expect(next.readRunNotes('run-2')).toBeNull();
  });

  test.each([
    ['while it wrote its notes', (text: Buffer) => text.fill(0, text.indexOf('"read":10') + 3)],
    ['with a file full of garbage before', (text: Buffer) => text.fill('{"', 0, text.indexOf('"read":5'))],
  ])('%s, the last complete version counts', (_, damage) => {
    const killed = open();
    for (const second of [0, 5, 10]) {
      killed.keepRunNotes({...notes, ownCounters: {promptTokensTotal: {read: second, own: 1}}});
      killed.recordSample(NOW_MS + second * 1_000, {});
    }
    const bytes = readFileSync(`${file}.run`);
    damage(bytes);
    writeFileSync(`${file}.run`, bytes);
    expect([5, 10]).toContain(open().readRunNotes('run-1')?.ownCounters.promptTokensTotal?.read);
  });
});

test('notes that cannot be written are reported until they can', () => {
  const history = open();
  mkdirSync(`${file}.run`);
  history.keepRunNotes(notes);
  expect(history.recordSample(NOW_MS, {})).toMatchObject({ok: false, error: {code: 'history.not-written'}});
  expect([history.canWrite, history.readRunNotes('run-1')]).toEqual([false, notes]);
  rmdirSync(`${file}.run`);
  expect(history.recordSample(NOW_MS + 5_000, {})).toEqual({ok: true, value: null});
  expect(history.canWrite).toBe(true);
});

test('after the first minutes, nothing is prepared again', () => {
  const history = open();
  const work = (second: number): void => {
    const atMs = NOW_MS + second * 1_000;
    history.recordSample(atMs, Object.fromEntries(historySeriesNames.map((name) => [name, second])));
    history.recordEvent(buildEvent({atMs}));
    history.readSeries(historySeriesNames, atMs - 10_000, atMs);
    history.readEvents({sinceMs: 0, limit: 5});
    history.readStarts(5);
    history.readOutcomes(5);
    history.readRunMemory('run-1');
  };
  for (let second = 0; second < 1_300; second += 1) work(second);
  const prepared = vi.spyOn(DatabaseSync.prototype, 'prepare');
  for (let second = 1_300; second < 2_600; second += 1) work(second);
  expect(prepared.mock.calls.map(([sql]) => sql)).toEqual([]);
  prepared.mockRestore();
});
