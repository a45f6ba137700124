import {utimesSync, writeFileSync} from 'node:fs';
import {beforeEach, expect, onTestFinished, test} from 'vitest';
import {readBootId} from '../../../src/supervisor/process/process-identity.ts';
import {runFiles} from '../../../src/supervisor/process/run-files.ts';
import {readPastExit} from '../../../src/supervisor/watch/past-exit.ts';
import {runOf} from '../../domain/lifecycle/lifecycle-samples.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = 1_700_000_000_000;
const now = {nowMs: NOW_MS, uptimeMs: 30 * HOUR_MS, seenAtMs: null};

let directory: string;
beforeEach(() => {
  const place = makeTemporaryDirectory('past-exit');
  ({directory} = place);
  onTestFinished(place.remove);
});

/** A run whose process is gone. */
const gone = (bootId = readBootId()) => ({
  ...runOf(1),
  bootId,
  directory,
  startTimeTicks: '1',
  startedAtMs: NOW_MS - 20 * HOUR_MS,
});

function write(file: string, hoursAgo: number): void {
  writeFileSync(file, '1\n');
  const at = new Date(NOW_MS - hoursAgo * HOUR_MS);
  utimesSync(file, at, at);
}

test('an exit that was recorded has the time of its record; after a reboot, a restart was due at the boot', () => {
  write(runFiles(directory).logPath, 3);
  write(runFiles(directory).exitStatusPath, 2);
  const exitedAtMs = NOW_MS - 2 * HOUR_MS;
  const past = {exitedAtMs, seenAtMs: NOW_MS - 3 * HOUR_MS, dueAtMs: exitedAtMs};
  expect(readPastExit(gone(), now)).toEqual(past);
  const afterBoot = readPastExit(gone('earlier'), {...now, uptimeMs: HOUR_MS});
  expect(afterBoot).toEqual({...past, dueAtMs: NOW_MS - HOUR_MS});
});

test('after a reboot, a record from the future is of a clock that is behind: the boot counts', () => {
  write(runFiles(directory).exitStatusPath, -1);
  const past = readPastExit(gone('earlier'), {...now, uptimeMs: 60_000});
  expect(past).toMatchObject({exitedAtMs: null, dueAtMs: NOW_MS - 60_000});
});

test('one that was not has the last sign of life: its start, its log, or what a supervisor has seen', () => {
  const startedMs = NOW_MS - 20 * HOUR_MS;
  expect(readPastExit(gone(), now)).toEqual({exitedAtMs: null, seenAtMs: startedMs, dueAtMs: startedMs});
  write(runFiles(directory).logPath, 5);
  expect(readPastExit(gone(), now)?.seenAtMs).toBe(NOW_MS - 5 * HOUR_MS);
  expect(readPastExit(gone(), {...now, seenAtMs: NOW_MS - HOUR_MS})?.dueAtMs).toBe(NOW_MS - HOUR_MS);
  expect(readPastExit(gone(), {...now, seenAtMs: NOW_MS - 9 * HOUR_MS})?.dueAtMs).toBe(NOW_MS - 5 * HOUR_MS);
});

test('an engine that a reboot has ended could not be restarted before the boot', () => {
  write(runFiles(directory).logPath, 5);
  const past = readPastExit(gone('earlier'), {...now, uptimeMs: 60_000});
  expect(past).toEqual({exitedAtMs: null, seenAtMs: NOW_MS - 5 * HOUR_MS, dueAtMs: NOW_MS - 60_000});
});

test('signs of life from the future say nothing', () => {
  write(runFiles(directory).logPath, -1);
  const run = {...gone(), startedAtMs: NOW_MS + HOUR_MS};
  const past = readPastExit(run, {...now, seenAtMs: NOW_MS + 2 * HOUR_MS});
  expect(past).toEqual({exitedAtMs: null, seenAtMs: null, dueAtMs: Number.NEGATIVE_INFINITY});
});
