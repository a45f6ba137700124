import {expect, test} from 'vitest';
import {diagnosisOf, findingOf, healthyStart} from '../../torch/torch-findings.ts';

const failed = '(EngineCore_0 pid=1321) ERROR 11-23 03:10:08 [core.py:700] EngineCore failed to start.';
const available = (gib: string): string =>
  `(EngineCore_0 pid=1321) INFO 11-23 03:10:08 [gpu_worker.py:276] Available KV cache memory: ${gib} GiB`;

test('less than nothing for the KV cache is the cause where the error itself is cut off', () => {
  const finding = findingOf('vllm', available('-0.53'), failed);
  expect(finding).toMatchObject({
    code: 'vllm.no-kv-cache-memory',
    message: 'Weights and activations leave no memory for the KV cache.',
  });
  expect(findingOf('vllm', available('12.40'), failed)?.code).toBe('vllm.start-failed');
});

test('another error of the same start is the cause', () => {
  const error =
    '(EngineCore_0 pid=1321) ERROR 11-23 03:10:09 [core.py:700] torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB';
  expect(findingOf('vllm', available('-0.53'), failed, error)?.code).toMatch(/^vllm\.out-of-memory/);
});

test('pages of KV caches that cannot be brought to one size, by the line of an assertion without words', () => {
  const found = diagnosisOf('vllm', [
    '(EngineCore pid=9) ERROR 06-23 06:27:21 [core.py:1229]   File "/srv/vllm/v1/core/kv_cache_utils.py", line 1096, in unify',
    '(EngineCore pid=9) ERROR 06-23 06:27:21 [core.py:1229]     assert new_spec.page_size_bytes == max_page_size',
    '(EngineCore pid=9) ERROR 06-23 06:27:21 [core.py:1229] AssertionError',
  ]);
  expect(found).toMatchObject({exit: 'failed', findings: [{code: 'vllm.cache-pages-differ'}]});
});

const asleep = 'CUDA Error: out of memory at /workspace/csrc/cumem_allocator.cpp:62';

test('a program that could not wake its engine up failed; a server whose call failed lives on', () => {
  expect(diagnosisOf('vllm', ['    allocator.wake_up()', `RuntimeError: ${asleep}`])).toMatchObject({
    exit: 'failed',
    findings: [{code: 'vllm.wake-up-failed', severity: 'critical'}],
  });
  const served = diagnosisOf('vllm', [
    ...healthyStart([]),
    `(APIServer pid=1) Exception: Call to wake_up method failed: ${asleep}`,
  ]);
  expect(served).toMatchObject({exit: 'serving', findings: [{code: 'vllm.wake-up-failed', severity: 'warning'}]});
});

test.each([
  ['layers.3.mlp.down_proj.weight_scale', /did not prepare this part/],
  ['blocks.0.attn.qkv.weight', /does not expect/],
  ['model.layers.0.mlp.experts.w13_weight', /does not expect/],
])('a tensor of the checkpoint without a place: %s', (name, message) => {
  const [finding] = diagnosisOf('vllm', [`ERROR 12-05 20:24:46 engine.py:366] KeyError: '${name}'`])?.findings ?? [];
  expect(finding?.code).toBe('vllm.unsupported-checkpoint');
  expect(finding?.message).toMatch(message);
});
