import {createReadStream, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {PassThrough, Readable} from 'node:stream';
import {describe, expect, test} from 'vitest';
import type {OpenedLog} from '../../src/cli/open-log-stream.ts';
import {type LogBounds, readLongLog} from '../../src/cli/read-long-log.ts';
import {temporaryDirectory} from '../harness/temporary-directory.ts';

const ample: LogBounds = {firstBytes: 1_000, lastBytes: 1_000, lines: 1_000, totalMs: 60_000, restMs: 60_000};
/** Lines of ten bytes. */
const text = Array.from({length: 200}, (_, index) => `line ${String(index + 1).padStart(4, '0')}\n`).join('');

function fromPipe(stream: Readable): OpenedLog {
  return {stream, file: null, isOpenEnded: () => true};
}

function fromFile(content: string): OpenedLog {
  const file = path.join(temporaryDirectory('long-log'), 'engine.log');
  writeFileSync(file, content);
  const readFrom = (start: number): Readable => createReadStream(file, {start, highWaterMark: 64});
  return {stream: readFrom(0), file: {sizeBytes: statSync(file).size, readFrom}, isOpenEnded: () => false};
}

const chunksOf = (content: string): Readable =>
  Readable.from((content.match(/[\s\S]{1,64}/g) ?? []).map((chunk) => Buffer.from(chunk)));

async function read(opened: OpenedLog, bounds: Partial<LogBounds> = {}) {
  const lines: {readonly number: number; readonly text: string}[] = [];
  let firsts = 0;
  const reading = {take: (line: (typeof lines)[number]) => lines.push(line), result: () => null};
  const found = await readLongLog(
    opened,
    reading,
    () => {
      firsts += 1;
    },
    {...ample, ...bounds},
  );
  return {...found, firsts, texts: lines.map((line) => line.text), numbers: lines.map(({number}) => number)};
}

const linesFrom = (first: number, last: number): readonly string[] =>
  Array.from({length: last - first + 1}, (_, index) => `line ${String(first + index).padStart(4, '0')}`);

describe.each([
  ['a pipe', (content: string) => fromPipe(chunksOf(content))],
  ['a file', fromFile],
])('%s', (_, open) => {
  test('of both parts together is read whole', async () => {
    const {texts, numbers, unread, bytes, firsts} = await read(open(text));
    expect(texts).toEqual(linesFrom(1, 200));
    expect(numbers).toEqual(linesFrom(1, 200).map((_, index) => index + 1));
    expect({unread, bytes, firsts}).toEqual({unread: null, bytes: 2_000, firsts: 1});
  });

  test('that is longer is read from both sides, and says what is missing', async () => {
    const {texts, numbers, unread, bytes} = await read(open(text), {firstBytes: 95, lastBytes: 105});
    // It comes in chunks of 64 bytes: the first part ends with the second one, within a line.
    expect(texts).toEqual([...linesFrom(1, 12), 'line 001', ...linesFrom(191, 200)]);
    expect(numbers).toEqual([
      ...Array.from({length: 13}, (_, index) => index + 1),
      ...Array.from({length: 10}, (_, index) => index + 13),
    ]);
    expect(unread).toEqual({afterLine: 13, bytes: 2_000 - 128 - 100, isOpenEnded: false, isTooSlow: false});
    expect(bytes).toBe(2_000);
  });

  test('has at most so many lines in each part', async () => {
    const {texts, unread} = await read(open(text), {firstBytes: 1, lines: 5});
    expect(texts.slice(-5)).toEqual(linesFrom(196, 200));
    expect(texts.length).toBeLessThan(13);
    expect(unread).toMatchObject({bytes: 2_000 - 64 - 50, isOpenEnded: false, isTooSlow: false});
  });

  test('without a line feed is read, too', async () => {
    const {texts, unread} = await read(open('x'.repeat(5_000)), {firstBytes: 100, lastBytes: 100});
    expect(texts.map(({length}) => length)).toEqual([128, 100]);
    expect(unread).toEqual({afterLine: 1, bytes: 5_000 - 228, isOpenEnded: false, isTooSlow: false});
  });

  test('that is empty has nothing', async () => {
    expect(await read(open(''))).toMatchObject({texts: [], bytes: 0, firsts: 0, unread: null});
  });
});

describe('a pipe that never ends', () => {
  test('is read until its time is over, then for its newest lines', async () => {
    let number = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          number += 1;
          yield Buffer.from(`line ${number}\n`);
        }
      })(),
    );
    const {texts, unread, bytes} = await read(fromPipe(endless), {restMs: 50});
    expect(texts[0]).toBe('line 1');
    // What has been produced and not asked for yet is in the stream's buffer.
    expect(number - Number(texts.at(-1)?.slice(5))).toBeLessThan(100);
    expect(unread).toMatchObject({isOpenEnded: true});
    expect((unread?.bytes ?? 0) + texts.join('\n').length + 1).toBeLessThanOrEqual(bytes);
    expect(endless.destroyed).toBe(true);
  });

  test('and is silent is read for a time', async () => {
    const silent = new PassThrough();
    silent.write('line 0001\nline 00');
    const {texts, unread} = await read(fromPipe(silent), {totalMs: 50});
    expect(texts).toEqual(['line 0001', 'line 00']);
    expect(unread).toEqual({afterLine: null, bytes: 0, isOpenEnded: true, isTooSlow: false});
    expect(silent.destroyed).toBe(true);
  });
});

describe('a complete log that is read too slowly', () => {
  const isOpenEnded = (): boolean => false;
  const slow = {afterLine: null, isOpenEnded: false, isTooSlow: true};

  test('a complete log whose end was not reached in time is not said to be still written', async () => {
    const rest = new PassThrough();
    const stream = new PassThrough();
    stream.write('line 0001\n');
    const {texts, unread} = await read(
      {stream, file: {sizeBytes: 2_000, readFrom: () => rest}, isOpenEnded},
      {totalMs: 50, restMs: 50, lastBytes: 2_000},
    );
    expect(texts).toEqual(['line 0001']);
    expect(unread).toEqual({...slow, bytes: 0});
    expect([stream.destroyed, rest.destroyed]).toEqual([true, true]);
  });

  test('nor is an archive', async () => {
    const stream = new PassThrough();
    stream.write('line 0001\n');
    const {unread} = await read({stream, file: null, isOpenEnded}, {totalMs: 50});
    expect(unread).toEqual({...slow, bytes: 0});
  });
});

test('a pipe that breaks rejects as its stream does', async () => {
  const broken = new Readable({read: () => undefined});
  broken.destroy(new Error('EIO'));
  await expect(read(fromPipe(broken))).rejects.toThrow('EIO');
});
