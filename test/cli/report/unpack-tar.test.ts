import fc from 'fast-check';
import {expect, test} from 'vitest';
import {packTar} from '../../../src/cli/report/pack-tar.ts';
import {fileInTar, isTar} from '../../../src/cli/report/unpack-tar.ts';

const data = fc.uint8Array({maxLength: 2_000}).map((bytes) => Buffer.from(bytes));

test('each packed file is found by the end of its name, byte for byte', () => {
  fc.assert(
    fc.property(fc.array(data, {minLength: 1, maxLength: 6}), (contents) => {
      const entries = contents.map((bytes, index) => ({name: `report/incident/${index}.json`, data: bytes}));
      const archive = packTar(entries, 0);
      expect(isTar(archive)).toBe(true);
      for (const [index, bytes] of contents.entries())
        expect(fileInTar(archive, `/incident/${index}.json`)?.equals(bytes)).toBe(true);
      expect(fileInTar(archive, '/incident/none.json')).toBe(null);
    }),
  );
});

test('an archive that is cut off, and any other bytes, have no file', () => {
  const archive = packTar([{name: 'report/a.txt', data: Buffer.alloc(1_000, 'a')}], 0);
  for (let length = 0; length < 1_512; length += 100)
    expect(fileInTar(archive.subarray(0, length), 'a.txt')).toBe(null);
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 3_000}), (bytes) => {
      expect(fileInTar(Buffer.from(bytes), 'recording.jsonl')).toBe(null);
    }),
  );
});
