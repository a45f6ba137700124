import {expect, test} from 'vitest';
import {parseProcStat, readProcStatSync} from '../../../src/supervisor/process/proc-stat.ts';

const rest =
  'S 4100 4242 4242 0 -1 4194560 1337 0 0 0 12 3 0 0 20 0 8 0 9876543210 123456789 2048 18446744073709551615';

test('reads parent, session and start time', () => {
  expect(parseProcStat(`4243 (VLLM::EngineCor) ${rest}\n`)).toEqual({
    pid: 4243,
    command: 'VLLM::EngineCor',
    state: 'S',
    parentPid: 4100,
    sessionId: 4242,
    startTimeTicks: '9876543210',
    residentBytes: 2048 * 4096,
  });
});

test('counts from the last bracket, because a command may contain brackets and spaces', () => {
  expect(parseProcStat(`7 (a) S 1 (b) ${rest}`)).toMatchObject({pid: 7, command: 'a) S 1 (b', sessionId: 4242});
});

test('refuses what is not a stat line', () => {
  for (const text of ['', '12', '12 (sh) S 1', '(sh) S', `x (sh) ${rest}`]) expect(parseProcStat(text)).toBeNull();
});

test('finds this process, and none that does not exist', () => {
  expect(readProcStatSync(process.pid)).toMatchObject({pid: process.pid, parentPid: process.ppid});
  expect(readProcStatSync(2 ** 22 + 1)).toBeNull();
});
