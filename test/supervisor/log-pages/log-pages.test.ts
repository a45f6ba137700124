import {appendFile, stat, utimes, writeFile} from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import {beforeEach, describe, expect, test} from 'vitest';
import type {LogPage, LogPageQuery} from '../../../src/api/log-page.ts';
import {vllm} from '../../../src/engines/vllm/vllm.ts';
import {createSecretMask} from '../../../src/sources/log/redaction.ts';
import {createPagedLog} from '../../../src/supervisor/log-pages/log-pages.ts';
import {rotateLog} from '../../../src/supervisor/process/rotate-log.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const everything: LogPageQuery = {lines: 1_000, level: null, rank: null, pattern: '', text: ''};

let logPath = '';
beforeEach(() => {
  logPath = path.join(temporaryDirectory('pages'), 'engine.log');
});

function pagesOf(secrets: readonly string[] = [], clockDifferenceMs: number | null = null) {
  const read = createPagedLog({
    path: logPath,
    newMask: createSecretMask(secrets),
    readLogTimeMs: vllm.readLogTimeMs,
    clockDifferenceMs: () => clockDifferenceMs,
  });
  return async (query: Partial<LogPageQuery>) => {
    const page = await read({...everything, ...query});
    if (!page.ok) throw new Error(page.error.message);
    return page.value;
  };
}

type Page = Omit<LogPage, 'runId'>;
const textsOf = ({lines}: Page): readonly string[] => lines.map(({text}) => text);

/** Every page from one end to the other; each begins where the one before ended. */
async function walk(direction: 'older' | 'newer', query: Partial<LogPageQuery> = {}): Promise<readonly string[]> {
  const read = pagesOf();
  const found: string[] = [];
  let at: number | undefined = direction === 'newer' ? 0 : undefined;
  for (let count = 0; count < 10_000; count += 1) {
    const page: Page = await read({...query, ...(direction === 'newer' ? {after: at} : {before: at})});
    if (direction === 'newer') found.push(...textsOf(page));
    else found.unshift(...textsOf(page));
    const next: number = direction === 'newer' ? page.toBytes : page.fromBytes;
    if (next === (direction === 'newer' ? page.endBytes : page.startBytes)) return found;
    at = next;
  }
  throw new Error('the pages do not end');
}

function timedLine(number: number): string {
  const time = new Date(Date.UTC(2026, 10, 23, 3) + number * 1_000);
  return `INFO 11-23 ${time.toISOString().slice(11, 19)} [loggers.py:12] line ${number} ${'x'.repeat(number % 90)}`;
}

