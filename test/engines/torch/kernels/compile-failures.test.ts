import {describe, expect, test} from 'vitest';
import {findingOf, type Row, testHealthy, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  [
    'vllm',
    'ptxas /tmp/tmpab12.ptx, line 6; error   : PTX .version 8.3 does not support .target sm_120a',
    'kernel-build-failed',
    /newer Triton/,
    /TRITON_PTXAS_PATH/,
  ],
  [
    'vllm',
    'RuntimeError: CUDA error: too many resources requested for launch',
    'kernel-too-large',
    /--attention-backend/,
    /Xid/,
  ],
  [
    'vllm',
    'triton.runtime.errors.OutOfResources: out of resource: shared memory, Required: 131072, Hardware limit: 101376. Reducing block sizes or `num_stages` may help.',
    'kernel-too-large',
    /On-chip|on-chip/,
    /shm-size/,
  ],
  [
    'vllm',
    'RuntimeError: vLLM failed to compile the model. The most likely reason for this is that a previous compilation failed, leading to a corrupted compilation artifact. We recommend trying to remove ~/.cache/vllm/torch_compile_cache and try again to see the real issue.',
    'compile-cache-broken',
    /torch_compile_cache/,
  ],
  [
    'sglang',
    "FileNotFoundError: [Errno 2] No such file or directory: '/root/.triton/cache/ABC/kernel.json.tmp.pid_77'",
    'compile-cache-broken',
    /\.triton\/cache/,
  ],
  [
    'vllm',
    "RuntimeError: Bytes object is corrupted, checksum does not match. Expected: b'a'",
    'compile-cache-broken',
    /Delete/,
  ],
  [
    'sglang',
    'RuntimeError: Assertion error (/deepgemm/csrc/jit/compiler.hpp:170): major > 12 or (major == 12 and minor >= 3)',
    'toolkit-too-old',
    /nvcc --version/,
  ],
  [
    'sglang',
    'RuntimeError: Assertion error (csrc/jit/compiler.hpp:176): false and "NVCC compilation failed"',
    'kernel-build-failed',
    /CUDA_HOME/,
  ],
];

describe('compiled kernels', () => {
  testRows(rows);

  test('the sizes are those of the line', () => {
    const line = 'OutOfResources: out of resource: shared memory, Required: 131072, Hardware limit: 101376.';
    expect(findingOf('vllm', line)?.message).toContain('131,072 bytes of shared memory per multiprocessor');
    expect(findingOf('vllm', line)?.message).toContain('have 101,376 bytes');
  });

  test('of an error of the compiler, the number format that the GPU lacks is the cause', () => {
    const finding = findingOf(
      'vllm',
      'triton.compiler.errors.CompilationError: at 112:28:',
      "ValueError(\"type fp8e4nv not supported in this architecture. The supported fp8 dtypes are ('fp8e4b15', 'fp8e5')\")",
    );
    expect(finding?.code).toBe('vllm.format-unsupported');
  });

  testHealthy([
    "INFO 11-23 02:00:52 [backends.py:1] Using cache directory: /root/.cache/vllm/torch_compile_cache/ab12/rank_0_0/backbone for vLLM's torch.compile",
    'WARNING 11-23 02:00:52 [fused_moe.py:1] Using default MoE config. Performance might be sub-optimal! Config file not found at /opt/configs/E=384.json',
  ]);
});
