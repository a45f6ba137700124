import {describe, expect, test} from 'vitest';
import {unknownLogContext} from '../../src/engines/engine.ts';
import {llamacppFailures} from '../../src/engines/llamacpp/failures/catalog.ts';
import type {Failure} from '../../src/engines/log/failure-catalog.ts';
import {unnamedEngine} from '../../src/engines/log/unnamed-engine.ts';
import {engines} from '../../src/engines/registry.ts';
import {sglangFailures} from '../../src/engines/sglang/failures/catalog.ts';
import {vllmFailures} from '../../src/engines/vllm/failures/catalog.ts';

/** Options of other programs that a remedy names: containers, tools of the system. */
const toolOptions = ['--shm-size', '--ipc', '--gpus', '--runtime', '--ulimit', '--cap-add', '--security-opt'].concat([
  '--pids-limit',
  '--device',
  '--platform',
  '--privileged',
  '-a',
  '-d',
  '--head',
  '--address',
  '--format',
  '--mem',
  '--version',
  '--create-all',
  '-aG',
  '--force-reinstall',
  '--no-cache-dir',
  '--output',
  '--node-ip-address',
  '--num-gpus',
  '--node-manager-port',
  '--object-manager-port',
]);

/** Variables that the libraries of both Python engines read (CUDA, NCCL, NVSHMEM, Gloo, PyTorch, Triton, Hugging Face). */
const sharedVariables = ['CUDA_VISIBLE_DEVICES', 'CUDA_HOME', 'CUDA_LAUNCH_BLOCKING', 'LD_LIBRARY_PATH'].concat(
  ['MAX_JOBS', 'OMP_NUM_THREADS', 'TRITON_PTXAS_PATH', 'HF_HOME', 'HF_TOKEN', 'NCCL_DEBUG', 'NCCL_P2P_DISABLE'],
  [
    'NVIDIA_VISIBLE_DEVICES',
    'HF_HUB_ENABLE_HF_TRANSFER',
    'HF_HUB_DISABLE_XET',
    'NCCL_NVLS_ENABLE',
    'NCCL_CUMEM_ENABLE',
  ],
  [
    'NCCL_DEBUG_SUBSYS',
    'NCCL_DEBUG_FILE',
    'TORCH_DISTRIBUTED_DEBUG',
    'TORCH_CPP_LOG_LEVEL',
    'TORCH_NCCL_HEARTBEAT_TIMEOUT_SEC',
    'NCCL_IB_TIMEOUT',
    'NCCL_IB_GID_INDEX',
    'NCCL_IB_HCA',
    'NCCL_IB_DISABLE',
    'SSL_CERT_FILE',
    'REQUESTS_CA_BUNDLE',
  ],
  ['HTTPS_PROXY', 'NO_PROXY', 'HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE', 'TIKTOKEN_ENCODINGS_BASE', 'TRITON_CACHE_DIR'],
  ['UCX_LOG_LEVEL', 'UCX_NET_DEVICES', 'MC_GID_INDEX', 'TORCH_SYMM_MEM_DISABLE_MULTICAST', 'TRITON_LIBCUDA_PATH'],
  ['PYTORCH_CUDA_ALLOC_CONF', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'RAY_ADDRESS'],
  ['TORCHINDUCTOR_CACHE_DIR', 'TORCH_EXTENSIONS_DIR', 'FLASHINFER_WORKSPACE_BASE', 'DG_JIT_CACHE_DIR'],
  ['NCCL_SOCKET_IFNAME', 'GLOO_SOCKET_IFNAME', 'NVSHMEM_IB_GID_INDEX', 'NVSHMEM_HCA_LIST', 'MC_FORCE_TCP'],
);

/** Words in capitals that are no variables: Linux capabilities, a page of nvidia-smi, an error of cuBLAS, a driver. */
const noVariables = ['SYS_NICE', 'SYS_PTRACE', 'ROW_REMAPPER', 'CUBLAS_STATUS_EXECUTION_FAILED', 'MLNX_OFED'].concat([
  'TRITON_ATTN',
  'TRITON_ATTN_VLLM_V1',
]);

/** Options of both Python engines. */
const sharedOptions = ['--trust-remote-code', '--dtype', '--attention-backend', '--disable-custom-all-reduce'].concat([
  '--revision',
  '--quantization',
  '--chat-template',
  '--cpu-offload-gb',
]);

/**
 * What each engine's remedies may name, as found in its source: vLLM 0.33.0 (`engine/arg_utils.py`, `envs.py`), SGLang
 * 0.5.23 (`srt/arg_groups/fields`, `srt/server_args.py`, `srt/utils/network.py`; `--cuda-graph-max-bs` in 0.5.13),
 * llama.cpp (`common/arg.cpp`).
 */
