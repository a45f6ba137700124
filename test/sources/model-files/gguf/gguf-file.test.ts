import {closeSync, ftruncateSync, openSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {readGgufFile} from '../../../../src/sources/model-files/gguf/gguf-file.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';
import {buildGguf, type GgufTensorSpec, type GgufValue, writeFiles} from '../build-model-files.ts';

const tensor: GgufTensorSpec = {name: 'a', shape: [8], type: 0, bytes: 32};
const tensors: readonly GgufTensorSpec[] = [tensor];

async function readFile(file: Buffer) {
  const directory = temporaryDirectory();
  await writeFiles(directory, {'g.gguf': file});
  return readGgufFile(join(directory, 'g.gguf'));
}

const readMetadata = (metadata: Readonly<Record<string, GgufValue>>) => readFile(buildGguf(metadata, tensors));

describe('the alignment of tensors', () => {
  test.each([1, 32, 65_536])('%i bytes are possible', async (alignment) => {
    const file = buildGguf({'general.alignment': alignment}, tensors);
    const room = Buffer.alloc(Math.max(0, alignment + 64));
    expect(await readFile(Buffer.concat([file, room]))).toMatchObject({ok: true, value: {tensorBytes: 32}});
  });

  test.each<[GgufValue]>([[0], [65_537], [0.5], ['32']])('%j is an error', async (alignment) => {
    expect(await readMetadata({'general.alignment': alignment})).toMatchObject({
      ok: false,
      error: {code: 'memory.broken-model-file'},
    });
  });

  test('of 64 bytes moves the tensors: a file with room for 32 only is cut off', async () => {
    const metadata = {'general.alignment': 64, 'general.name': 'x'};
    const header = buildGguf(metadata, []).length;
    const end = (alignment: number): number => Math.ceil(unaligned / alignment) * alignment + 32;
    const unaligned = buildGguf(metadata, tensors).length - 32;
    expect(unaligned).toBeGreaterThan(header);
    const file = Buffer.concat([buildGguf(metadata, tensors), Buffer.alloc(128)]);
    expect(await readFile(file.subarray(0, end(64)))).toMatchObject({ok: true});
    expect(await readFile(file.subarray(0, end(64) - 1))).toMatchObject({
      ok: false,
      error: {code: 'memory.truncated-model-file'},
    });
  });
});

test('a tensor of an unknown type has the bytes up to the end of the file', async () => {
  const file = buildGguf({'general.name': 'x'}, [{name: 'a', shape: [8], type: 200, bytes: 96}]);
  expect(await readFile(file)).toMatchObject({ok: true, value: {tensors: [{name: 'a', bytes: 96}], tensorBytes: 96}});
});

test('what the parser quotes of a broken file is short and printable', async () => {
  const name = `\u00e4\n\u001b[31m${'x'.repeat(500)}`;
  const result = await readFile(buildGguf({}, [{name, shape: [2 ** 62], type: 0, bytes: 32}]));
  if (result.ok) throw new Error('no tensor has so many values');
  expect(result.error.code).toBe('memory.broken-model-file');
  const [, quoted = ''] = /its header is broken: (.*)\.$/s.exec(result.error.message) ?? [];
  expect(quoted).toHaveLength(200);
  expect(quoted).toMatch(/^[ -~]+$/);
  expect(quoted).toContain('"???[31mxxx');
});

describe('the number of keys', () => {
  // A file of such a size is not written: a sparse end stands for it.
  const withKeys = (keyCount: bigint): Buffer =>
    Buffer.concat([buildGguf({}, [], {keyCount}), Buffer.alloc(Number(keyCount) * 14)]);

  test('more than 10,000 are refused before they are read', async () => {
    const result = await readFile(withKeys(10_001n));
    expect(result.ok ? '' : result.error.message).toContain('expected at most 200,000 and 10,000');
  });

  test('10,000 are read', async () => {
    const metadata = Object.fromEntries(Array.from({length: 10_000}, (_, index) => [`k.${index}`, index]));
    const result = await readMetadata(metadata);
    expect(result).toMatchObject({ok: true, value: {metadata: {'k.9999': 9999}}});
  });
});

test('descriptions of more tensors than one read of the parser holds are read to the last', async () => {
  const many = Array.from({length: 70_000}, (_, index): GgufTensorSpec => ({...tensor, name: `t.${index}`}));
  const result = await readFile(buildGguf({}, many));
  expect(result.ok && result.value.tensors.map(({name}) => name)).toEqual(many.map(({name}) => name));
});

test('kept values of more than one read of the parser are read to the last, and the tensors after them', async () => {
  const texts = Object.fromEntries(
    Array.from({length: 600}, (_, index) => [`k.${index}`, `${index} ${'x'.repeat(4_000)}`] as const),
  );
  const result = await readFile(buildGguf(texts, [tensor, {...tensor, name: 'b'}]));
  expect(result).toMatchObject({ok: true, value: {metadata: texts, tensors: [{name: 'a'}, {name: 'b'}]}});
});

test('descriptions of more than 32 MB are refused', async () => {
  const path = join(temporaryDirectory(), 'g.gguf');
  /** Names of so many bytes, all of them NUL, take no space. */
  const write = (count: number, nameBytes: number): void => {
    const file = openSync(path, 'w');
    writeSync(file, buildGguf({}, [], {tensorCount: BigInt(count)}), 0, 24, 0);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(nameBytes));
    for (let index = 0; index < count; index += 1) {
      const at = 24 + index * (nameBytes + 24);
      writeSync(file, length, 0, 8, at);
      // A type of unknown size, so that all may begin at the same byte.
      writeSync(file, Buffer.of(200), 0, 1, at + 8 + nameBytes + 4);
    }
    ftruncateSync(file, 24 + count * (nameBytes + 24) + 4_096);
    closeSync(file);
  };
  // The last part that is read begins at 30 MB, or at 32.
  write(78, 400_000);
  expect(await readGgufFile(path)).toMatchObject({ok: true});
  write(82, 400_000);
  expect(await readGgufFile(path)).toMatchObject({ok: false, error: {code: 'memory.broken-model-file'}});
});

describe('long names', () => {
  test('a key of 1,024 bytes is read, one more is an error', async () => {
    const key = 'k'.repeat(1024);
    expect(await readMetadata({[key]: 7})).toMatchObject({ok: true, value: {metadata: {[key]: 7}}});
    expect(await readMetadata({[`${key}k`]: 7})).toMatchObject({ok: false});
  });
});

test('a file that ends with its header, without tensors, is whole', async () => {
  const file = buildGguf({'general.name': 'x'.repeat(7)}, []);
  const header = 24 + 8 + 12 + 4 + 8 + 7;
  expect(await readFile(file.subarray(0, header))).toMatchObject({ok: true, value: {tensors: [], tensorBytes: 0}});
  expect(await readFile(file.subarray(0, header - 1))).toMatchObject({ok: false});
});

test('lists longer than the part of the file that is held in memory are skipped', async () => {
  const numbers = Array.from({length: 400_000}, (_, index) => index);
  const result = await readMetadata({'a.numbers': numbers, 'b.after': 42});
  expect(result).toMatchObject({ok: true, value: {metadata: {'b.after': 42}}});
  expect(result.ok && 'a.numbers' in result.value.metadata).toBe(false);
});
