import {execFileSync} from 'node:child_process';
import {mkdirSync, openSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {APPEND, readRecord, readRecordBytes} from '../../../src/sources/host/own-files.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let file: string;
beforeEach(() => {
  file = path.join(temporaryDirectory('record'), 'record');
});

test('a record is read as it is', () => {
  expect(readRecord(file)).toBeNull();
  writeFileSync(file, Buffer.from([0x61, 0x0a]));
  expect(readRecord(file)).toBe('a\n');
  expect(readRecordBytes(file)).toEqual(Buffer.from([0x61, 0x0a]));
  expect(readRecord(file, 2)).toBe('a\n');
  expect(readRecord(file, 1)).toBeNull();
});

test.each<[string, (file: string) => void]>([
  ['a link', () => symlinkSync('/etc/passwd', file)],
  ['a pipe', () => void execFileSync('sh', ['-c', 'mkfifo "$0"', file])],
  [
    'a file of 3 GB',
    () => {
      writeFileSync(file, '');
      truncateSync(file, 3 * 1024 ** 3);
    },
  ],
])('%s in its place is none, without waiting and without being read', (_, make) => {
  make(file);
  expect(readRecord(file)).toBeNull();
});

test('a directory in its place is an error', () => {
  mkdirSync(file);
  expect(() => readRecord(file)).toThrow('EISDIR');
});

test('a pipe in the place of a file that is appended to is an error, and is not waited for', () => {
  execFileSync('sh', ['-c', 'mkfifo "$0"', file]);
  expect(() => openSync(file, APPEND)).toThrow('ENXIO');
});
