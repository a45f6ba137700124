import {execFileSync} from 'node:child_process';
import {truncateSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {openRecordingBytes} from '../../../src/cli/replay/recording-bytes.ts';
import {makeTemporaryDirectory} from '../../harness/temporary-directory.ts';

const {directory, remove} = makeTemporaryDirectory('bytes');
afterAll(remove);

const whole = Buffer.from(Array.from({length: 1_000_000}, (_, index) => index % 251));
const file = path.join(directory, 'file');

test('any part of a file is read, in any order, and what was read before stays as it was', () => {
  writeFileSync(file, whole);
  const bytes = openRecordingBytes(file, whole.length);
  const places = [
    [0, 2],
    [0, 1_000_000],
    [700_000, 700_300],
    [10, 500],
    [999_990, 1_000_000],
    [999_990, 2_000_000],
  ] as const;
  const read = places.map(([start, end]) => bytes?.subarray(start, end));
  expect(bytes?.length).toBe(whole.length);
  for (const [index, [start, end]] of places.entries())
    expect(whole.subarray(start, end).equals(read[index] ?? Buffer.alloc(0))).toBe(true);
});

test('what was cut off after the file was opened is missing', () => {
  writeFileSync(file, whole);
  const bytes = openRecordingBytes(file, whole.length);
  truncateSync(file, 100);
  expect([bytes?.subarray(50, 200).length, bytes?.subarray(900_000, 900_010).length]).toEqual([50, 0]);
});

test('a file that is too long and what is no file are not opened', () => {
  writeFileSync(file, whole);
  expect(openRecordingBytes(file, whole.length - 1)).toBe(null);
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path.join(directory, 'fifo')]);
  expect(openRecordingBytes(path.join(directory, 'fifo'), 10)).toBe(null);
});
