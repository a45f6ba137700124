import {spawn} from 'node:child_process';
import {closeSync, openSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, test} from 'vitest';
import {rotateLog, startLogPath} from '../../../src/supervisor/process/rotate-log.ts';

let directory: string;
let logPath: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'gantry-rotate-'));
  logPath = path.join(directory, 'engine.log');
});
afterEach(async () => {
  await rm(directory, {recursive: true, force: true});
});

const limits = {maxBytes: 1000, keepFiles: 2};

describe('a log that grows', () => {
  test('is left alone below its limit, and where there is none', async () => {
    expect(await rotateLog(logPath, limits)).toBeNull();
    await writeFile(logPath, 'x'.repeat(1000));
    expect(await rotateLog(logPath, limits)).toBeNull();
    expect(await readdir(directory)).toEqual(['engine.log']);
  });

  test('is moved aside whole, keeps so many parts, and its start for good', async () => {
    for (const letter of ['a', 'b', 'c', 'd']) {
      await writeFile(logPath, letter.repeat(1001));
      expect(await rotateLog(logPath, limits)).toBeNull();
      expect((await stat(logPath)).size).toBe(0);
    }
    expect((await readdir(directory)).toSorted()).toEqual([
      'engine.log',
      'engine.log.1',
      'engine.log.2',
      'engine.log.start',
    ]);
    expect(await readFile(`${logPath}.1`, 'utf8')).toMatch(/^d{1000}/);
    expect(await readFile(`${logPath}.2`, 'utf8')).toMatch(/^c{1000}/);
    expect(await readFile(startLogPath(logPath), 'utf8')).toMatch(/^a{1001}$/);
    expect((await stat(`${logPath}.1`)).mode & 0o777).toBe(0o600);
  });

  test('loses nothing of a writer that goes on appending, but what it writes in the same instant', async () => {
    const log = openSync(logPath, 'a', 0o600);
    const count = 200_000;
    const program = `for (let n = 0; n < ${count}; n += 1) require('fs').writeSync(1, n + '\\n');`;
    const writer = spawn(process.execPath, ['-e', program], {stdio: ['ignore', log, 'inherit']});
    closeSync(log);
    const parts: string[] = [];
    const ended = new Promise((resolve) => writer.once('close', resolve));
    let isOver = false;
    void ended.then(() => {
      isOver = true;
    });
    while (!isOver) {
      expect(await rotateLog(logPath, {maxBytes: 100_000, keepFiles: 1})).toBeNull();
      const part = await readFile(`${logPath}.1`, 'utf8').catch(() => '');
      if (part !== parts.at(-1)) parts.push(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const numbers = [...parts, await readFile(logPath, 'utf8')]
      .join('')
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
    expect(parts.length).toBeGreaterThan(3);
    expect(numbers.at(-1)).toBe(count - 1);
    expect(numbers.length).toBeGreaterThan(count * 0.8);
  });

  test('is emptied where it cannot be kept, and that is said', async () => {
    await writeFile(logPath, 'x'.repeat(2000));
    // What a full or read-only disk does, for root too: the part cannot be opened.
    await mkdir(`${logPath}.new`);
    const finding = await rotateLog(logPath, limits);
    expect(finding).toMatchObject({code: 'supervisor.log-not-rotated', severity: 'warning'});
    expect((await stat(logPath)).size).toBe(0);
  });
});
