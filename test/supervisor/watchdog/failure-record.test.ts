import {appendFileSync, rmSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, describe, expect, test} from 'vitest';
import type {ExternalWork} from '../../../src/sources/host/external-work.ts';
import {recordFailure, takeFailures} from '../../../src/supervisor/watchdog/failure-record.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const NOW_MS = 1_000_000;
const DAY_MS = 86_400_000;

let stateDir: string;
let log: string;
beforeEach(() => {
  stateDir = temporaryDirectory('failures');
  log = path.join(stateDir, 'engine.log');
  writeFileSync(log, 'one\ntwo\nthree\n');
});

const blocked = {cause: 'blocked', atMs: 1_000_000, blockedMs: 10_000} as const;
const interrupted = {cause: 'interrupted', atMs: 1_000_000, blockedMs: 20_000} as const;
const crashed = {cause: 'crashed', atMs: 1_000_000, blockedMs: null} as const;
const part = (fromBytes: number, toBytes: number): ExternalWork => ({kind: 'log', subject: log, fromBytes, toBytes});
const metrics: ExternalWork = {kind: 'metrics', subject: 'http://127.0.0.1:1/metrics', fromBytes: null, toBytes: null};

describe('work that ended a supervisor', () => {
  test('by blocking it is skipped by every later one; a part of a log with a digest of its bytes, and for good', () => {
    recordFailure(stateDir, part(4, 8), blocked);
    const expected = [{fromBytes: 4, toBytes: 8, untilMs: null, digest: expect.stringMatching(/^[0-9a-f]{64}$/)}];
    expect(takeFailures(stateDir, NOW_MS)).toMatchObject(expected);
    expect(takeFailures(stateDir, NOW_MS)).toMatchObject(expected);
  });

  test('by an exception is skipped only if the next one ends in the same work', () => {
    recordFailure(stateDir, part(4, 8), crashed);
    expect(takeFailures(stateDir, NOW_MS)).toEqual([]);
    recordFailure(stateDir, part(0, 14), crashed);
    expect(takeFailures(stateDir, NOW_MS)).toMatchObject([{times: 2}]);
  });

  test('by taking long with little of the processor is skipped only if the next one ends in the same work', () => {
    recordFailure(stateDir, part(4, 8), interrupted);
    expect(takeFailures(stateDir, NOW_MS)).toEqual([]);
    recordFailure(stateDir, part(4, 8), interrupted);
    expect(takeFailures(stateDir, NOW_MS)).toMatchObject([{times: 2, untilMs: null}]);
  });

  test('by taking long with little of the processor, once, is forgotten', () => {
    recordFailure(stateDir, part(4, 8), interrupted);
    takeFailures(stateDir, NOW_MS);
    takeFailures(stateDir, NOW_MS);
    recordFailure(stateDir, part(4, 8), interrupted);
    expect(takeFailures(stateDir, NOW_MS)).toEqual([]);
  });

  test('is forgotten with its log', () => {
    recordFailure(stateDir, part(4, 8), blocked);
    rmSync(log);
    expect(takeFailures(stateDir, NOW_MS)).toEqual([]);
    writeFileSync(log, 'one\ntwo\nthree\n');
    expect(takeFailures(stateDir, NOW_MS)).toEqual([]);
  });

  test('is reported while it is not read, and forgotten a day later', () => {
    const overMs = NOW_MS + 600_000;
    recordFailure(stateDir, metrics, blocked);
    expect(takeFailures(stateDir, overMs - 1)).toHaveLength(1);
    expect(takeFailures(stateDir, overMs)).toEqual([]);
    recordFailure(stateDir, metrics, {...blocked, atMs: overMs + DAY_MS});
    expect(takeFailures(stateDir, overMs + DAY_MS)).toMatchObject([{times: 2}]);
    expect(takeFailures(stateDir, overMs + 3 * DAY_MS)).toEqual([]);
    recordFailure(stateDir, metrics, {...blocked, atMs: overMs + 3 * DAY_MS});
    expect(takeFailures(stateDir, overMs + 3 * DAY_MS)).toMatchObject([{times: 1}]);
  });

  test('is not read for its own wait at most, though the clock was set back', () => {
    recordFailure(stateDir, metrics, {...blocked, atMs: NOW_MS + DAY_MS});
    expect(takeFailures(stateDir, NOW_MS)).toMatchObject([{untilMs: NOW_MS + 600_000}]);
    // The next supervisor does not begin the wait again.
    expect(takeFailures(stateDir, NOW_MS + 500_000)).toMatchObject([{untilMs: NOW_MS + 600_000}]);
  });

  test('by an exception that did not come back is forgotten', () => {
    recordFailure(stateDir, metrics, crashed);
    takeFailures(stateDir, NOW_MS);
    takeFailures(stateDir, NOW_MS);
    recordFailure(stateDir, metrics, crashed);
    expect(takeFailures(stateDir, NOW_MS)).toEqual([]);
  });

  test('elsewhere is another failure', () => {
    recordFailure(stateDir, part(0, 4), crashed);
    recordFailure(stateDir, part(4, 8), crashed);
    expect(takeFailures(stateDir, NOW_MS)).toEqual([]);
  });

  test('is tried again after ten minutes, then after twice as long', () => {
    const untilMs = () => takeFailures(stateDir, NOW_MS).map((failure) => failure.untilMs);
    recordFailure(stateDir, metrics, blocked);
    expect(untilMs()).toEqual([1_000_000 + 600_000]);
    recordFailure(stateDir, metrics, blocked);
    expect(untilMs()).toEqual([1_000_000 + 1_200_000]);
  });

  test.each(['', '{', '{"schemaVersion": 2}', 'null'])('is unknown where the record is %j', (text) => {
    writeFileSync(path.join(stateDir, 'failed-work.json'), text);
    expect(takeFailures(stateDir, NOW_MS)).toEqual([]);
    recordFailure(stateDir, metrics, blocked);
    appendFileSync(log, 'four\n');
    expect(takeFailures(stateDir, NOW_MS)).toHaveLength(1);
  });
});
