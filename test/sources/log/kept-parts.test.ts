import {appendFile, mkdir, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {keptParts, originBytes} from '../../../src/sources/log/kept-parts.ts';
import {rotateLog} from '../../../src/supervisor/process/rotate-log.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let logPath = '';
beforeEach(() => {
  logPath = path.join(temporaryDirectory('parts'), 'engine.log');
});

const shown = async () =>
  (await keptParts(logPath)).map(({path: file, fromBytes, sizeBytes}) => [path.basename(file), fromBytes, sizeBytes]);

test('a log that was never rotated begins at 0', async () => {
  await writeFile(logPath, 'x'.repeat(10));
  expect(await shown()).toEqual([['engine.log', 0, 10]]);
  expect(originBytes(logPath)).toBe(0);
});

test('parts have their places in the whole log, whatever was dropped of it', async () => {
  for (const bytes of [110, 120, 130]) {
    await appendFile(logPath, 'x'.repeat(bytes));
    await rotateLog(logPath, {maxBytes: 100, keepFiles: 2});
  }
  await appendFile(logPath, 'y'.repeat(7));
  expect(await shown()).toEqual([
    ['engine.log.start', 0, 110],
    ['engine.log.2', 130, 100],
    ['engine.log.1', 260, 100],
    ['engine.log', 360, 7],
  ]);
  expect(originBytes(logPath)).toBe(360);
});

test('of a log that was rotated before places were noted, what is kept is counted', async () => {
  await writeFile(`${logPath}.2`, 'a'.repeat(5));
  await writeFile(`${logPath}.1`, 'b'.repeat(6));
  await writeFile(logPath, 'c'.repeat(7));
  await writeFile(`${logPath}.places`, 'not JSON');
  expect(await shown()).toEqual([
    ['engine.log.2', 0, 5],
    ['engine.log.1', 5, 6],
    ['engine.log', 11, 7],
  ]);
});

test('a log is rotated also where places cannot be noted', async () => {
  await writeFile(logPath, 'x'.repeat(200));
  await mkdir(path.join(`${logPath}.places`, 'occupied'), {recursive: true});
  expect(await rotateLog(logPath, {maxBytes: 100, keepFiles: 1})).toBeNull();
  expect(await shown()).toEqual([
    ['engine.log.1', 0, 100],
    ['engine.log', 100, 0],
  ]);
});
