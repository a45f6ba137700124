import {execFileSync} from 'node:child_process';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {afterEach, beforeEach, describe, expect, type TestContext, test} from 'vitest';
import type {HistoryPoints} from '../../src/api/history.ts';
import {type HistoryStore, openHistory} from '../../src/history/open-history.ts';
import {readPastHistory} from '../../src/history/past/read-past-history.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../src/shared/units.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const DAY_MS = 24 * MS_PER_HOUR;

let directory = '';
let file = '';
let stores: HistoryStore[] = [];
let mounted: string[] = [];

beforeEach(() => {
  directory = temporaryDirectory('hostile-history');
  file = path.join(directory, 'history.sqlite');
});

afterEach(() => {
  for (const store of stores) store.close();
  for (const place of mounted) execFileSync('umount', ['-l', place]);
  stores = [];
  mounted = [];
});

function open(at = file): HistoryStore {
  const opened = openHistory({path: at});
  if (!opened.ok) throw new Error(opened.error.message);
  stores.push(opened.value);
  return opened.value;
}

function close(store: HistoryStore): void {
  expect(store.close()).toEqual({ok: true, value: null});
  stores = stores.filter((other) => other !== store);
}

/** A sample for each second after `fromMs`, each with its number. */
function record(store: HistoryStore, fromMs: number, seconds: number): string[] {
  const problems: string[] = [];
  for (let second = 0; second < seconds; second += 1) {
    const recorded = store.recordSample(fromMs + second * 1_000, {waitingRequests: second});
    if (!recorded.ok) problems.push(`${recorded.error.code}: ${recorded.error.message}`);
  }
  return problems;
}

const points = (store: HistoryStore, sinceMs: number, untilMs: number): HistoryPoints =>
  store.readSeries(['waitingRequests'], sinceMs, untilMs).series.waitingRequests ?? [];

const known = (found: HistoryPoints): number => found.filter(({value}) => value !== null).length;

/** Skips the test where this user may not mount. */
function mount(context: TestContext, ...words: readonly string[]): void {
  try {
    execFileSync('mount', words, {stdio: 'pipe'});
  } catch (error) {
    console.warn(
      `NOT TESTED: ${context.task.name}, since nothing can be mounted here (${String(error).split('\n')[0]})`,
    );
    context.skip();
  }
  mounted.push(words.at(-1) ?? '');
}

test.each([0.1, 0.5, 0.9, 0.999])(
  'a file that is cut at %f of its length is set aside whole, in one line of text',
  (part) => {
    const store = open();
    record(store, NOW_MS, 3_000);
    close(store);
    truncateSync(file, Math.floor(statSync(file).size * part));
    const cut = readFileSync(file);
    const history = open();
    expect(history.warnings).toMatchObject([
      {code: 'history.damaged', message: expect.not.stringMatching(/\n|\*\*\*/)},
    ]);
    const aside = readdirSync(directory).find((name) => name.startsWith('history.sqlite.damaged-')) ?? '';
    expect(readFileSync(path.join(directory, aside))).toEqual(cut);
    expect(record(history, NOW_MS, 90)).toEqual([]);
    expect(known(points(history, NOW_MS, NOW_MS + 90_000))).toBe(90);
  },
);

test('of a journal that is cut, what is whole counts', () => {
  const store = open();
  record(store, NOW_MS, 600);
  const journal = `${file}-wal`;
  truncateSync(journal, Math.floor(statSync(journal).size / 2));
  const past = readPastHistory(
    file,
    {series: ['waitingRequests'], gpuSeries: [], windowMs: MS_PER_HOUR},
    NOW_MS + MS_PER_HOUR,
  );
  if (!past.ok) expect(past.error).toMatchObject({code: 'history.not-read', remedy: expect.stringMatching(/./)});
  else expect(known(past.value.series.waitingRequests ?? [])).toBeLessThanOrEqual(600);
});

