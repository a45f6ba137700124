import {expect, test} from 'vitest';
import {cacheOf} from '../../../../src/engines/torch/setup/cache-places.ts';
import {unnamedTorchEngine} from '../../../../src/engines/torch/torch-engine.ts';
import {findingOf} from '../torch-findings.ts';

test.each([
  ['/home/u/.triton/cache/ab/kernel.json', 'TRITON_CACHE_DIR'],
  ['/tmp/torchinductor_root/ab/x.py', 'TORCHINDUCTOR_CACHE_DIR'],
  ['/root/.cache/torch_extensions/py312/x', 'TORCH_EXTENSIONS_DIR'],
  ['/root/.cache/flashinfer/0.6/x', 'FLASHINFER_WORKSPACE_BASE'],
  ['/tmp/x', 'TMPDIR'],
  ['/home/u/.cache/huggingface/hub/x', 'HF_HOME'],
  [undefined, 'HF_HOME'],
])('%s is moved with %s', (path, variable) => {
  expect(cacheOf(path, unnamedTorchEngine)).toContain(variable);
});

test.each([
  ["OSError: [Errno 28] No space left on device: '/home/u/.triton/cache/x'", 'vllm.disk-full'],
  ["OSError: [Errno 122] Disk quota exceeded: '/home/u/.triton/cache/x'", 'vllm.disk-quota'],
  ["PermissionError: [Errno 13] Permission denied: '/home/u/.triton/cache/x'", 'vllm.no-permission'],
])('%s', (line, code) => {
  const finding = findingOf('vllm', line);
  expect(finding?.code).toBe(code);
  expect(finding?.remedy).toContain('TRITON_CACHE_DIR');
  expect(finding?.remedy).not.toContain('HF_HOME');
});
