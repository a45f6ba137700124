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
