/** A line as vLLM prints it, and what the catalogue has to make of it. */
export type FailureLine = {
  readonly line: string;
  readonly code: string;
  /** What the operator has to read in the message. */
  readonly says: RegExp;
  readonly change: Record<string, string | number> | null;
  readonly isConsequence?: true;
};

const worker = '(Worker_TP3 pid=4311) ERROR 11-23 02:14:55 [multiproc_executor.py:908]';
const core = '(EngineCore pid=4302) ERROR 11-23 02:15:07 [core.py:1346]';
const server = '(APIServer pid=4242)';

/** Lines that name a cause. */
export const causes: readonly FailureLine[] = [
  {
    line: `${core} ValueError: To serve at least one request with the model's max seq len (262144), (17.16 GiB KV cache is needed, which is larger than the available KV cache memory (12.40 GiB). Based on the available memory, the estimated maximum model length is 189424. Try increasing \`gpu_memory_utilization\` or decreasing \`max_model_len\` when initializing the engine.`,
    code: 'vllm.kv-cache-too-small',
    says: /262,144 tokens needs 17\.16 GiB.*12\.40 GiB/,
    change: {contextLengthTokens: 189_424},
  },
  {
    // Before May 2026, and with nothing left at all.
    line: `${core} ValueError: To serve at least one request with the models's max seq len (262144), (17.16 GiB KV cache is needed, which is larger than the available KV cache memory (-1.20 GiB). Try increasing \`gpu_memory_utilization\``,
    code: 'vllm.kv-cache-too-small',
    says: /-1\.20 GiB are left/,
    change: null,
  },
  {
    line: `ValueError: The model's max seq len (131072) is larger than the maximum number of tokens that can be stored in KV cache (98304). Try increasing \`gpu_memory_utilization\``,
    code: 'vllm.kv-cache-too-small',
    says: /131,072 tokens.*98,304/,
    change: {contextLengthTokens: 98_304},
  },
  {
    line: `${core} ValueError: No available memory for the cache blocks. Try increasing \`gpu_memory_utilization\` when initializing the engine.`,
    code: 'vllm.no-kv-cache-memory',
    says: /no memory for the KV cache/,
    change: null,
  },
  {
    line: `${core} ValueError: Cannot auto-fit max_model_len: not enough GPU memory available to serve even a single token.`,
    code: 'vllm.no-kv-cache-memory',
    says: /no memory for the KV cache/,
    change: null,
  },
  {
    line: `${worker} Failed to load model - not enough GPU memory. Try lowering --gpu-memory-utilization to free memory for weights, increasing --tensor-parallel-size, or using --quantization. (original error: CUDA out of memory. Tried to allocate 1.17 GiB.)`,
    code: 'vllm.out-of-memory-loading',
    says: /weights do not fit/,
    change: null,
  },
  {
    line: `${worker} RuntimeError: CUDA out of memory occurred when warming up sampler with 1024 dummy requests. Please try lowering \`max_num_seqs\` or \`gpu_memory_utilization\` when initializing the engine.`,
    code: 'vllm.out-of-memory-sampler',
    says: /1,024 requests/,
    change: {maxRunningRequests: 64},
  },
  {
    line: `${worker} RuntimeError: CUDA out of memory occurred when warming up sampler with 64 dummy requests.`,
    code: 'vllm.out-of-memory-sampler',
    says: /64 requests/,
    change: {maxRunningRequests: 32},
  },
  {
    line: `${worker} RuntimeError: CUDA out of memory occurred when warming up sampler with 1 dummy requests.`,
    code: 'vllm.out-of-memory-sampler',
    says: /1 request\./,
    change: null,
  },
  {
    line: `${worker} torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 3 has a total capacity of 139.81 GiB of which 510.31 MiB is free. Including non-PyTorch memory, this process has 139.30 GiB memory in use.`,
    code: 'vllm.out-of-memory',
    says: /^GPU 3 ran out of memory allocating 896\.00 MiB: 510\.31 MiB of 139\.81 GiB were free\.$/,
    change: null,
  },
  {
    line: 'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB',
    code: 'vllm.out-of-memory',
    says: /2\.00 GiB/,
    change: null,
  },
  {
    line: `${worker} torch.AcceleratorError: CUDA error: out of memory`,
    code: 'vllm.out-of-memory',
    says: /ran out of memory/,
    change: null,
  },
  {
    line: `${worker} Cuda failure 2 'out of memory'`,
    code: 'vllm.out-of-memory',
    says: /ran out of memory/,
    change: null,
  },
  {
    line: `${worker} ValueError: Free memory on device cuda:3 (117.42/139.81 GiB) on startup is less than desired GPU memory utilization (0.9, 125.83 GiB). Decrease GPU memory utilization or reduce GPU memory used by other processes.`,
    code: 'vllm.memory-taken',
    says: /cuda:3 has 117\.42 of 139\.81 GiB free/,
    change: {memoryFraction: 0.83},
  },
  {
    line: `${worker} ValueError: Free memory on device cuda:0 (12.10/139.81 GiB) on startup is less than desired GPU memory utilization (0.9, 125.83 GiB). Decrease GPU memory utilization`,
    code: 'vllm.memory-taken',
    says: /12\.10 of 139\.81/,
    change: null,
  },
  {
    line: `${worker} AssertionError: Error in memory profiling. Initial free memory 139.1 GiB, current free memory 139.4 GiB. This happens when other processes sharing the same container release GPU memory`,
    code: 'vllm.memory-changed',
    says: /Another process/,
    change: null,
  },
  {
    line: `${worker} RuntimeError: torch_call_dispatcher( "aten::new_empty", "", stack.data(), TORCH_ABI_VERSION) API call failed at /usr/include/torch/csrc/stable/ops.h, line 40`,
    code: 'vllm.allocation-failed',
    says: /does not print "out of memory"/,
    change: null,
  },
  {
    line: `${server} OSError: [Errno 98] Address already in use`,
    code: 'vllm.port-in-use',
    says: /used by another program/,
    change: null,
  },
  {
    line: "ERROR:    [Errno 98] error while attempting to bind on address ('127.0.0.1', 8000): address already in use",
    code: 'vllm.port-in-use',
    says: /Port 8000/,
    change: {port: 8001},
  },
  {
    line: '  Value error, Total number of attention heads (64) must be divisible by tensor parallel size (7). [type=value_error]',
    code: 'vllm.heads-not-divisible',
    says: /64 attention heads cannot be split over 7 GPUs/,
    change: {tensorParallelSize: 4},
  },
  {
    line: 'Total number of attention heads (64) must be divisible by tensor parallel size (12).',
    code: 'vllm.heads-not-divisible',
    says: /12 GPUs/,
    change: {tensorParallelSize: 8},
  },
  {
    line: '  Value error, World size (8) is larger than the number of available GPUs (7) in this node. If this is intentional',
    code: 'vllm.too-few-gpus',
    says: /8 GPUs were requested and 7 are available/,
    change: null,
  },
  {
    line: "  Value error, User-specified max_model_len (524288) is greater than the derived max_model_len (max_position_embeddings=262144.0 or model_max_length=None in model's config.json).",
    code: 'vllm.context-too-long',
    says: /supports 262,144 tokens, and 524,288/,
    change: {contextLengthTokens: 262_144},
  },
  {
    line: 'RuntimeError: Failed to load the model config. If the model is a custom model not yet available in the HuggingFace transformers library, consider setting `trust_remote_code=True` in LLM or using the `--trust-remote-code` flag in the CLI.',
    code: 'vllm.trust-remote-code',
    says: /its own code/,
    change: null,
  },
  {
    line: 'ValueError: The repository moonshotai/Kimi-K2.7-Code contains custom code which must be executed to correctly load the model. Please pass the argument `trust_remote_code=True` to allow custom code to be run.',
    code: 'vllm.trust-remote-code',
    says: /its own code/,
    change: null,
  },
  {
    line: "ValueError: Invalid repository ID or local directory specified: '/models/kimi-k2.7'.",
    code: 'vllm.model-missing',
    says: /no model at \/models\/kimi-k2\.7\.$/,
    change: null,
  },
  {
    line: `${worker} RuntimeError: Cannot find any model weights with \`/models/kimi-k2.7\``,
    code: 'vllm.model-missing',
    says: /\/models\/kimi-k2\.7 has no files of weights/,
    change: null,
  },
  {
    line: 'ValueError: Invalid repository ID or local directory specified: org/kimi',
    code: 'vllm.model-missing',
    says: /no model at org\/kimi\.$/,
    change: null,
  },
  {
    line: "OSError: moonshotai/Kimi-K2.7-Kode is not a local folder and is not a valid model identifier listed on 'https://huggingface.co/models'",
    code: 'vllm.model-missing',
    says: /moonshotai\/Kimi-K2\.7-Kode/,
    change: null,
  },
  {
    line: 'OSError: You are trying to access a gated repo. Cannot access gated repo for url https://huggingface.co/x/resolve/main/config.json.',
    code: 'vllm.model-gated',
    says: /gated/,
    change: null,
  },
  {
    line: "OSError: We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them in the cached files.",
    code: 'vllm.hub-unreachable',
    says: /https:\/\/huggingface\.co cannot be reached/,
    change: null,
  },
  {
    line: 'OSError: [Errno 28] No space left on device',
    code: 'vllm.disk-full',
    says: /disk is full/,
    change: null,
  },
  {
    line: "OSError: [Errno 122] Disk quota exceeded: '/home/op/.cache/vllm/torch_compile_cache/4f'",
    code: 'vllm.disk-quota',
    says: /quota at \/home\/op/,
    change: null,
  },
  {
    line: 'UserWarning: Not enough free disk space to download the file. The expected file size is: 9809.03 MB. The target location /root/.cache/huggingface/hub/models--moonshotai--Kimi-K2.7-Code/blobs only has 2120.44 MB free disk space.',
    code: 'vllm.disk-full',
    says: /9809\.03 MB at \/root.*2120\.44 MB are free/,
    change: null,
  },
  {
    line: 'vllm: error: unrecognized arguments: --enable-magic',
    code: 'vllm.unknown-argument',
    says: / support --enable-magic\.$/,
    change: null,
  },
  {
    line: "vllm serve: error: argument --kv-cache-dtype: invalid choice: 'fp9' (choose from auto, bfloat16, fp8)",
    code: 'vllm.invalid-argument',
    says: /: argument --kv-cache-dtype: invalid choice: 'fp9' \(choose from auto, bfloat16, fp8\)\.$/,
    change: null,
  },
  {
    line: 'vllm: error: argument --port: expected one argument',
    code: 'vllm.invalid-argument',
    says: /: argument --port: expected one argument\.$/,
    change: null,
  },
  {
    line: 'TimeoutError: Timed out waiting for engine core processes to start. This is often caused by slow weight loading for large models. Waited 600s (configured by VLLM_ENGINE_READY_TIMEOUT_S).',
    code: 'vllm.start-timeout',
    says: /within 600 s/,
    change: null,
  },
  {
    line: 'RuntimeError: The NVIDIA driver on your system is too old (found version 12080). Please update your GPU driver',
    code: 'vllm.driver-too-old',
    says: /CUDA 12\.8\b/,
    change: null,
  },
  {
    line: `${worker} RuntimeError: Unexpected error from cudaGetDeviceCount(). Did you run some cuda functions before calling NumCudaDevices() that might have already set an error? Error 802: system not yet initialized`,
    code: 'vllm.fabric-not-ready',
    says: /NVSwitch/,
    change: null,
  },
  {
    line: 'RuntimeError: No CUDA GPUs are available',
    code: 'vllm.no-gpu',
    says: /no GPU/,
    change: null,
  },
  {
    line: 'RuntimeError: Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU',
    code: 'vllm.no-gpu',
    says: /no GPU/,
    change: null,
  },
  {
    line: `${worker} torch.AcceleratorError: CUDA error: no kernel image is available for execution on the device`,
    code: 'vllm.wrong-build',
    says: /no kernels for these GPUs/,
    change: null,
  },
  {
    line: `${worker} torch.AcceleratorError: CUDA error: uncorrectable ECC error encountered`,
    code: 'vllm.ecc-error',
    says: /memory error/,
    change: null,
  },
  {
    line: `${worker} torch.AcceleratorError: CUDA error: an illegal memory access was encountered`,
    code: 'vllm.cuda-error',
    says: /an illegal memory access was encountered/,
    change: null,
  },
  {
    line: `${core} TimeoutError: RPC call to execute_model timed out.`,
    code: 'vllm.worker-hung',
    says: /did not answer execute_model/,
    change: null,
  },
];

