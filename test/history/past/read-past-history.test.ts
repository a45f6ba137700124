import {writeFileSync} from 'node:fs';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {beforeEach, expect, test} from 'vitest';
import type {HistoryQuery} from '../../../src/api/history.ts';
import {HISTORY_FILE, openHistory} from '../../../src/history/open-history.ts';
import {readPastHistory} from '../../../src/history/past/read-past-history.ts';
import {MS_PER_HOUR} from '../../../src/shared/units.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const query: HistoryQuery = {series: ['kvUsageRatio'], gpuSeries: ['powerDrawWatts'], windowMs: MS_PER_HOUR};

let file: string;
beforeEach(() => {
  file = path.join(temporaryDirectory('past-history'), HISTORY_FILE);
});

function read(nowMs = NOW_MS + 60_000) {
  const history = readPastHistory(file, query, nowMs);
  if (!history.ok) throw new Error(history.error.message);
  return history.value;
}

test('the file says what its supervisor said, while that has it open and after it was closed', async () => {
  const opened = openHistory({path: file});
  if (!opened.ok) throw new Error(opened.error.message);
  const history = opened.value;
  for (let second = 0; second <= 60; second += 1) {
    const gpus = [{index: 5, values: {powerDrawWatts: 300 + second}}];
    history.recordSample(NOW_MS + second * 1_000, {kvUsageRatio: second / 100}, gpus);
  }
  const said = await history.readHistory(query, NOW_MS + 60_000);
  expect(said.series.kvUsageRatio).toHaveLength(61);
  expect(said.gpus?.[0]).toMatchObject({
    index: 5,
    series: {powerDrawWatts: expect.arrayContaining([{atMs: NOW_MS, value: 304.5}])},
  });
  expect(read()).toEqual(said);
  const earlier = {...query, windowMs: 10_000, untilMs: NOW_MS + 30_000};
  const saidEarlier = await history.readHistory(earlier, NOW_MS + 60_000);
  expect(saidEarlier.series.kvUsageRatio?.map(({atMs}) => (atMs - NOW_MS) / 1_000)).toEqual(
    Array.from({length: 11}, (_, index) => 20 + index),
  );
  expect(readPastHistory(file, earlier, NOW_MS + 60_000)).toEqual({ok: true, value: saidEarlier});
  history.close();
  expect(read()).toEqual(said);
});

test('a missing file has no points, nor has one from before there were series of GPUs', () => {
  expect(read()).toEqual({series: {}, gpus: []});
  const old = new DatabaseSync(file);
  old.exec(
    'CREATE TABLE series_1s (at_ms INTEGER PRIMARY KEY, waitingRequests_sum REAL, waitingRequests_count INTEGER)',
  );
  old.close();
  expect(read()).toEqual({series: {}, gpus: []});
});

test('a file that is no database is an error with its path', () => {
  writeFileSync(file, 'this is no database, but it is long enough to be looked at'.repeat(50));
  expect(readPastHistory(file, query, NOW_MS)).toMatchObject({
    ok: false,
    error: {code: 'history.not-read', message: expect.stringContaining(file)},
  });
});
