import {appendFileSync, renameSync, truncateSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import type {LogLine} from '../../../src/samples/log-line.ts';
import {followLog, type LogFollowing} from '../../../src/sources/log/follow-log.ts';
import {eventually} from '../../harness/eventually.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let directory = '';
let logPath = '';
let controller = new AbortController();
let lines: LogLine[] = [];
let skipped: number[] = [];

beforeEach(() => {
  directory = temporaryDirectory('rotation');
  logPath = path.join(directory, 'engine.log');
  controller = new AbortController();
  lines = [];
  skipped = [];
});
afterEach(() => {
  controller.abort();
});

function follow(pollMs: number): LogFollowing {
  return followLog({
    path: logPath,
    fromOffsetBytes: 0,
    pollMs,
    signal: controller.signal,
    onLines: (more) => lines.push(...more),
    onSkipped: (bytes) => skipped.push(bytes),
  });
}

/** In one step of this process, so that no look falls in between. */
function appendAndRotate(appended: string, next: string): void {
  appendFileSync(logPath, appended);
  renameSync(logPath, `${logPath}.1`);
  writeFileSync(logPath, next);
}

const texts = (): readonly string[] => lines.map(({text}) => text);

describe('a log that is rotated between two looks', () => {
  test('is read to its end before the new one, however much was appended', async () => {
    writeFileSync(logPath, 'before\n');
    const following = follow(5);
    await following.catchUp();
    appendAndRotate(`${'x'.repeat(1_023)}\n`.repeat(3 * 1_024), 'after\n');
    await eventually(() => expect(lines.at(-1)?.text).toBe('after'), 'the lines');
    expect(lines).toHaveLength(3 * 1_024 + 2);
    expect(lines.map(({number}) => number)).toEqual(lines.map((_, index) => index + 1));
    expect(skipped).toEqual([]);
  });

  test('is followed through the rotation: its end, then the new file', async () => {
    writeFileSync(logPath, 'one\n');
    const following = follow(600_000);
    await following.catchUp();
    appendAndRotate('two\n', 'three\nunfinished');
    await following.catchUp();
    expect(texts()).toEqual(['one', 'two', 'three', 'unfinished']);
  });
});

test('a line that begins with NULs begins there; only after a truncation are they a hole', async () => {
  writeFileSync(logPath, '\0\0one\n');
  const {catchUp} = follow(600_000);
  await catchUp();
  truncateSync(logPath, 0);
  await catchUp();
  appendFileSync(logPath, '\0\0two\n');
  await catchUp();
  appendFileSync(logPath, '\0\0three\n');
  await catchUp();
  expect(lines.map(({text, offsetBytes}) => [text.slice(-3), offsetBytes])).toEqual([
    ['one', 0],
    ['two', 2],
    ['ree', 6],
  ]);
});
