import {chmodSync, mkdirSync} from 'node:fs';
import path from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {findIn, isExecutable, pathDirectories} from '../../../src/sources/engine-installation/executable-files.ts';
import {createHost} from './search-bench.ts';

let host: ReturnType<typeof createHost>;
beforeEach(() => {
  host = createHost();
});
afterEach(() => host.clean());

test('a file that can be executed is a program; a directory, a plain file and a missing one are not', async () => {
  const file = host.program(path.join(host.bin, 'engine'), '');
  expect(await isExecutable(file)).toBe(true);
  chmodSync(file, 0o644);
  expect(await isExecutable(file)).toBe(false);
  expect(await isExecutable(host.bin)).toBe(false);
  expect(await isExecutable(path.join(host.bin, 'missing'))).toBe(false);
});

test('the first directory with the program counts, and one with a directory of that name is skipped', async () => {
  const [first, second, third] = ['a', 'b', 'c'].map((name) => path.join(host.root, name));
  if (first === undefined || second === undefined || third === undefined) throw new Error('three directories');
  mkdirSync(path.join(first, 'engine'), {recursive: true});
  host.program(path.join(third, 'engine'), '');
  expect(await findIn([first, second, third], 'engine')).toBe(path.join(third, 'engine'));
  host.program(path.join(second, 'engine'), '');
  expect(await findIn([first, second, third], 'engine')).toBe(path.join(second, 'engine'));
  expect(await findIn([first], 'engine')).toBeNull();
});

test('a PATH gives its absolute directories in order, each once', () => {
  expect(pathDirectories('/usr/bin:.:relative/bin::/bin:/usr/bin')).toEqual(['/usr/bin', '/bin']);
  expect(pathDirectories('')).toEqual([]);
});
