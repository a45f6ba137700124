import type {GGUFTensorInfo} from '@huggingface/gguf';
import {describe, expect, test} from 'vitest';
import {describeTensors} from '../../../../src/sources/model-files/gguf/gguf-tensors.ts';

const tensor = (name: string, dtype: number, shape: readonly number[], offset: number | bigint): GGUFTensorInfo => ({
  name,
  n_dims: shape.length,
  shape: shape.map(BigInt),
  dtype,
  offset: BigInt(offset),
});
const UNKNOWN_TYPE = 250;

describe('the bytes of a tensor', () => {
  test.each([
    [0, [3, 2], 24],
    [1, [3], 6],
    [2, [64], 36],
    [8, [33], 68],
    [12, [256, 2], 288],
    [30, [5], 10],
    [39, [32], 17],
    [0, [], 4],
  ])('of type %i and shape %j are %i', (dtype, shape, bytes) => {
    expect(describeTensors([tensor('t', dtype, shape, 0)], 1_000)).toEqual({
      ok: true,
      value: {tensors: [{name: 't', shape, bytes}], tensorBytes: bytes, endBytes: bytes},
    });
  });

  // Published bits per weight (llama.cpp, tools/quantize and ggml-common.h).
  test.each([
    [0, 'F32', 32],
    [1, 'F16', 16],
    [2, 'Q4_0', 4.5],
    [3, 'Q4_1', 5],
    [6, 'Q5_0', 5.5],
    [7, 'Q5_1', 6],
    [8, 'Q8_0', 8.5],
    [9, 'Q8_1', 9],
    [10, 'Q2_K', 2.625],
    [11, 'Q3_K', 3.4375],
    [12, 'Q4_K', 4.5],
    [13, 'Q5_K', 5.5],
    [14, 'Q6_K', 6.5625],
    [15, 'Q8_K', 9.125],
    [16, 'IQ2_XXS', 2.0625],
    [17, 'IQ2_XS', 2.3125],
    [18, 'IQ3_XXS', 3.0625],
    [19, 'IQ1_S', 1.5625],
    [20, 'IQ4_NL', 4.5],
    [21, 'IQ3_S', 3.4375],
    [22, 'IQ2_S', 2.5625],
    [23, 'IQ4_XS', 4.25],
    [24, 'I8', 8],
    [25, 'I16', 16],
    [26, 'I32', 32],
    [27, 'I64', 64],
    [28, 'F64', 64],
    [29, 'IQ1_M', 1.75],
    [30, 'BF16', 16],
    [34, 'TQ1_0', 1.6875],
    [35, 'TQ2_0', 2.0625],
    [39, 'MXFP4', 4.25],
  ])('of type %i, %s, have %f bits per weight', (dtype, _, bits) => {
    const described = describeTensors([tensor('t', dtype, [256], 0)], 10_000);
    expect(described.ok && described.value.tensorBytes).toBe((256 * bits) / 8);
  });

  test('of an unknown type reach to the next tensor, and of the last one to the end of the file', () => {
    const infos = [tensor('b', UNKNOWN_TYPE, [8], 64), tensor('a', UNKNOWN_TYPE, [8], 0)];
    expect(describeTensors(infos, 100)).toMatchObject({
      ok: true,
      value: {
        tensors: [
          {name: 'a', bytes: 64},
          {name: 'b', bytes: 36},
        ],
        tensorBytes: 100,
        endBytes: 100,
      },
    });
  });

  test('of an unknown type after the end of the file are zero', () => {
    expect(describeTensors([tensor('a', UNKNOWN_TYPE, [8], 64)], 10)).toMatchObject({
      ok: true,
      value: {tensorBytes: 0},
    });
  });
});

test('tensors may be adjacent or have gaps, but not overlap', () => {
  const second = (offset: number) => describeTensors([tensor('a', 0, [2], 0), tensor('b', 0, [2], offset)], 100);
  expect(second(8)).toMatchObject({ok: true, value: {tensorBytes: 16, endBytes: 16}});
  expect(second(32)).toMatchObject({ok: true, value: {tensorBytes: 16, endBytes: 40}});
  expect(second(7).ok).toBe(false);
});

test('offsets and sizes beyond the range of a number are refused', () => {
  expect(describeTensors([tensor('a', 0, [2], 2n ** 60n)], 100).ok).toBe(false);
  expect(describeTensors([tensor('a', 0, [2 ** 40, 2 ** 40], 0)], 100).ok).toBe(false);
  expect(describeTensors([tensor('a', 0, [2], 2n ** 53n - 4n)], 100).ok).toBe(false);
});

test('no tensors have no bytes', () => {
  expect(describeTensors([], 100)).toEqual({ok: true, value: {tensors: [], tensorBytes: 0, endBytes: 0}});
});
