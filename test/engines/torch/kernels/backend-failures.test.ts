import {describe, expect, test} from 'vitest';
import {findingOf, type Row, testHealthy, testRows} from '../torch-findings.ts';

const rows: readonly Row[] = [
  [
    'sglang',
    "RuntimeError: Error in function 'aligned_alloc' at /flashinfer/allocator.h:49: Buffer overflow when allocating memory for batch_prefill_tmp_v with size 420478976 and alignment 16, but only 402653184 bytes available",
    'workspace-too-small',
    /SGLANG_FLASHINFER_WORKSPACE_SIZE/,
  ],
  [
    'vllm',
    'NotImplementedError: No NvFp4 MoE backend supports the deployment configuration.',
    'backend-unsupported',
    /--moe-backend/,
  ],
  [
    'vllm',
    "ValueError: NvFp4 MoE backend 'FLASHINFER_CUTLASS' does not support the deployment configuration since kernel does not support current device cuda.",
    'backend-unsupported',
    /another format/,
  ],
  [
    'vllm',
    "Failed: Cuda error /workspace/csrc/custom_all_reduce.cuh:455 'invalid argument'",
    'custom-all-reduce',
    /expandable_segments/,
  ],
  [
    'sglang',
    'RuntimeError: cudaHostRegister failed (rc=1) at offset=0 size=34760392704',
    'host-memory-not-pinned',
    /--hicache-size/,
  ],
  [
    'vllm',
    "ValueError: Selected backend AttentionBackendEnum.CUTLASS_MLA is not valid for this configuration. Reason: ['compute capability not supported']",
    'backend-unsupported',
    /Remove --attention-backend/,
  ],
  ['vllm', 'AssertionError: Aiter MLA only supports 16 or 128 number of heads.', 'heads-unsupported', /4 GPUs/],
  [
    'sglang',
    'ValueError: FlashMLA only supports page size 64, change page_size from 1',
    'backend-unsupported',
    /--attention-backend/,
  ],
  [
    'vllm',
    'RuntimeError: DeepGEMM backend is not available or outdated. Please install or update the `deep_gemm` to a newer version to enable FP8 kernels.',
    'deepgemm-missing',
    /VLLM_USE_DEEP_GEMM=0/,
  ],
  [
    'sglang',
    "RuntimeError: Failed: Assertion error csrc/heuristics/utils/math.hpp:41 'Unknown compute capability'",
    'wrong-build',
    /SGLANG_ENABLE_JIT_DEEPGEMM=0/,
  ],
  [
    'sglang',
    '/sgl-workspace/nvshmem/src/modules/transport/ibrc/ibrc.cpp:420: non-zero status: 22 ibv_modify_qp failed',
    'nvshmem-failed',
    /NVSHMEM_IB_GID_INDEX/,
  ],
  [
    'vllm',
    '/build/nvshmem/src/host/transport/transport.cpp:nvshmemi_transport_init:287: Unable to initialize any transports. returning error.',
    'nvshmem-failed',
    /EnableStreamMemOPs/,
  ],
  [
    'sglang',
    "RuntimeError: Failed: Assertion error /DeepEP/csrc/deep_ep.cpp:1105 'x.size(0) == topk_idx.size(0) and x.size(0) <= num_max_dispatch_tokens_per_rank'",
    'dispatch-too-large',
    /SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK/,
  ],
];

describe('backends', () => {
  testRows(rows);

  test('a backend that does not take the KV cache dtype is cured by that setting', () => {
    const line =
      "ValueError: Selected backend FLASHMLA is not valid for this configuration. Reason: ['kv_cache_dtype not supported']";
    expect(findingOf('vllm', line)?.settingsChange).toEqual({kvCacheDtype: 'auto'});
  });

  test('a limit of a backend that is no GPU is not said to be one', () => {
    const message = (what: string) => findingOf('sglang', `ValueError: FlashMLA only supports ${what}.`)?.message;
    expect(message('page size 64')).not.toContain('GPUs');
    expect(message('Hopper GPUs or newer')).toContain('does not run on these GPUs');
  });

  test('of NVSHMEM, the missing kernel module is the cause', () => {
    const finding = findingOf(
      'sglang',
      'ibgda.cpp:nvshmemt_init:3626: neither nv_peer_mem, or nvidia_peermem detected. Skipping transport.',
      'transport.cpp:nvshmemi_transport_init:287: Unable to initialize any transports. returning error.',
      'team.cu:nvshmem_team_split_strided:63: NVSHMEM API called before NVSHMEM initialization has completed',
    );
    expect(finding?.remedy).toContain('modprobe nvidia_peermem');
  });

  testHealthy([
    "INFO 11-23 02:00:21 [cuda.py:1] Using FLASHMLA attention backend out of potential backends: ['FLASHMLA', 'CUTLASS_MLA']",
    'INFO 11-23 02:00:21 [cuda.py:1] Forcing kv cache block size to 64 for FlashMLA backend.',
    'WARN: init failed for remote transport: ibrc',
    'WARNING 11-23 02:00:21 [deep_gemm.py:1] DeepGEMM E8M0 disabled on current configuration.',
  ]);
});
