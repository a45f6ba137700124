import {expect, test, vi} from 'vitest';
import {listCards} from '../../../src/sources/nvidia-smi/list-cards.ts';
import type {RunResult} from '../../../src/sources/nvidia-smi/run-once.ts';

let answer: RunResult;
let asked: readonly string[] = [];
vi.mock('../../../src/sources/nvidia-smi/run-once.ts', () => ({
  runOnce: (_executable: string, args: readonly string[]) => {
    asked = args;
    return Promise.resolve(answer);
  },
}));

const ended = (stdout: string, exitCode: number | null = 0): RunResult => ({
  kind: 'ended',
  exitCode,
  stdout,
  stderr: '',
});
async function indexesOf(given: RunResult) {
  answer = given;
  const {indexes, stuck} = await listCards('nvidia-smi', {timeoutMs: 1});
  expect(stuck).toBeNull();
  return indexes === null ? null : [...indexes];
}

test.each([
  ['0\n1\n', [0, 1]],
  ['0\r\n10\r\n\n 11 \n', [0, 10, 11]],
  ['7', [7]],
])('the indexes in %j', async (text, indexes) => {
  expect(await indexesOf(ended(text))).toEqual(indexes);
  expect(asked).toEqual(['--query-gpu=index', '--format=csv,noheader,nounits']);
});

test.each(['', '\n', 'No devices were found\n', '0\n[GPU is lost]\n', '0, 1\n'])(
  'a list that is not one of indexes, or only in part: %j',
  async (text) => {
    expect(await indexesOf(ended(text))).toBeNull();
  },
);

test('a query that failed or was late says nothing, whatever it printed', async () => {
  expect(await indexesOf(ended('0\n', 1))).toBeNull();
  expect(await indexesOf(ended('0\n', null))).toBeNull();
  expect(await indexesOf({kind: 'timed-out', stdout: '0\n', stderr: ''})).toBeNull();
  expect(await indexesOf({kind: 'not-started', code: 'ENOENT'})).toBeNull();
  expect(await indexesOf({kind: 'aborted'})).toBeNull();
});

test('a query that hangs in the driver is passed on', async () => {
  const gone = Promise.resolve();
  answer = {kind: 'stuck', gone};
  expect(await listCards('nvidia-smi', {timeoutMs: 1})).toEqual({indexes: null, stuck: gone});
});
