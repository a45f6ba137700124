import {execFileSync} from 'node:child_process';
import {appendFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {followLog} from '../../../src/sources/log/follow-log.ts';
import {openLog} from '../../../src/sources/log/open-log.ts';
import {eventually} from '../../harness/eventually.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const makePipe = (file: string): void => void execFileSync('sh', ['-c', 'mkfifo "$0"', file]);

test.each([
  ['a pipe', makePipe, 'ENOTSUP'],
  ['a directory', (file: string) => mkdirSync(file), 'EISDIR'],
  ['a device', (file: string) => symlinkSync('/dev/zero', file), 'ENOTSUP'],
] as const)('%s in the place of a log is an error of the system, and is not waited for', async (_, make, code) => {
  const file = path.join(temporaryDirectory('log'), 'engine.log');
  make(file);
  await expect(openLog(file)).rejects.toMatchObject({code, syscall: 'open'});
});

test('a log that a pipe replaces is reported, and read again once a file is there', async () => {
  const file = path.join(temporaryDirectory('log'), 'engine.log');
  writeFileSync(file, 'first\n');
  const seen: string[] = [];
  const codes: (string | null)[] = [];
  const controller = new AbortController();
  followLog({
    path: file,
    fromOffsetBytes: 0,
    pollMs: 5,
    signal: controller.signal,
    onLines: (lines) => seen.push(...lines.map(({text}) => text)),
    onFinding: (finding) => codes.push(finding?.code ?? null),
  });
  await eventually(() => seen.includes('first'), 'the first line');
  rmSync(file);
  makePipe(file);
  await eventually(() => codes.includes('source.log.unreadable'), 'the finding');
  rmSync(file);
  writeFileSync(file, 'second\n');
  appendFileSync(file, 'third\n');
  await eventually(() => seen.includes('third') && codes.at(-1) === null, 'the lines of the new file');
  controller.abort();
});
