import {execFile} from 'node:child_process';
import {readFileSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {promisify} from 'node:util';
import {beforeEach, expect, test} from 'vitest';
import {packTar} from '../../../src/cli/report/pack-tar.ts';
import {temporaryDirectory} from '../../harness/temporary-directory.ts';

const run = promisify(execFile);
const AT_MS = Date.UTC(2026, 10, 24, 2, 14, 15);

let directory = '';
beforeEach(() => {
  directory = temporaryDirectory('tar');
});

test('tar lists and unpacks what was packed, byte for byte', async () => {
  const files = {
    'report/README.txt': Buffer.from('two words\n'),
    'report/incident/empty.txt': Buffer.alloc(0),
    'report/block.bin': Buffer.alloc(512, 7),
    'report/more.bin': Buffer.alloc(70_001, 'é'),
    [`report/${'n'.repeat(93)}`]: Buffer.from('the longest name'),
  };
  const archive = path.join(directory, 'x.tar');
  writeFileSync(
    archive,
    packTar(
      Object.entries(files).map(([name, data]) => ({name, data})),
      AT_MS,
    ),
  );
  const {stdout, stderr} = await run('tar', ['tf', archive]);
  expect([stdout.trim().split('\n'), stderr]).toEqual([Object.keys(files), '']);
  await run('tar', ['xf', archive, '-C', directory]);
  for (const [name, data] of Object.entries(files)) {
    expect(readFileSync(path.join(directory, name)).equals(data)).toBe(true);
  }
  const {mode, mtimeMs} = statSync(path.join(directory, 'report/README.txt'));
  expect([mode & 0o777, mtimeMs]).toEqual([0o600, AT_MS]);
});

test('a name that is too long for the format is refused', () => {
  expect(() => packTar([{name: 'n'.repeat(101), data: Buffer.alloc(0)}], AT_MS)).toThrow(RangeError);
});
