import {join} from 'node:path';
import {expect, test, vi} from 'vitest';
import {readGgufFile} from '../../../../src/sources/model-files/gguf/gguf-file.ts';
import type {OpenFile} from '../../../../src/sources/model-files/read-part.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';
import {buildGguf, writeFiles} from '../build-model-files.ts';

let isBroken = false;
vi.mock('../../../../src/sources/model-files/read-part.ts', async (original) => {
  const module = await original<typeof import('../../../../src/sources/model-files/read-part.ts')>();
  const readPart = (file: OpenFile, position: number, length: number): Promise<Buffer> => {
    // The parser reads in parts of two million bytes.
    if (isBroken && length > 1_500_000) throw Object.assign(new Error('EIO'), {code: 'EIO', syscall: 'read'});
    return module.readPart(file, position, length);
  };
  return {...module, readPart};
});

test('an error of the disk while the parser reads is one of the disk, not of the file', async () => {
  const directory = temporaryDirectory();
  await writeFiles(directory, {'g.gguf': buildGguf({}, [{name: 'a', shape: [8], type: 0, bytes: 32}])});
  const path = join(directory, 'g.gguf');
  expect(await readGgufFile(path)).toMatchObject({ok: true});
  isBroken = true;
  expect(await readGgufFile(path)).toMatchObject({
    ok: false,
    error: {code: 'memory.model-not-readable', message: expect.stringContaining('EIO')},
  });
});
