import {describe, expect, test} from 'vitest';
import {readLines} from '../../sources/pasted-text/read-lines.ts';
import {findingOf, type Row, testHealthy, testRows} from './torch-findings.ts';

const rows: readonly Row[] = [
  [
    'sglang',
    'ValueError: For quantized MoE models, please make sure (moe_intermediate_size=2048 / moe_tp_size=32) % weight_block_size_n=128 == 0 where moe_tp_size is equal to tp_size (32) divided by ep_size (1).',
    'quantization-not-divisible',
    /expert parallelism/,
  ],
  [
    'vllm',
    'RuntimeError: Expected trailing dimension of mat1 to be divisible by 16 but got mat1 shape: (16x1160).',
    'quantization-not-divisible',
    /by a factor of 2/,
  ],
  [
    'vllm',
    'RuntimeError: GPTQ_MARLIN_MIN_THREAD_N (64) > out_features',
    'quantization-not-divisible',
    /tensor parallel/,
  ],
  [
    'vllm',
    "RuntimeError: Worker failed with error 'size_k must divisible by BLOCK_SIZE_K', please check the stack trace above for the root cause",
    'quantization-not-divisible',
    /expert whole on one GPU/,
    /whole log/,
  ],
  ['sglang', 'RuntimeError: BLOCK_SIZE_K must divisible by group_size', 'quantization-not-divisible', /expert whole/],
  ['vllm', 'AssertionError: in_features must be divisible by 128', 'quantization-not-divisible', /Lower the tensor/],
];

describe('quantized weights that cannot be split', () => {
  testRows(rows);

  test('the width of a part is computed, and the fix is a setting', () => {
    expect(findingOf('sglang', rows[0]?.[1] ?? '')).toMatchObject({
      message: expect.stringContaining('is 64 wide, and their blocks 128'),
      settingsChange: {expertParallel: true},
    });
  });

  testHealthy(['INFO 11-23 02:00:05 [config.py:1] max_num_batched_tokens should be divisible by the block size']);
});

test('attention heads that cannot be split are those of one engine, also in a text without its name', () => {
  const found = readLines([
    'ValueError: Total number of attention heads (20) must be divisible by tensor parallel size (8).',
  ]);
  expect(found).toMatchObject({engine: 'vllm', findings: [{settingsChange: {tensorParallelSize: 5}}]});
});
