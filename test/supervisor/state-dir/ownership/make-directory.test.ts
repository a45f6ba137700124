import {mkdirSync, statSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {makeDirectory} from '../../../../src/supervisor/state-dir/ownership/make-directory.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';

test('a directory is created with those above it, only for this user, and is not created again', async () => {
  const root = temporaryDirectory('make');
  const directory = path.join(root, 'a', 'b', 'c');
  expect(await makeDirectory(directory)).toBe(true);
  for (const one of ['a', 'a/b', 'a/b/c']) expect(statSync(path.join(root, one)).mode & 0o777).toBe(0o700);
  expect(await makeDirectory(directory)).toBe(false);
  mkdirSync(path.join(root, 'other'), {mode: 0o755});
  expect(await makeDirectory(path.join(root, 'other'))).toBe(false);
});

test('nothing is created where something else is in the way', async () => {
  const file = path.join(temporaryDirectory('make'), 'file');
  writeFileSync(file, '');
  await expect(makeDirectory(file)).rejects.toMatchObject({code: 'EEXIST'});
  await expect(makeDirectory(path.join(file, 'a', 'b'))).rejects.toMatchObject({code: 'ENOTDIR'});
});

test('a file system that has the parent and denies the directory ends it', async () => {
  await expect(makeDirectory('/proc/self/a/b')).rejects.toMatchObject({code: 'ENOENT'});
});
