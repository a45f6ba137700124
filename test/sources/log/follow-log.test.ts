import {appendFile, mkdtemp, rename, rm, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import * as fc from 'fast-check';
import {afterEach, beforeEach, describe, expect, it, vi} from 'vitest';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {LogLine} from '../../../src/samples/log-line.ts';
import {followLog} from '../../../src/sources/log/follow-log.ts';
import {readLogTail} from '../../../src/sources/log/read-log-tail.ts';

let directory = '';
let logPath = '';
let controller = new AbortController();
let lines: LogLine[] = [];
let findings: (Finding | null)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'gantry-log-'));
  logPath = path.join(directory, 'engine.log');
  controller = new AbortController();
  lines = [];
  findings = [];
});

afterEach(async () => {
  controller.abort();
  await rm(directory, {recursive: true, force: true});
});

function follow(fromOffsetBytes = 0): void {
  followLog({
    path: logPath,
    fromOffsetBytes,
    pollMs: 5,
    signal: controller.signal,
    onLines: (more) => lines.push(...more),
    onFinding: (finding) => findings.push(finding),
  });
}

async function expectTexts(texts: readonly string[]): Promise<void> {
  await vi.waitFor(() => expect(lines.map((line) => line.text)).toEqual(texts), {timeout: 5_000, interval: 5});
}

describe('followLog', () => {
  it('gives what is there, then what is appended, each line once, half lines when they are whole', async () => {
    await writeFile(logPath, 'one\ntwo\nth');
    follow();
    await expectTexts(['one', 'two']);
    await appendFile(logPath, 'ree\nfour\n');
    await expectTexts(['one', 'two', 'three', 'four']);
    expect(lines.map((line) => line.number)).toEqual([1, 2, 3, 4]);
    expect(lines.map((line) => line.offsetBytes)).toEqual([0, 4, 8, 14]);
  });

  it('waits for a file that is not there yet, without a complaint', async () => {
    follow();
    await new Promise((resolve) => setTimeout(resolve, 30));
    await writeFile(logPath, 'late\n');
    await expectTexts(['late']);
    expect(findings).toEqual([]);
  });

  it('begins where it is told to', async () => {
    await writeFile(logPath, 'old\nnew\n');
    follow(4);
    await expectTexts(['new']);
  });

  it('begins again when the file is truncated, and numbers on', async () => {
    await writeFile(logPath, 'a long first line\n');
    follow();
    await expectTexts(['a long first line']);
    await truncate(logPath, 0);
    await appendFile(logPath, 'short\n');
    await expectTexts(['a long first line', 'short']);
    expect(lines.map((line) => line.number)).toEqual([1, 2]);
  });

  it('reads a rotated file to its end before the new one', async () => {
    await writeFile(logPath, 'one\n');
    follow();
    await expectTexts(['one']);
    await rename(logPath, `${logPath}.1`);
    await appendFile(`${logPath}.1`, 'last words');
    await writeFile(logPath, 'fresh\n');
    await expectTexts(['one', 'last words', 'fresh']);
  });

  it('gives an unfinished line after it has been quiet, and the rest as a line of its own', async () => {
    await writeFile(logPath, 'load:  7%');
    follow();
    await expectTexts(['load:  7%']);
    await appendFile(logPath, ' and more\n');
    await expectTexts(['load:  7%', ' and more']);
  });

  it('names a log that may not be read, and takes it back when it may', async () => {
    await rm(logPath, {force: true});
    const notAFile = path.join(directory, 'not-a-directory');
    await writeFile(notAFile, '');
    logPath = path.join(notAFile, 'engine.log');
    follow();
    await vi.waitFor(() => expect(findings).toMatchObject([{code: 'source.log.unreadable'}]));
    await rm(notAFile);
    await vi.waitFor(() => expect(findings).toMatchObject([{code: 'source.log.unreadable'}, null]));
  });

  it('stays silent after it was aborted', async () => {
    await writeFile(logPath, 'one\n');
    follow();
    await expectTexts(['one']);
    controller.abort();
    await appendFile(logPath, 'two\n');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(lines).toHaveLength(1);
  });

  it('catches up with a large log in order', async () => {
    const many = Array.from({length: 20_000}, (_, index) => `line ${index}`);
    await writeFile(logPath, `${many.join('\n')}\n`);
    follow();
    await expectTexts(many);
  });
});

describe('readLogTail', () => {
  it('gives the same last lines as reading the whole log', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('\n', 'word', 'é漢', 'x'.repeat(40_000), '\r50%', '\n\n'), {maxLength: 30}),
        fc.integer({min: 1, max: 12}),
        async (log, count) => {
          await writeFile(logPath, log.join(''));
          const all = await readLogTail(logPath, 1_000_000);
          const tail = await readLogTail(logPath, count);
          expect(all.ok && tail.ok && tail.value).toEqual(all.ok && all.value.slice(-count));
        },
      ),
      {numRuns: 60},
    );
  });

  it('reads the end of a large log without reading all of it', async () => {
    await writeFile(logPath, `${'x'.repeat(50)}\n`.repeat(400_000));
    await appendFile(logPath, 'the end\n');
    const startedMs = performance.now();
    const tail = await readLogTail(logPath, 1);
    expect(performance.now() - startedMs).toBeLessThan(200);
    expect(tail).toEqual({ok: true, value: [{offsetBytes: 20_400_000, text: 'the end'}]});
  });

  it('gives nothing for no lines, and an error for no file', async () => {
    expect(await readLogTail(logPath, 3)).toMatchObject({ok: false, error: {code: 'source.log.unreadable'}});
    await writeFile(logPath, 'x\n');
    expect(await readLogTail(logPath, 0)).toEqual({ok: true, value: []});
  });
});
