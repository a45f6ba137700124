import {Buffer} from 'node:buffer';
import {appendFileSync} from 'node:fs';
import {appendFile, mkdir, open, readdir, readlink, rename, rm, truncate, writeFile} from 'node:fs/promises';
import path from 'node:path';
import {afterEach, beforeEach, describe, expect, onTestFinished, test} from 'vitest';
import type {Finding} from '../../../src/domain/diagnosis/finding.ts';
import type {LogLine} from '../../../src/samples/log-line.ts';
import {guardWorkWith} from '../../../src/sources/host/external-work.ts';
import {followLog} from '../../../src/sources/log/follow-log.ts';
import {eventually} from '../../harness/eventually.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let directory = '';
let logPath = '';
let controller = new AbortController();
let lines: LogLine[] = [];
let findings: (Finding | null)[] = [];

beforeEach(() => {
  directory = temporaryDirectory('log');
  logPath = path.join(directory, 'engine.log');
  controller = new AbortController();
  lines = [];
  findings = [];
});

afterEach(() => {
  controller.abort();
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
  await eventually(() => expect(lines.map((line) => line.text)).toEqual(texts), 'the lines');
}

/** Resolves when another follower has seen several lines, each a look of its own: by then those before it have looked. */
async function untilPolled(): Promise<void> {
  const marker = path.join(directory, 'marker.log');
  const other = new AbortController();
  let seen = 0;
  await writeFile(marker, 'marker\n');
  await new Promise<void>((resolve) => {
    followLog({
      path: marker,
      fromOffsetBytes: 0,
      pollMs: 5,
      signal: other.signal,
      onLines: () => {
        seen += 1;
        if (seen > 3) resolve();
        else void appendFile(marker, 'marker\n');
      },
    });
  });
  other.abort();
}

/** What this process has open, by /proc. */
async function openFiles(): Promise<string[]> {
  const descriptors = await readdir('/proc/self/fd');
  return Promise.all(descriptors.map((name) => readlink(`/proc/self/fd/${name}`).catch(() => '')));
}

describe('catching up', () => {
  test('emits everything, including the unfinished last line, long before the next poll', async () => {
    await writeFile(logPath, 'one\n');
    const following = followLog({
      path: logPath,
      fromOffsetBytes: 0,
      pollMs: 60_000,
      signal: controller.signal,
      onLines: (more) => lines.push(...more),
    });
    await expectTexts(['one']);
    await appendFile(logPath, 'two\nlast words');
    await following.catchUp();
    expect(lines.map((line) => line.text)).toEqual(['one', 'two', 'last words']);
  });

  test('works on nothing where nothing was written', async () => {
    let works = 0;
    const run = <T>(_work: unknown, act: () => T): T => {
      works += 1;
      return act();
    };
    guardWorkWith({run, after: (act) => act(), failed: []});
    onTestFinished(() => guardWorkWith(null));
    await writeFile(logPath, 'one\nlast words');
    const following = followLog({
      path: logPath,
      fromOffsetBytes: 0,
      pollMs: 60_000,
      signal: controller.signal,
      onLines: (more) => lines.push(...more),
    });
    await following.catchUp();
    expect(lines.map((line) => line.text)).toEqual(['one', 'last words']);
    const before = works;
    await following.catchUp();
    await following.catchUp();
    expect(works).toBe(before);
  });

  test('ends although the log grows faster than it is read', async () => {
    const burst = `${'x'.repeat(99)}\n`.repeat(2_000);
    await writeFile(logPath, burst);
    const following = followLog({
      path: logPath,
      fromOffsetBytes: 0,
      pollMs: 600_000,
      signal: controller.signal,
      onLines: (more) => {
        lines.push(...more);
        appendFileSync(logPath, burst);
      },
    });
    await following.catchUp();
    const seen = lines.length;
    await following.catchUp();
    expect(lines.length).toBeGreaterThan(seen);
    expect(lines.map(({number}) => number)).toEqual(lines.map((_, index) => index + 1));
  });

  test('ends without a file, and after following has ended', async () => {
    const following = followLog({
      path: logPath,
      fromOffsetBytes: 0,
      pollMs: 60_000,
      signal: controller.signal,
      onLines: (more) => lines.push(...more),
    });
    await following.catchUp();
    const pending = following.catchUp();
    controller.abort();
    await pending;
    await following.catchUp();
    expect(lines).toEqual([]);
  });
});

describe('followLog', () => {
  test('emits existing lines, then appended ones, each line once, half lines when they are complete', async () => {
    await writeFile(logPath, 'one\ntwo\nth');
    follow();
    await expectTexts(['one', 'two']);
    await appendFile(logPath, 'ree\nfour\n');
    await expectTexts(['one', 'two', 'three', 'four']);
    expect(lines.map((line) => line.number)).toEqual([1, 2, 3, 4]);
    expect(lines.map((line) => line.offsetBytes)).toEqual([0, 4, 8, 14]);
  });

  test('waits for a file that does not exist yet, without a finding, also if its directory is missing', async () => {
    logPath = path.join(directory, 'runs', 'engine.log');
    follow();
    await untilPolled();
    await mkdir(path.dirname(logPath));
    await untilPolled();
    await writeFile(logPath, 'late\n');
    await expectTexts(['late']);
    expect(findings).toEqual([]);
  });

  test('starts at the given offset', async () => {
    await writeFile(logPath, 'old\nnew\n');
    follow(4);
    await expectTexts(['new']);
  });

  test('restarts when the file is truncated, and continues the line numbers', async () => {
    await writeFile(logPath, 'a long first line\n');
    follow();
    await expectTexts(['a long first line']);
    await truncate(logPath, 0);
    await appendFile(logPath, 'short\n');
    await expectTexts(['a long first line', 'short']);
    expect(lines.map((line) => line.number)).toEqual([1, 2]);
  });

  test('reads a rotated file to its end before the new one', async () => {
    await writeFile(logPath, 'one\n');
    follow();
    await expectTexts(['one']);
    await rename(logPath, `${logPath}.1`);
    await appendFile(`${logPath}.1`, 'last words');
    await writeFile(logPath, 'fresh\n');
    await expectTexts(['one', 'last words', 'fresh']);
  });

  test('emits an unfinished line after a pause, and the rest as a separate line', async () => {
    await writeFile(logPath, 'load:  7%');
    follow();
    await expectTexts(['load:  7%']);
    await appendFile(logPath, ' and more\n');
    await expectTexts(['load:  7%', ' and more']);
  });

  test('reports a log that cannot be read, and resolves that when it can', async () => {
    await rm(logPath, {force: true});
    const notAFile = path.join(directory, 'not-a-directory');
    await writeFile(notAFile, '');
    logPath = path.join(notAFile, 'engine.log');
    follow();
    await eventually(() => expect(findings).toMatchObject([{code: 'source.log.unreadable'}]), 'the finding');
    await rm(notAFile);
    await eventually(
      () => expect(findings).toMatchObject([{code: 'source.log.unreadable'}, null]),
      'the log to be readable again',
    );
  });

  test('emits nothing after it was aborted', async () => {
    await writeFile(logPath, 'one\n');
    follow();
    await expectTexts(['one']);
    controller.abort();
    await appendFile(logPath, 'two\n');
    await untilPolled();
    expect(lines).toHaveLength(1);
  });

  test('leaves no file open after it was aborted', async () => {
    await writeFile(logPath, 'one\n');
    follow();
    await expectTexts(['one']);
    expect(await openFiles()).toContain(logPath);
    controller.abort();
    await eventually(async () => expect(await openFiles()).not.toContain(logPath), 'the file to be closed');
  });

  test('leaves no rotated file open', async () => {
    await writeFile(logPath, 'one\n');
    follow();
    await expectTexts(['one']);
    await rename(logPath, `${logPath}.1`);
    await writeFile(logPath, 'two\n');
    await expectTexts(['one', 'two']);
    expect(await openFiles()).not.toContain(`${logPath}.1`);
  });

  test('follows several rotations and a removal, and loses nothing that was written before them', async () => {
    const expected: string[] = [];
    follow();
    for (let turn = 0; turn < 5; turn += 1) {
      await writeFile(logPath, `first ${turn}\n`);
      await appendFile(logPath, `half ${turn}`);
      expected.push(`first ${turn}`);
      await expectTexts(expected);
      await (turn % 2 === 0 ? rename(logPath, `${logPath}.${turn}`) : rm(logPath));
      // An unfinished line ends with its file.
      expected.push(`half ${turn}`);
    }
    await writeFile(logPath, 'end\n');
    await expectTexts([...expected, 'end']);
    expect(lines.map((line) => line.number)).toEqual(lines.map((_, index) => index + 1));
    expect(findings).toEqual([]);
  });

  test('emits an unfinished line when the file is truncated', async () => {
    await writeFile(logPath, 'one\nlast wor');
    follow();
    await expectTexts(['one']);
    await truncate(logPath, 0);
    await expectTexts(['one', 'last wor']);
    await appendFile(logPath, 'two\n');
    await expectTexts(['one', 'last wor', 'two']);
    expect(lines.map((line) => line.offsetBytes)).toEqual([0, 4, 0]);
  });

  test('finds the lines after the hole that a writer without O_APPEND leaves after a truncation', async () => {
    const file = await open(logPath, 'w');
    try {
      await file.write(`${'x'.repeat(300_000)}\n`, 0);
      follow();
      await eventually(() => expect(lines).toHaveLength(1), 'the lines');
      await truncate(logPath, 0);
      await untilPolled();
      // The writer goes on at its own offset: all before it is NUL.
      await file.write('after the hole\n', 300_001);
      await eventually(() => expect(lines.at(-1)?.text).toBe('after the hole'), 'the lines');
      expect(lines).toHaveLength(2);
      expect(lines[1]?.offsetBytes).toBe(300_001);
    } finally {
      await file.close();
    }
  });

  test('cuts a line of a megabyte, says how long it was, and continues', async () => {
    await writeFile(logPath, `before\n${'y'.repeat(1_000_000)}\nafter\n`);
    follow();
    await eventually(() => expect(lines).toHaveLength(3), 'the lines');
    expect(lines[1]?.text).toMatch(/^y{65536} \u2026 \(cut: the line has 1000000 bytes\)$/);
    expect(lines[2]).toEqual({number: 3, offsetBytes: 1_000_008, text: 'after'});
  });

  test('cuts a line of a megabyte that comes piece by piece', async () => {
    await writeFile(logPath, '');
    follow();
    for (let piece = 0; piece < 20; piece += 1) await appendFile(logPath, 'z'.repeat(50_000));
    await appendFile(logPath, '\nafter\n');
    await eventually(() => expect(lines).toHaveLength(2), 'the lines');
    expect(lines[0]?.text).toContain('(cut: the line has 1000000 bytes)');
    expect(lines[1]?.text).toBe('after');
  });

  test('turns binary bytes into text', async () => {
    const bytes = [0xff, 0xfe, 0x41, 0x00, 0x42, 0xc3, 0x0a, 0xe6, 0xbc, 0xa2, 0x0a];
    await writeFile(logPath, Uint8Array.from(bytes));
    follow();
    await expectTexts(['\ufffd\ufffdAB\ufffd', '漢']);
    expect(lines[1]?.offsetBytes).toBe(7);
  });

  test('combines a character that was written in two pieces', async () => {
    const bytes = Buffer.from('漢字\n');
    await writeFile(logPath, bytes.subarray(0, 2));
    follow();
    await untilPolled();
    await appendFile(logPath, bytes.subarray(2));
    await expectTexts(['漢字']);
  });

  test('catches up with a large log in order', async () => {
    const many = Array.from({length: 20_000}, (_, index) => `line ${index}`);
    await writeFile(logPath, `${many.join('\n')}\n`);
    follow();
    await expectTexts(many);
  });
});
