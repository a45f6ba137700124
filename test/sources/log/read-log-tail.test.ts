import {appendFile, truncate, writeFile} from 'node:fs/promises';
import path from 'node:path';
import * as fc from 'fast-check';
import {beforeEach, describe, expect, test} from 'vitest';
import {readLogTail} from '../../../src/sources/log/read-log-tail.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

let logPath: string;
beforeEach(() => {
  logPath = path.join(temporaryDirectory('log-tail'), 'engine.log');
});

describe('readLogTail', () => {
  test('returns a line of a megabyte cut, and the lines around it complete', async () => {
    await writeFile(logPath, `before\n${'y'.repeat(1_000_000)}\nafter`);
    const tail = await readLogTail(logPath, 3);
    const [before, long, after] = tail.ok ? tail.value.map(({text}) => text) : [];
    expect([before, after]).toEqual(['before', 'after']);
    expect(long).toMatch(/^y{65536} \u2026 \(cut: the line has 1000000 bytes\)$/);
    expect(await readLogTail(logPath, 1)).toEqual({ok: true, value: [{offsetBytes: 1_000_008, text: 'after'}]});
  });

  test('turns binary bytes into text', async () => {
    await writeFile(logPath, Uint8Array.from([0xff, 0x41, 0x00, 0x42, 0x0a]));
    expect(await readLogTail(logPath, 5)).toEqual({ok: true, value: [{offsetBytes: 0, text: '\ufffdAB'}]});
  });

  test('returns the same last lines as reading the complete log', async () => {
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

  test('reads the end of a large log without reading all of it', async () => {
    // A terabyte that takes no room on the disk: nobody reads it whole before the test's deadline.
    const emptyBytes = 2 ** 40;
    await writeFile(logPath, '');
    await truncate(logPath, emptyBytes);
    await appendFile(logPath, '\nthe end\n');
    const tail = await readLogTail(logPath, 1);
    expect(tail).toEqual({ok: true, value: [{offsetBytes: emptyBytes + 1, text: 'the end'}]});
  });

  test('returns nothing for zero lines, and an error without a file', async () => {
    expect(await readLogTail(logPath, 3)).toMatchObject({ok: false, error: {code: 'source.log.unreadable'}});
    await writeFile(logPath, 'x\n');
    expect(await readLogTail(logPath, 0)).toEqual({ok: true, value: []});
  });
});
