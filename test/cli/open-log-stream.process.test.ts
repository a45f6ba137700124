import {execFileSync} from 'node:child_process';
import {appendFile, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {expect, test} from 'vitest';
import {openLogStream} from '../../src/cli/open-log-stream.ts';
import {logBounds, readLongLog} from '../../src/cli/read-long-log.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';

/** One more than Node has threads for files. */
const PIPES = 5;

const nobody = {take: () => undefined};

async function openPipe(name: string) {
  const pipe = join(temporaryDirectory(), name);
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', pipe]);
  const opened = await openLogStream(pipe);
  if (!opened.ok) throw new Error(opened.error.message);
  return {pipe, log: opened.value};
}

test('pipes that nobody writes to hold no thread, and are left when the time is over', async () => {
  for (let index = 0; index < PIPES; index += 1) {
    const {log} = await openPipe(`pipe-${index}`);
    const read = await readLongLog(log, nobody, () => undefined, {...logBounds, totalMs: 20});
    expect(read).toMatchObject({bytes: 0, unread: {isOpenEnded: true, isTooSlow: false}});
  }
  expect(await readFile(import.meta.filename, 'utf8')).toContain('hold no thread');
});

test('a pipe that is written to later is read to its end', async () => {
  const {pipe, log} = await openPipe('pipe');
  const lines: string[] = [];
  const reading = readLongLog(log, {take: ({text}) => void lines.push(text)}, () => undefined);
  await writeFile(pipe, 'first\nlast\n');
  expect(await reading).toEqual({bytes: 11, unread: null});
  expect(lines).toEqual(['first', 'last']);
});

test.each([
  ['a plain file', (text: string) => Buffer.from(text)],
  ['an archive', (text: string) => gzipSync(text)],
])('%s is open-ended only once it grows', async (_, contentsOf) => {
  const file = join(temporaryDirectory(), 'engine.log');
  await writeFile(file, contentsOf('first\n'));
  const opened = await openLogStream(file);
  if (!opened.ok) throw new Error(opened.error.message);
  expect(opened.value.isOpenEnded()).toBe(false);
  await appendFile(file, contentsOf('second\n'));
  expect(opened.value.isOpenEnded()).toBe(true);
  opened.value.stream.destroy();
});