const own: Readonly<Record<string, readonly string[]>> = {
  vllm: [
    ...[
      '--disable-hybrid-kv-cache-manager',
      '--kv-transfer-config',
      '--kv-offloading-size',
      '--max-num-batched-tokens',
    ],
    ...['--enable-chunked-prefill', '--all2all-backend', '--master-port', '--structured-outputs-config'],
    ...['--enforce-eager', 'VLLM_HOST_IP', 'VLLM_PORT', 'VLLM_CACHE_ROOT', 'VLLM_WORKER_MULTIPROC_METHOD'],
    ...[
      '--moe-backend',
      '--max-lora-rank',
      '--data-parallel-address',
      'VLLM_FLASHINFER_WORKSPACE_BUFFER_SIZE',
      'VLLM_USE_DEEP_GEMM',
      'VLLM_WSL2_ENABLE_PIN_MEMORY',
      'VLLM_USE_V2_MODEL_RUNNER',
      'VLLM_RPC_BASE_PATH',
      'VLLM_CPU_KVCACHE_SPACE',
      'VLLM_ENGINE_READY_TIMEOUT_S',
    ],
    ...['--block-size', '--compilation-config', 'VLLM_ATTENTION_BACKEND'],
    ...['VLLM_NIXL_SIDE_CHANNEL_HOST', 'VLLM_NIXL_SIDE_CHANNEL_PORT'],
  ],
  sglang: [
    ...['--cuda-graph-max-bs-decode', '--cuda-graph-max-bs', '--disable-cuda-graph', '--chunked-prefill-size'],
    ...['--hicache-size', '--hicache-ratio', '--deepep-mode', '--dist-init-addr', '--nccl-port', 'SGLANG_HOST_IP'],
    ...['--page-size', '--moe-a2a-backend', '--mm-attention-backend', '--disaggregation-ib-device'],
    ...['--prefill-attention-backend', '--decode-attention-backend', '--disaggregation-bootstrap-port'],
    ...['SGLANG_DISAGGREGATION_BOOTSTRAP_TIMEOUT', 'SGLANG_DISAGGREGATION_WAITING_TIMEOUT'],
    ...[
      'SGLANG_FLASHINFER_WORKSPACE_SIZE',
      'SGLANG_ENABLE_JIT_DEEPGEMM',
      'SGLANG_ENABLE_STRICT_MEM_CHECK_DURING_IDLE',
      'SGLANG_DEEPEP_NUM_MAX_DISPATCH_TOKENS_PER_RANK',
    ],
  ],
  llamacpp: [
    ...['--spec-draft-ngl', '--gpu-layers-draft', '--no-mmproj-offload', '--verbose'],
    ...[
      '--fit',
      '--n-cpu-moe',
      '--n-gpu-layers',
      '--batch-size',
      '--ubatch-size',
      '-ub',
      '--merge',
      '--flash-attn',
      '--mmproj',
    ],
    ...[
      '--embedding',
      '--jinja',
      '--chat-template',
      '--chat-template-file',
      '--model-draft',
      '--mmproj',
      '--ssl-key-file',
      '--ssl-cert-file',
      '-DCMAKE_CUDA_ARCHITECTURES',
      '-DGGML_BACKEND_DL',
      '--mlock',
      '--cache-reuse',
      '--rpc',
      '--tensor-split',
      '--split-mode',
      '--no-mmap',
    ],
  ],
};

const catalogs: readonly (readonly [name: string, catalog: readonly Failure[], shared: readonly string[]])[] = [
  ['vllm', vllmFailures, sharedOptions],
  ['sglang', sglangFailures, sharedOptions],
  ['llamacpp', llamacppFailures, []],
];

const moments = [
  unknownLogContext,
  ...(['load-weights', 'profile', 'kv-cache', 'capture-graphs'] as const).map((phase) => ({
    ...unknownLogContext,
    phase,
  })),
  {...unknownLogContext, phase: 'serve' as const, isReady: true},
];

/** Options and variables that a sentence names. */
function settingsIn(text: string): readonly string[] {
  return text.match(/(?<![\w-])--?[A-Za-z][\w-]+|\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g) ?? [];
}

function remediesOf({pattern, words, details}: Failure): readonly string[] {
  const match = pattern.exec(words);
  if (match === null) throw new Error(`not recognized: ${words}`);
  // What the line itself names is the engine's own.
  return moments.map((moment) => details(match, moment).remedy);
}

const entries = catalogs.flatMap(([engine, catalog, options]) =>
  catalog.map((failure) => ({engine, code: failure.code, words: failure.words, failure, options})),
);

describe('a remedy names only settings of the engine that failed', () => {
  test.each(entries)('$engine $code: $words', ({engine, failure, options, words}) => {
    const known = [...toolOptions, ...sharedVariables, ...noVariables, ...options, ...(own[engine] ?? [])];
    for (const remedy of remediesOf(failure))
      for (const setting of settingsIn(remedy).filter((name) => !words.includes(name)))
        expect(known).toContain(setting);
  });
});

describe('of a text that names no engine, only what both Python engines have', () => {
  const {interpretLogLine} = unnamedEngine(engines);
  const known = [...toolOptions, ...sharedVariables, ...noVariables, ...sharedOptions];

  test.each(entries)('$engine $code: $words', ({words}) => {
    for (const event of interpretLogLine(words, unknownLogContext)) {
      if (event.type !== 'failure') continue;
      for (const setting of settingsIn(event.finding.remedy).filter((name) => !words.includes(name)))
        expect(known).toContain(setting);
    }
  });
});

test('the remedy for nodes that do not meet has the address setting of their engine', () => {
  const line = 'TCP client failed to connect/validate to host 10.0.0.33:54485 - timed out';
  const remedyOf = (name: string) =>
    (engines.find((engine) => engine.name === name) ?? unnamedEngine(engines))
      .interpretLogLine(line, unknownLogContext)
      .flatMap((event) => (event.type === 'failure' ? [event.finding.remedy] : []))
      .join();
  expect(remedyOf('vllm')).toContain('VLLM_HOST_IP');
  expect(remedyOf('sglang')).toContain('SGLANG_HOST_IP');
  expect(remedyOf('none')).not.toMatch(/HOST_IP/);
});
