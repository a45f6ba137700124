import {expect, test} from 'vitest';
import {diagnosisOf, type Row, testHealthy, testRows} from '../torch-findings.ts';

const assertion = (condition: string): string =>
  `../aten/src/ATen/native/cuda/Indexing.cu:1422: operator(): block: [3,0,0], thread: [64,0,0] Assertion \`${condition}\` failed.`;

const rows: readonly Row[] = [
  [
    'vllm',
    'RuntimeError: probability tensor contains either `inf`, `nan` or element < 0',
    'values-not-finite',
    /FP4|BF16/,
    /memory fraction/,
  ],
  ['vllm', assertion('probability tensor contains either `inf`, `nan` or element < 0'), 'values-not-finite', /backend/],
  ['sglang', 'ValueError: Detected errors during sampling! NaN in the logits.', 'values-not-finite', /speculative/],
  ['vllm', 'AssertionError: logits contain NaN values', 'values-not-finite', /Restart/],
  [
    'vllm',
    assertion('-sizes[i] <= index && index < sizes[i] && "index out of bounds"'),
    'index-out-of-range',
    /vocabulary|tokenizer/,
  ],
  ['vllm', assertion('srcIndex < srcSelectDimSize'), 'index-out-of-range', /draft model/],
  [
    'sglang',
    'ValueError: FlashMLA only supports page size 64, change page_size from 1',
    'backend-unsupported',
    /--page-size 64/,
  ],
  [
    'sglang',
    'ValueError: TRTLLM MLA backend only supports page_size of 32 or 64, got 16',
    'backend-unsupported',
    /--page-size 32/,
  ],
  [
    'sglang',
    'ValueError: nova attention backend requires page_size=128, got 1',
    'backend-unsupported',
    /--page-size 128/,
  ],
  ['vllm', 'ValueError: FlashMLA only supports block size 64.', 'backend-unsupported', /--block-size 64/],
];
testRows(rows);

test('values that SGLang replaced are a warning, not a failure', () => {
  const found = diagnosisOf('sglang', [
    '[2026-05-06 12:35:08 TP0] Detected errors during sampling! NaN in the logits.',
  ]);
  expect(found?.findings).toContainEqual(
    expect.objectContaining({code: 'sglang.values-not-finite', severity: 'warning'}),
  );
});

testHealthy(['INFO 05-06 12:00:00 [config.py:1] NaN detection is enabled: checking logits', 'INFO page_size=64']);
