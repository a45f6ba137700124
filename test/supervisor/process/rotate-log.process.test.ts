import {spawn} from 'node:child_process';
import {closeSync, openSync} from 'node:fs';
import {mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import {startLogPath} from '../../../src/sources/log/kept-parts.ts';
import {rotateLog} from '../../../src/supervisor/process/rotate-log.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let directory: string;
let logPath: string;
beforeEach(() => {
  directory = temporaryDirectory('rotate');
  logPath = path.join(directory, 'engine.log');
});

const limits = {maxBytes: 1000, keepFiles: 2};

describe('a log that grows', () => {
  test('is not rotated below its limit, and if there is none', async () => {
    expect(await rotateLog(logPath, limits)).toBeNull();
    await writeFile(logPath, 'x'.repeat(1000));
    expect(await rotateLog(logPath, limits)).toBeNull();
    expect(await readdir(directory)).toEqual(['engine.log']);
  });

  test('is rotated completely, keeps a limited number of parts, and its start permanently', async () => {
    for (const letter of ['a', 'b', 'c', 'd']) {
      await writeFile(logPath, letter.repeat(1001));
      expect(await rotateLog(logPath, limits)).toBeNull();
      expect((await stat(logPath)).size).toBe(0);
    }
    expect((await readdir(directory)).toSorted()).toEqual([
      'engine.log',
      'engine.log.1',
      'engine.log.2',
      'engine.log.places',
      'engine.log.start',
    ]);
    expect(await readFile(`${logPath}.1`, 'utf8')).toMatch(/^d{1000}/);
    expect(await readFile(`${logPath}.2`, 'utf8')).toMatch(/^c{1000}/);
    expect(await readFile(startLogPath(logPath), 'utf8')).toMatch(/^a{1001}$/);
    expect((await stat(`${logPath}.1`)).mode & 0o777).toBe(0o600);
  });

  test('loses nothing of a writer that continues, except what it writes at the same instant', async () => {
    const log = openSync(logPath, 'a', 0o600);
    // Numbers, one a line, until it is told to end; then one more as its last.
    const program = `
      const fs = require('node:fs'); let n = 0; let isOver = false;
      process.on('SIGTERM', () => { isOver = true; });
      const write = () => {
        for (let line = 0; line < 500; line += 1) { fs.writeSync(1, n + '\\n'); n += 1; }
        if (!isOver) setImmediate(write);
      };
      write();`;
    const writer = spawn(process.execPath, ['-e', program], {stdio: ['ignore', log, 'inherit']});
    onTestFinished(() => {
      writer.kill('SIGKILL');
    });
    closeSync(log);
    const ended = new Promise((resolve) => writer.once('close', resolve));
    const parts: string[] = [];
    while (parts.length < 8) {
      expect(await rotateLog(logPath, {maxBytes: 100_000, keepFiles: 1})).toBeNull();
      const part = await readFile(`${logPath}.1`, 'utf8').catch(() => '');
      if (part !== '' && part !== parts.at(-1)) parts.push(part);
    }
    writer.kill('SIGTERM');
    await ended;
    parts.push(await readFile(logPath, 'utf8'));
    let last = -1;
    for (const part of parts) {
      // A line that was being written while its part was moved aside is torn.
      const numbers = part.split('\n').slice(1, -1).map(Number);
      const [first = 0] = numbers;
      expect(first).toBeGreaterThan(last);
      last = numbers.at(-1) ?? last;
      expect(numbers, `the lines from ${first} on`).toEqual(numbers.map((_, index) => first + index));
    }
    expect(parts.at(-1)?.endsWith('\n')).toBe(true);
  });

  test('is emptied if it cannot be kept, which is reported', async () => {
    await writeFile(logPath, 'x'.repeat(2000));
    // What a full or read-only disk does, for root too: the part cannot be opened.
    await mkdir(`${logPath}.new`);
    const finding = await rotateLog(logPath, limits);
    expect(finding).toMatchObject({code: 'supervisor.log-not-rotated', severity: 'warning'});
    expect((await stat(logPath)).size).toBe(0);
  });
});