test('a file of a newer Gantry keeps every byte', () => {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = DELETE; CREATE TABLE later (id INTEGER); PRAGMA user_version = 99');
  database.close();
  const before = readFileSync(file);
  expect(openHistory({path: file})).toMatchObject({
    ok: false,
    error: {code: 'history.newer', message: expect.stringContaining('version 99')},
  });
  expect(readFileSync(file)).toEqual(before);
  expect(readdirSync(directory)).toEqual(['history.sqlite']);
});

test('a history on a file system that is read-only is an error with a remedy, and is read without a supervisor', (context) => {
  const store = open();
  record(store, NOW_MS, 120);
  close(store);
  mount(context, '--bind', directory, directory);
  execFileSync('mount', ['-o', 'remount,bind,ro', directory]);
  expect(openHistory({path: file})).toMatchObject({
    ok: false,
    error: {code: 'history.unusable', remedy: expect.stringContaining('writable')},
  });
  const query = {series: ['waitingRequests'] as const, gpuSeries: [], windowMs: MS_PER_HOUR};
  const past = readPastHistory(file, query, NOW_MS + MS_PER_HOUR / 2);
  expect(past.ok && known(past.value.series.waitingRequests ?? [])).toBe(120);
});

test('of a disk that is full for ten minutes, also when the journal is to be moved into the file, nothing is lost', (context) => {
  const small = path.join(directory, 'small');
  mkdirSync(small);
  mount(context, '-t', 'tmpfs', '-o', 'size=4m,mode=700', 'tmpfs', small);
  const history = open(path.join(small, 'history.sqlite'));
  expect(record(history, NOW_MS, 1_000)).toEqual([]);
  const filler = openSync(path.join(small, 'filler'), 'w');
  expect(() => {
    for (;;) writeSync(filler, Buffer.alloc(512));
  }).toThrow('ENOSPC');
  closeSync(filler);
  const problems = record(history, NOW_MS + 1_000_000, 600);
  expect(new Set(problems)).toEqual(
    new Set(['history.not-written: The history cannot be written: database or disk is full.']),
  );
  expect(history.canWrite).toBe(false);
  rmSync(path.join(small, 'filler'));
  expect(record(history, NOW_MS + 1_600_000, 100).length).toBeLessThan(6);
  expect(history.canWrite).toBe(true);
  close(history);
  const again = open(path.join(small, 'history.sqlite'));
  expect(again.warnings).toEqual([]);
  expect(known(points(again, NOW_MS, NOW_MS + 1_699_000))).toBe(1_700);
});

describe('a clock that is set', () => {
  test('an hour back has the newest minutes by the second, as before', () => {
    const history = open();
    record(history, NOW_MS, 7_200);
    record(history, NOW_MS + MS_PER_HOUR, 600);
    const untilMs = NOW_MS + MS_PER_HOUR + 599_000;
    expect(known(points(history, untilMs - 5 * MS_PER_MINUTE, untilMs))).toBe(301);
  });

  test.each([1, 40])(
    '%i days ahead for a quarter of an hour deletes nothing, and then seconds are seconds again',
    (days) => {
      const history = open();
      record(history, NOW_MS, 7_200);
      const before = points(history, NOW_MS, NOW_MS + 2 * MS_PER_HOUR);
      record(history, NOW_MS + 2 * MS_PER_HOUR + days * DAY_MS, 900);
      record(history, NOW_MS + 2 * MS_PER_HOUR, 900);
      const untilMs = NOW_MS + 2 * MS_PER_HOUR + 899_000;
      expect(known(points(history, untilMs - 5 * MS_PER_MINUTE, untilMs))).toBe(301);
      expect(points(history, NOW_MS, NOW_MS + 2 * MS_PER_HOUR - 10_000)).toEqual(before);
    },
  );

  test('and stays so is believed after twenty minutes: what is too old by it is deleted then', () => {
    const history = open();
    record(history, NOW_MS, 120);
    record(history, NOW_MS + 40 * DAY_MS, 1_100);
    expect(points(history, NOW_MS, NOW_MS + MS_PER_HOUR)).not.toEqual([]);
    record(history, NOW_MS + 40 * DAY_MS + 1_100_000, 200);
    expect(points(history, NOW_MS, NOW_MS + MS_PER_HOUR)).toEqual([]);
  });
});
