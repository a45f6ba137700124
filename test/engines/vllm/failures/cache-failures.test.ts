import {expect, test} from 'vitest';
import {findingOf} from '../../torch/torch-findings.ts';

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