/** Lines that only follow where the log names a cause. */
export const consequences: readonly FailureLine[] = [
  {
    line: `${worker} RuntimeError: CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling \`cublasGemmEx\``,
    code: 'vllm.cublas-failed',
    says: /CUBLAS_STATUS_EXECUTION_FAILED/,
    change: null,
    isConsequence: true,
  },
  {
    line: '[rank0]:[E1123 20:17:34.123456789 ProcessGroupNCCL.cpp:689] [Rank 0] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=91, OpType=ALLREDUCE, Timeout(ms)=600000) ran for 600001 milliseconds before timing out.',
    code: 'vllm.nccl',
    says: /lost contact/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${worker} torch.distributed.DistBackendError: NCCL error in: /pytorch/NCCLUtils.cpp:77, unhandled cuda error (run with NCCL_DEBUG=INFO for details)`,
    code: 'vllm.nccl',
    says: /could not connect/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${core} RuntimeError: Worker failed with error 'division by zero', please check the stack trace above for the root cause`,
    code: 'vllm.worker-failed',
    says: /division by zero/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${worker} WorkerProc failed to start.`,
    code: 'vllm.start-failed',
    says: /did not start/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${server} RuntimeError: Engine core initialization failed. See root cause above. Failed core proc(s): {}`,
    code: 'vllm.start-failed',
    says: /did not start/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${core} Worker proc VllmWorker-1 died unexpectedly (exit code: -9), shutting down executor.`,
    code: 'vllm.worker-died',
    says: /VllmWorker-1 died \(exit code -9\)/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${core} Worker proc VllmWorker-1 died unexpectedly (exit code: None), shutting down executor.`,
    code: 'vllm.worker-died',
    says: /VllmWorker-1 died\.$/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${server} [core_client.py:817] [shutdown] MPClient: engine core exited unexpectedly; starting cleanup`,
    code: 'vllm.engine-core-gone',
    says: /a signal ended it/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${server} vllm.v1.engine.exceptions.EngineDeadError: EngineCore encountered an issue. See stack trace (above) for the root cause.`,
    code: 'vllm.engine-dead',
    says: /died/,
    change: null,
    isConsequence: true,
  },
];
