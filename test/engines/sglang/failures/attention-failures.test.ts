import {expect, test} from 'vitest';
import {readLines} from '../../../sources/pasted-text/read-lines.ts';
import {diagnosisOf} from '../../torch/torch-findings.ts';

test.each([
  [
    "AssertionError: Only {'trtllm_mha', 'flashinfer', 'triton'} backends are supported on Blackwell GPUs for hybrid GDN models. Got prefill=fa3, decode=fa3.",
    /only with flashinfer, triton, trtllm_mha, and was given prefill=fa3, decode=fa3\.$/,
  ],
  ["ValueError: The 'fa3' backend is not supported on Blackwell GPUs", /backend fa3 for images/],
  [
    'AssertionError: FlashAttention v3 Backend requires SM>=80 and SM<=90. Please use `--attention-backend flashinfer`.',
    /FlashAttention 3/,
  ],
  ['ValueError: trtllm_mha backend can only be used with non-MLA models.', /this is an MLA model/],
  ['ValueError: cutedsl_mla backend can only be used with MLA models.', /this is none/],
])('%s', (line, message) => {
  const found = readLines([line]);
  expect(found).toMatchObject({exit: 'failed', engine: 'sglang', findings: [{code: 'sglang.backend-unsupported'}]});
  expect(found?.findings[0]?.message).toMatch(message);
});

test.each([
  ['init_kv_buffer', 'sglang.host-memory-not-pinned', /ulimit -l/],
  ['forward', 'sglang.cuda-error', /Xid/],
])('an invalid argument in %s: %s', (name, code, remedy) => {
  const found = diagnosisOf('sglang', [
    'Traceback (most recent call last):',
    '  File "/srv/sglang/srt/mem_cache/memory_pool_host.py", line 87, in __init__',
    '    self.kv_buffer = self.make()',
    `  File "/srv/sglang/srt/mem_cache/memory_pool_host.py", line 240, in ${name}`,
    '    return torch.empty(',
    'RuntimeError: CUDA error: invalid argument',
  ]);
  expect(found?.findings[0]?.code).toBe(code);
  expect(found?.findings[0]?.remedy).toMatch(remedy);
});
