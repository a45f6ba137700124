import {rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import type {PlanOutcome} from '../../../src/domain/memory/plan/plan-outcome.ts';
import {HISTORY_FILE, openHistory} from '../../../src/history/open-history.ts';
import {readOutcomes} from '../../../src/history/past/read-outcomes.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let directory: string;
beforeEach(() => {
  directory = temporaryDirectory('outcomes');
});

function outcome(runId: string, learnedOverheadBytes: number): PlanOutcome {
  return {
    runId,
    atMs: 1_700_000_000_000,
    key: 'key',
    label: 'vllm 0.25.1 on NVIDIA H200, tensor parallel 8',
    engineName: 'vllm',
    engineVersion: '0.25.1',
    contextLengthTokens: 262_144,
    memoryFraction: 0.9,
    confidence: 'estimated',
    planned: {weightsBytes: 1, overheadBytes: 2, poolBytes: 3, capacityTokens: 4, usedBytes: 5},
    logged: {weightsBytes: 1, poolBytes: 3, capacityTokens: 4},
    usedBytes: null,
    learnedOverheadBytes,
    isLowerBound: false,
    isOfFailedStart: false,
  };
}

function store() {
  const opened = openHistory({path: path.join(directory, HISTORY_FILE)});
  if (!opened.ok) throw new Error(opened.error.message);
  return opened.value;
}

function read() {
  const outcomes = readOutcomes(path.join(directory, HISTORY_FILE), 10);
  if (!outcomes.ok) throw new Error(outcomes.error.message);
  return outcomes.value;
}

test('outcomes are read while the store is open, the newest first, each run once', () => {
  const history = store();
  history.recordOutcome(outcome('run-1', 1));
  history.recordOutcome(outcome('run-2', 2));
  history.recordOutcome({...outcome('run-2', 2), usedBytes: 7});
  expect(read().map(({runId, usedBytes}) => [runId, usedBytes])).toEqual([
    ['run-2', 7],
    ['run-1', null],
  ]);
  expect(history.readOutcomes(10)).toEqual(read());
  history.close();
});

test('a missing history has no outcomes, nor has one from before outcomes existed', () => {
  expect(read()).toEqual([]);
  const {DatabaseSync} = process.getBuiltinModule('node:sqlite');
  const old = new DatabaseSync(path.join(directory, HISTORY_FILE));
  old.exec('CREATE TABLE events (id INTEGER PRIMARY KEY); PRAGMA user_version = 1');
  old.close();
  expect(read()).toEqual([]);
});

test('a history of the previous version is opened, and can store outcomes', () => {
  const history = store();
  history.close();
  const {DatabaseSync} = process.getBuiltinModule('node:sqlite');
  const old = new DatabaseSync(path.join(directory, HISTORY_FILE));
  old.exec('DROP TABLE plan_outcomes; PRAGMA user_version = 1');
  old.close();
  const again = store();
  expect(again.recordOutcome(outcome('run-1', 1)).ok).toBe(true);
  expect(again.readOutcomes(10)).toHaveLength(1);
  again.close();
});

test('a file that is not a database is an error with a remedy, and an invalid row is skipped', () => {
  writeFileSync(path.join(directory, HISTORY_FILE), 'this is no database, whatever it is called');
  expect(readOutcomes(path.join(directory, HISTORY_FILE), 10)).toMatchObject({
    ok: false,
    error: {code: 'history.not-read'},
  });
  rmSync(path.join(directory, HISTORY_FILE));
  const history = store();
  history.recordOutcome(outcome('run-1', 1));
  history.close();
  const {DatabaseSync} = process.getBuiltinModule('node:sqlite');
  const database = new DatabaseSync(path.join(directory, HISTORY_FILE));
  database.exec(`UPDATE plan_outcomes SET outcome = '{"runId": 3}'`);
  database.close();
  expect(read()).toEqual([]);
});
