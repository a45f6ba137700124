import {createHash} from 'node:crypto';
import {appendFile, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {type FailedWork, guardWorkWith} from '../../../src/sources/host/external-work.ts';
import {followLog} from '../../../src/sources/log/follow-log.ts';
import {eventually} from '../../harness/eventually.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let logPath = '';
let texts: string[] = [];
let controller = new AbortController();

beforeEach(() => {
  logPath = path.join(temporaryDirectory('log'), 'engine.log');
  texts = [];
  controller = new AbortController();
});

afterEach(() => {
  controller.abort();
  guardWorkWith(null);
});

/** A part of this text that ended an earlier supervisor. */
function part(text: string, fromBytes: number, toBytes: number): FailedWork {
  const digest = createHash('sha256').update(Buffer.from(text).subarray(fromBytes, toBytes)).digest('hex');
  return {kind: 'log', subject: logPath, fromBytes, toBytes, digest, untilMs: null};
}

async function readWithout(failed: readonly FailedWork[]): Promise<void> {
  guardWorkWith({run: (_, act) => act(), after: (act) => act(), failed});
  followLog({
    path: logPath,
    fromOffsetBytes: 0,
    pollMs: 5,
    signal: controller.signal,
    onLines: (lines) => texts.push(...lines.map(({text}) => text)),
  });
  await appendFile(logPath, 'end\n');
  await eventually(() => texts.includes('end'), 'the last line');
}

const log = 'one\ntwo\nthree\nfour\nfive\n';

test('a part that ended an earlier supervisor is left out, up to the next complete line', async () => {
  await writeFile(logPath, log);
  // From within "two" to within "four".
  await readWithout([part(log, 5, 16)]);
  expect(texts).toEqual(['one', 'five', 'end']);
});

test('several parts are left out', async () => {
  await writeFile(logPath, log);
  await readWithout([part(log, 14, 19), part(log, 0, 4)]);
  expect(texts).toEqual(['two', 'three', 'five', 'end']);
});

test('other content at the same place is read: the log was rotated since', async () => {
  await writeFile(logPath, log);
  await readWithout([part('ONE\nTWO\nTHREE\nFOUR\n', 4, 13)]);
  expect(texts).toEqual(['one', 'two', 'three', 'four', 'five', 'end']);
});

test('a part of another log is read', async () => {
  await writeFile(logPath, log);
  await readWithout([{...part(log, 4, 8), subject: '/elsewhere'}]);
  expect(texts).toHaveLength(6);
});
