import {describe} from 'vitest';
import {type Row, testHealthy, testRows} from './torch-findings.ts';

const rows: readonly Row[] = [
  [
    'sglang',
    "AttributeError: 'KimiK25ForConditionalGeneration' object has no attribute 'set_embed_and_head'",
    'draft-mismatch',
    /newer release of SGLang/,
  ],
  ['vllm', 'RuntimeError: received 0 items of ancdata', 'too-many-files', /ulimit -n/],
  ['vllm', 'ValueError: LoRA rank 64 is greater than max_lora_rank 16.', 'limit-exceeded', /--max-lora-rank 64/],
  [
    'vllm',
    "ValueError: Invalid value 'FLASHMLAX' for VLLM_ATTENTION_BACKEND. Valid options: ['FLASHMLA', 'TRITON_MLA'].",
    'invalid-argument',
    /nearest value is FLASHMLA:/,
  ],
  [
    'vllm',
    "ValueError: Following weights were not initialized from checkpoint: {'model.layers.3.mlp.gate.weight', 'x'}",
    'unsupported-checkpoint',
    /index\.json first/,
  ],
  [
    'sglang',
    'AssertionError: Attempted to load weight (torch.Size([7168, 2112])) into parameter (torch.Size([7168, 1056]))',
    'unsupported-checkpoint',
    /not of the same model or format/,
  ],
  [
    'vllm',
    'ValueError: Target and draft model should have the same vocabulary size. Target model vocab_size=163840. Draft model vocab_size=151936.',
    'draft-mismatch',
    /without speculative decoding/,
  ],
  [
    'sglang',
    "ValueError: think_end_token '</think>' must encode to exactly one token for constrained reasoning.",
    'unknown-parser',
    /reasoning parser/,
  ],
  ['sglang', 'ValueError: tp_size 16 must be divisible by ep_size 3', 'not-divisible', /one divides the other/],
  ['vllm', 'AssertionError: number of experts 384 must be divisible by 7', 'not-divisible', /powers of two/],
];

describe('checkpoints, draft models and sizes that do not fit', () => {
  testRows(rows);

  testHealthy([
    "WARNING 11-23 02:00:40 [loader.py:1] Following weights were not initialized from checkpoint (expected for quantized models): {'a.b'}",
    'INFO 11-23 02:00:40 [config.py:1] block_size must be divisible by 16, using 64',
  ]);
});
