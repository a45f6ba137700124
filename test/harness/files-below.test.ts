import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import {expect, test} from 'vitest';
import {filesBelow} from './files-below.ts';
import {temporaryDirectory} from './temporary-directory.ts';

test('regular files at every depth with their modes; links and directories that are gone are left out', () => {
  const directory = temporaryDirectory();
  mkdirSync(path.join(directory, 'a', 'b'), {recursive: true});
  writeFileSync(path.join(directory, 'a', 'b', 'key'), 'text', {mode: 0o600});
  symlinkSync('/nonexistent/file', path.join(directory, 'a', 'link'));
  expect(filesBelow(directory)).toEqual([
    {name: path.join(directory, 'a', 'b', 'key'), bytes: Buffer.from('text'), mode: 0o600},
  ]);
  expect(filesBelow(path.join(directory, 'gone'))).toEqual([]);
});
