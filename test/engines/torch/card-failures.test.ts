import {describe, expect, test} from 'vitest';
import {findingOf, type Row, testHealthy, testRows} from './torch-findings.ts';

const rows: readonly Row[] = [
  [
    'vllm',
    'RuntimeError: CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`',
    'cublas-no-memory',
    /memory fraction/,
  ],
  ['sglang', 'RuntimeError: Triton Error [CUDA]: an illegal memory access was encountered', 'cuda-error', /Xid/],
  ['vllm', 'RuntimeError: CUDA driver error: invalid argument', 'cuda-error', /Xid/],
  ['vllm', 'RuntimeError: No HIP GPUs are available', 'no-gpu', /gantry gpus/],
  [
    'vllm',
    'NotImplementedError: No compiled cutlass_scaled_mm for a compute capability less than CUDA device capability: 120',
    'wrong-build',
    /architecture of the GPUs/,
  ],
  ['sglang', 'AssertionError: libcuda.so cannot found!', 'library-missing', /ldconfig/],
  ['vllm', 'AssertionError: CUDA_HOME is not set', 'toolkit-missing', /CUDA toolkit/],
  [
    'vllm',
    'RuntimeError: cuMulticastCreate failed with error: operation not supported',
    'multicast-unsupported',
    /MULTICAST=1/,
  ],
];

describe('GPUs and what is loaded for them', () => {
  testRows(rows);

  test('two ranks on one GPU are the cause, not the error of NCCL about it', () => {
    const finding = findingOf(
      'vllm',
      'torch.distributed.DistBackendError: NCCL error in: /pytorch/NCCLUtils.hpp:268, invalid usage (run with NCCL_DEBUG=WARN for details), NCCL version 2.21.5',
      'ncclInvalidUsage: This usually reflects invalid usage of NCCL library.',
      'Last error:',
      'Duplicate GPU detected : rank 1 and rank 0 both on CUDA device 1b000',
    );
    expect(finding).toMatchObject({code: 'vllm.duplicate-gpu', message: expect.stringContaining('Ranks 0 and 1')});
  });

  test('a descriptor that was not made follows from another error', () => {
    const finding = findingOf(
      'sglang',
      'Failed to initialize the TMA descriptor 700',
      'RuntimeError: CUDA error: an illegal memory access was encountered',
    );
    expect(finding?.code).toBe('sglang.cuda-error');
  });

  testHealthy([
    'INFO 11-23 02:00:21 [symm_mem.py:1] SymmMemCommunicator: multicast is available on this device',
    'WARNING 11-23 02:00:21 [symm_mem.py:1] symmetric memory initialization failed, communicator is not available',
  ]);
});
