import {chmodSync} from 'node:fs';
import path from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {beforeEach, expect, test} from 'vitest';
import {openHistory} from '../../../src/history/open-history.ts';
import {readPastCost} from '../../../src/history/past/read-past-cost.ts';
import {ok} from '../../../src/shared/result.ts';
import {MS_PER_HOUR, MS_PER_MINUTE} from '../../../src/shared/units.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';
import {bookedMinute, bookedRun, HOUR_MS} from '../../support/build-booking.ts';

const about = {simulated: false, nowMs: HOUR_MS + MS_PER_HOUR, billed: {sinceMs: null, untilMs: null}};
const query = {sinceMs: HOUR_MS, by: 'day'} as const;
const tokens = {input: 1_000_000, cached: 0, output: 0};

let file = '';

beforeEach(() => {
  file = path.join(temporaryDirectory('past-cost'), 'history.sqlite');
});

test('the file says what its supervisor says, while that has it open and after it was closed', async () => {
  const opened = openHistory({path: file});
  if (!opened.ok) throw new Error(opened.error.message);
  const {ledger} = opened.value;
  expect(ledger.book(bookedMinute(null, HOUR_MS, tokens, bookedRun(tokens))).ok).toBe(true);
  const text = await ledger.costText({...query, isPretty: false}, about);
  const said = text.ok ? ok(JSON.parse(Buffer.concat(text.value).toString())) : text;
  expect(said.ok && said.value).toMatchObject({
    coveredUntilMs: HOUR_MS + MS_PER_MINUTE,
    untilMs: about.nowMs,
    total: {nodeMicroUsd: 480_000, savedMicroUsd: 950_000 - 480_000},
  });
  expect(readPastCost(file, query, about)).toEqual(said);
  opened.value.close();
  chmodSync(file, 0o400);
  chmodSync(path.dirname(file), 0o500);
  expect(readPastCost(file, query, about)).toEqual(said);
  chmodSync(path.dirname(file), 0o700);
});

test('without a file there is nothing; one of another version is an error that says what to do', () => {
  expect(readPastCost(file, query, about)).toEqual({ok: true, value: null});
  const database = new DatabaseSync(file);
  database.exec('CREATE TABLE ledger (hour_at_ms INTEGER); PRAGMA user_version = 13');
  expect(readPastCost(file, query, about)).toMatchObject({ok: false, error: {code: 'history.older'}});
  database.exec('PRAGMA user_version = 99');
  const newer = readPastCost(file, query, about);
  expect(newer).toMatchObject({
    ok: false,
    error: {code: 'history.newer', message: expect.stringContaining('version 99')},
  });
  database.close();
});
