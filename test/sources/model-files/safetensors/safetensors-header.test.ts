import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {readSafetensorsHeader} from '../../../../src/sources/model-files/safetensors/safetensors-header.ts';
import {temporaryDirectory} from '../../../harness/temporary-directory.ts';
import {safetensorsFile} from '../build-model-files.ts';

/** What is read of a file: its summary and tensors, or the code of the problem. */
async function read(content: Buffer) {
  const path = join(temporaryDirectory(), 'x.safetensors');
  writeFileSync(path, content);
  const tensors: [string, number][] = [];
  const result = await readSafetensorsHeader(path, (name, bytes) => tensors.push([name, bytes]));
  return result.ok ? {...result.value, tensors} : result.error.code;
}

const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const BROKEN = 'memory.broken-model-file';
const CUT = 'memory.truncated-model-file';
const none = {tensorCount: 0, tensorBytes: 0, tensors: []};
const tensor = {dtype: 'F32', shape: [2, 3], data_offsets: [0, 24]};
const one = {tensorCount: 1, tensorBytes: 24, tensors: [['a', 24]]};
/** A header of exactly this text, without padding. */
const bare = (text: string): Buffer => {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, Buffer.from(text)]);
};

describe('the length of a header', () => {
  test('is two bytes at least', async () => {
    expect(await read(bare('{}'))).toEqual(none);
    expect(await read(bare('{'))).toBe(BROKEN);
    expect(await read(bare(''))).toBe(BROKEN);
    expect(await read(Buffer.alloc(7))).toBe(CUT);
    expect(await read(bare('{}').subarray(0, 9))).toBe(CUT);
  });

  test('is 100,000,000 bytes at most: more is another format, not a file that is cut off', async () => {
    const declared = (bytes: bigint): Buffer => {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(bytes);
      return length;
    };
    expect(await read(declared(100_000_000n))).toBe(CUT);
    expect(await read(declared(100_000_001n))).toBe(BROKEN);
  });
});

test('a header of many tensors, in any order, is read in turns', async () => {
  const count = 40_000;
  // Each begins where another one ends, in an order of its own.
  const place = (index: number): number => (index * 7_919) % count;
  const header = Array.from({length: count}, (_, index) => {
    const begin = place(index) * 4;
    return `"layers.${index}":{"dtype":"F32","shape":[1],"data_offsets":[${begin},${begin + 4}]}`;
  });
  const path = join(temporaryDirectory(), 'x.safetensors');
  writeFileSync(path, Buffer.concat([bare(`{"__metadata__":null,${header.join(',')}}`), Buffer.alloc(4 * count)]));
  let read = 0;
  let isOver = false;
  let most = 0;
  const others = (async () => {
    for (let before = 0; !isOver; before = read) {
      await nextTurn();
      most = Math.max(most, read - before);
    }
  })();
  const result = await readSafetensorsHeader(path, () => {
    read += 1;
  });
  isOver = true;
  await others;
  expect(result).toMatchObject({ok: true, value: {tensorCount: count, tensorBytes: 4 * count}});
  expect(most).toBeLessThan(5_000);
});

describe('a tensor', () => {
  test('has a type, a shape and two offsets, in any order and with more keys', async () => {
    expect(await read(safetensorsFile({a: tensor}, 24))).toEqual(one);
    const {dtype, shape, data_offsets} = tensor;
    expect(await read(safetensorsFile({a: {data_offsets, more: [1, {}], shape, dtype}}, 24))).toEqual(one);
  });

  test.each([
    ['type', {shape: [1], data_offsets: [0, 4]}],
    ['shape', {dtype: 'F32', data_offsets: [0, 4]}],
    ['offsets', {dtype: 'F32', shape: [1]}],
    ['second offset', {dtype: 'F32', shape: [0], data_offsets: [0]}],
    ['end of its offsets', {dtype: 'F32', shape: [1], data_offsets: [0, 4, 4]}],
  ])('without a %s is refused', async (_, content) => {
    expect(await read(safetensorsFile({a: content}, 4))).toBe(BROKEN);
  });

  test.each([
    ['BOOL', 3, 3],
    ['F4', 4, 2],
    ['F6_E2M3', 4, 3],
    ['F6_E3M2', 4, 3],
    ['U8', 3, 3],
    ['I8', 3, 3],
    ['F8_E4M3', 3, 3],
    ['F8_E5M2', 3, 3],
    ['F8_E8M0', 3, 3],
    ['F8_E4M3FNUZ', 3, 3],
    ['F8_E5M2FNUZ', 3, 3],
    ['I16', 3, 6],
    ['U16', 3, 6],
    ['F16', 3, 6],
    ['BF16', 3, 6],
    ['I32', 3, 12],
    ['U32', 3, 12],
    ['F32', 3, 12],
    ['I64', 3, 24],
    ['U64', 3, 24],
    ['F64', 3, 24],
    ['C64', 3, 24],
  ])('of type %s and %i elements has %i bytes', async (dtype, elements, bytes) => {
    const of = (size: number) => safetensorsFile({a: {dtype, shape: [elements], data_offsets: [0, size]}}, size);
    expect(await read(of(bytes))).toMatchObject({tensorBytes: bytes});
    for (const other of [bytes - 1, bytes + 1]) expect(await read(of(other))).toBe(BROKEN);
  });

  test.each(['F128', 'constructor', 'f32'])('of the unknown type %s has the bytes of its offsets', async (dtype) => {
    expect(await read(safetensorsFile({a: {dtype, shape: [7], data_offsets: [0, 5]}}, 5))).toMatchObject({
      tensorBytes: 5,
    });
    expect(await read(safetensorsFile({a: {dtype, shape: [7], data_offsets: [5, 0]}}, 5))).toBe(BROKEN);
  });

  test('may be empty, also between others', async () => {
    const empty = (at: number) => ({dtype: 'F32', shape: [0], data_offsets: [at, at]});
    expect(await read(safetensorsFile({a: empty(0)}, 0))).toMatchObject({tensorCount: 1, tensorBytes: 0});
    const between = {c: {...tensor, data_offsets: [24, 48]}, b: empty(24), a: tensor};
    expect(await read(safetensorsFile(between, 48))).toMatchObject({tensorCount: 3, tensorBytes: 48});
  });
});

describe('the data', () => {
  test('is in any order, without overlap and without a hole, also at its beginning', async () => {
    const second = {...tensor, data_offsets: [24, 48]};
    expect(await read(safetensorsFile({b: second, a: tensor}, 48))).toMatchObject({tensorBytes: 48});
    expect(await read(safetensorsFile({b: second}, 48))).toBe(BROKEN);
    expect(await read(safetensorsFile({a: tensor, b: tensor}, 48))).toBe(BROKEN);
    expect(await read(safetensorsFile({a: tensor, b: {...tensor, data_offsets: [25, 49]}}, 49))).toBe(BROKEN);
  });

  test('ends with the file: one byte less is cut off, one more is broken', async () => {
    expect(await read(safetensorsFile({a: tensor}, 23))).toBe(CUT);
    expect(await read(safetensorsFile({a: tensor}, 25))).toBe(BROKEN);
    expect(await read(safetensorsFile({__metadata__: {format: 'pt'}}, 0))).toEqual(none);
    expect(await read(safetensorsFile({__metadata__: {format: 'pt'}}, 1))).toBe(BROKEN);
  });
});