describe('pages of a log', () => {
  test('have every line once, in both directions, whatever the lengths of lines and pages', async () => {
    const lengths = fc.array(fc.oneof(fc.nat(40), fc.integer({min: 3_000, max: 9_000})), {
      minLength: 1,
      maxLength: 120,
    });
    await fc.assert(
      fc.asyncProperty(lengths, fc.integer({min: 1, max: 50}), async (widths, lines) => {
        const texts = widths.map((width, index) => `${index} ${'y'.repeat(width)}`);
        await writeFile(logPath, `${texts.join('\n')}\n`);
        expect(await walk('older', {lines})).toEqual(texts);
        expect(await walk('newer', {lines})).toEqual(texts);
      }),
      {numRuns: 25},
    );
  });

  test('continue through the parts of a rotated log, whose places stay the same', async () => {
    const written: string[] = [];
    const write = async (count: number): Promise<void> => {
      const more = Array.from({length: count}, (_, index) => `line ${written.length + index}`);
      written.push(...more);
      await appendFile(logPath, `${more.join('\n')}\n`);
    };
    await write(1_000);
    const [before] = (await pagesOf()({text: 'line 940'})).lines;
    for (let round = 0; round < 2; round += 1) {
      const {size} = await stat(logPath);
      expect(await rotateLog(logPath, {maxBytes: size - 1, keepFiles: 3})).toBeNull();
      await write(500);
    }
    // Each time the first byte was too much.
    const whole = written.filter((text) => text !== 'line 0' && text !== 'line 1000');
    expect((await walk('older', {lines: 70})).filter((text) => text.startsWith('line '))).toEqual(whole);
    expect((await walk('newer', {lines: 70})).filter((text) => text.startsWith('line '))).toEqual(whole);
    const [after] = (await pagesOf()({text: 'line 940'})).lines;
    expect(after).toEqual(before);
  });

  test('say where a part of the log is no longer kept', async () => {
    for (const letter of ['a', 'b', 'c']) {
      await appendFile(logPath, `${letter.repeat(99)}\n`.repeat(60_000));
      await rotateLog(logPath, {maxBytes: 1_000_000, keepFiles: 1});
    }
    await appendFile(logPath, 'the end\n');
    const notes = (await walk('older')).filter((text) => text.includes('no longer kept'));
    expect(notes).toEqual(['… 12 MiB of the log are no longer kept']);
    expect((await walk('newer')).filter((text) => text.includes('no longer kept'))).toEqual(notes);
  });

  test('a line whose end is not written yet comes with it, or once the file has been quiet', async () => {
    await writeFile(logPath, 'whole\npart');
    const page = await pagesOf()({after: 0});
    expect([textsOf(page), page.toBytes, page.endBytes]).toEqual([['whole'], 6, 10]);
    await utimes(logPath, new Date(0), new Date(0));
    expect(textsOf(await pagesOf()({after: 0}))).toEqual(['whole', 'part']);
    expect(textsOf(await pagesOf()({}))).toEqual(['whole', 'part']);
  });

  test('have only lines that pass, and end after a moment without one', async () => {
    await writeFile(logPath, `${Array.from({length: 200_000}, (_, index) => timedLine(index)).join('\n')}\n`);
    const page = await pagesOf()({text: 'nowhere'});
    expect(page.lines).toEqual([]);
    expect(page.fromBytes).toBeLessThan(page.toBytes);
    expect(await walk('older', {text: 'LINE 77777 '})).toEqual([timedLine(77_777)]);
    expect(await walk('newer', {pattern: 'line 1999[0-3]\\d x*$'})).toHaveLength(40);
  });

  test('have no secrets: not in a line, not over a line end, and none that a search could find', async () => {
    const secret = 'planted-value-1234567890';
    await writeFile(logPath, `first\nkey ${secret} here\nbroken planted-value-123\n4567890 rest\n`);
    const read = pagesOf([secret]);
    expect(textsOf(await read({}))).toEqual(['first', 'key **** here', 'broken ****', '**** rest']);
    expect(textsOf(await read({text: 'planted'}))).toEqual([]);
    expect(textsOf(await read({text: 'rest'}))).toEqual(['**** rest']);
    expect(textsOf(await read({text: '****'}))).toHaveLength(3);
  });

  test('a regular expression that is not accepted is an error', async () => {
    await expect(pagesOf()({pattern: '(a'})).rejects.toThrow('The regular expression (a is not accepted');
  });

  test('a log that does not exist is empty', async () => {
    expect(await pagesOf()({})).toEqual({lines: [], fromBytes: 0, toBytes: 0, startBytes: 0, endBytes: 0});
  });
});

describe('the page of a time', () => {
  const startMs = Date.UTC(2026, 10, 23, 12);

  test('begins with the first line of that time or later', async () => {
    const log = Array.from({length: 20_000}, (_, index) => (index % 3 === 0 ? timedLine(index) : `  untimed ${index}`));
    await writeFile(logPath, `${log.join('\n')}\n`);
    const logStartMs = vllm.readLogTimeMs(timedLine(0)) ?? 0;
    const read = pagesOf([], startMs - logStartMs);
    const at = async (seconds: number) => textsOf(await read({atMs: startMs + seconds * 1_000, lines: 1}));
    expect(await at(-50)).toEqual([timedLine(0)]);
    expect(await at(0)).toEqual([timedLine(0)]);
    expect(await at(9_000)).toEqual([timedLine(9_000)]);
    expect(await at(9_001)).toEqual([timedLine(9_003)]);
    expect(await at(19_998)).toEqual([timedLine(19_998)]);
    expect(await at(99_999)).toEqual([]);
  });

  test('is by the time of the file where no line has told what the clock of the log says', async () => {
    await writeFile(logPath, `${Array.from({length: 100}, (_, index) => timedLine(index)).join('\n')}\n`);
    await utimes(logPath, startMs / 1_000, startMs / 1_000);
    expect(textsOf(await pagesOf()({atMs: startMs - 10_000, lines: 1}))).toEqual([timedLine(89)]);
  });

  test('is an error where no line has a time', async () => {
    await writeFile(logPath, 'one\ntwo\n');
    await expect(pagesOf()({atMs: startMs})).rejects.toThrow('The lines of this log have no times.');
  });
});
