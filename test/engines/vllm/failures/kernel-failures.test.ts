import {expect, test} from 'vitest';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';
import {type Row, testRows} from '../../torch/torch-findings.ts';

const rows: readonly Row[] = [
  [
    'vllm',
    "AssertionError: Workspace is locked but allocation from 'nova_attn.py:88:_prefill' requires 13.50 MB, current size is 10.00 MB. Workspace growth is not allowed after locking.",
    'workspace-locked',
    /cudagraph_mode/,
    /memory fraction/,
  ],
  [
    'vllm',
    "AssertionError: Workspace is locked but allocation for 'scratch' requires 2.00 MB",
    'workspace-locked',
    /newer/,
  ],
  ['vllm', 'AssertionError: Sinks are only supported in FlashAttention 3', 'backend-unsupported', /TRITON_ATTN/],
];
testRows(rows);

test('a message that was broken by hand is known by its first line', () => {
  const found = readLines([
    'AssertionError: Workspace is locked but allocation from',
    "'nova_attn.py:88:_prefill' requires 13.50 MB,",
    'current size is 10.00 MB.',
  ]);
  expect(found).toMatchObject({engine: 'vllm', findings: [{code: 'vllm.workspace-locked'}]});
});
