import {type LogContext, unknownLogContext} from '../../../../src/engines/engine.ts';

/** A line as SGLang prints it, and what the catalogue has to make of it. */
export type FailureLine = {
  readonly line: string;
  readonly code: string;
  /** What the operator has to read in the message. */
  readonly says: RegExp;
  /** And in the remedy. */
  readonly advises?: RegExp;
  readonly change: Record<string, string | number> | null;
  readonly context?: LogContext;
  readonly isConsequence?: true;
};

const rank = '[2026-10-04 02:14:55 TP3]';
const main = '[2026-10-04 02:14:55]';
const torchOutOfMemory =
  'torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 896.00 MiB. GPU 3 has a total capacity of 139.81 GiB of which 510.31 MiB is free. Including non-PyTorch memory, this process has 139.30 GiB memory in use.';

function during(phase: NonNullable<LogContext['phase']>): LogContext {
  return {phase, isReady: false, facts: {memoryFraction: 0.9}};
}
const serving: LogContext = {phase: 'serve', isReady: true, facts: {memoryFraction: 0.9}};

/** Full cards and caches: the cures point in opposite directions. */
export const memoryCauses: readonly FailureLine[] = [
  {
    line: 'RuntimeError: Not enough memory. Please try to increase --mem-fraction-static. Current value: mem_fraction_static=0.8',
    code: 'sglang.no-kv-cache-memory',
    says: /no memory for the KV cache.*0\.8/,
    advises: /^Raise the memory fraction to 0\.85 or more/,
    change: {memoryFraction: 0.85},
  },
  {
    line: 'RuntimeError: Not enough memory. Please try to increase --mem-fraction-static.',
    code: 'sglang.no-kv-cache-memory',
    says: /no memory for the KV cache/,
    advises: /use more GPUs/,
    change: null,
  },
  {
    line: 'RuntimeError: Not enough memory. Please try to increase --mem-fraction-static.',
    code: 'sglang.no-kv-cache-memory',
    says: /\(0\.9\)/,
    advises: /^Raise/,
    change: {memoryFraction: 0.94},
    context: during('profile'),
  },
  {
    line: 'ValueError: Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0.7. Raise --mem-fraction-static above 0.773 (minimum viable = 1 - available/pre = 0.7722).',
    code: 'sglang.no-kv-cache-memory',
    says: /\(0\.7\)/,
    advises: /^Raise the memory fraction to 0\.78 or more \(SGLang's minimum, 0\.773, leaves/,
    change: {memoryFraction: 0.78},
  },
  {
    // More than a card has to give.
    line: 'ValueError: Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0.85. Raise --mem-fraction-static above 0.951 (minimum viable = 1 - available/pre = 0.9505).',
    code: 'sglang.no-kv-cache-memory',
    says: /\(0\.85\)/,
    advises: /does not help here.*more GPUs/,
    change: null,
  },
  {
    // The fraction is above the least already: something else took the memory.
    line: 'ValueError: Loaded weights leave no GPU memory for the KV cache under --mem-fraction-static=0.93. Raise --mem-fraction-static above 0.923 (minimum viable = 1 - available/pre = 0.9224).',
    code: 'sglang.no-kv-cache-memory',
    says: /\(0\.93\)/,
    advises: /other processes/,
    change: null,
  },
  {
    line: 'Exception: Capture cuda graph failed: CUDA out of memory. Tried to allocate 1.20 GiB. GPU 0 has a total capacity of 79.18 GiB of which 0.51 GiB is free.',
    code: 'sglang.out-of-memory-capturing',
    says: /CUDA graphs/,
    advises: /^Lower the memory fraction/,
    change: null,
  },
  {
    line: 'Exception: Capture cuda graph failed: CUDA out of memory. Tried to allocate 1.20 GiB.',
    code: 'sglang.out-of-memory-capturing',
    says: /CUDA graphs/,
    advises: /^Lower the memory fraction/,
    change: {memoryFraction: 0.85},
    context: during('capture-graphs'),
  },
  {
    line: torchOutOfMemory,
    code: 'sglang.out-of-memory',
    says: /^GPU 3 ran out of memory allocating 896\.00 MiB: 510\.31 MiB of 139\.81 GiB were free\.$/,
    change: null,
  },
  {
    line: torchOutOfMemory,
    code: 'sglang.out-of-memory-loading',
    says: /while loading the weights/,
    advises: /more GPUs or a smaller format/,
    change: null,
    context: during('load-weights'),
  },
  {
    line: torchOutOfMemory,
    code: 'sglang.out-of-memory-capturing',
    says: /after weights and KV cache/,
    advises: /^Lower the memory fraction/,
    change: {memoryFraction: 0.85},
    context: during('kv-cache'),
  },
  {
    line: torchOutOfMemory,
    code: 'sglang.out-of-memory-serving',
    says: /while serving/,
    advises: /^Make room for requests: lower the memory fraction/,
    change: {memoryFraction: 0.85},
    context: serving,
  },
  {
    line: `${rank} Cuda failure 2 'out of memory'`,
    code: 'sglang.out-of-memory',
    says: /ran out of memory/,
    change: null,
  },
  {
    line: 'RuntimeError: The memory capacity is unbalanced. Some GPUs may be occupied by other processes. pre_model_load_memory=16.28, local_gpu_memory=46.81, local_gpu_memory * 0.9=42.13',
    code: 'sglang.memory-unbalanced',
    says: /another process/,
    advises: /gantry gpus/,
    change: null,
  },
  {
    line: 'RuntimeError: alloc_req_slots runs out of memory. Please set a smaller number for `--max-running-requests`. req_to_token_pool.available_size()=0',
    code: 'sglang.too-many-requests',
    says: /More requests ran concurrently/,
    change: null,
  },
  {
    line: 'RuntimeError: Prefill out of memory. Try to lower your batch size.',
    code: 'sglang.kv-cache-exhausted',
    says: /in prefill/,
    change: null,
  },
  {
    line: 'RuntimeError: Decode out of memory. Try to lower your batch size.',
    code: 'sglang.kv-cache-exhausted',
    says: /in decoding/,
    change: null,
  },
];

/** Everything else that is a cause. */
export const otherCauses: readonly FailureLine[] = [
  {
    line: 'ValueError: Port 8000 is already in use.',
    code: 'sglang.port-in-use',
    says: /Port 8000 is in use/,
    change: {port: 8001},
  },
  {
    line: "[2026-10-04 02:14:55] ERROR:    [Errno 98] error while attempting to bind on address ('0.0.0.0', 8000): address already in use",
    code: 'sglang.port-in-use',
    says: /Port 8000 is in use/,
    change: {port: 8001},
  },
  {
    line: "zmq.error.ZMQError: Address already in use (addr='tcp://127.0.0.1:30001')",
    code: 'sglang.port-in-use',
    says: /port 30001 on 127\.0\.0\.1.*not the port of the API/,
    change: null,
  },
  {
    line: 'ValueError: Warning: User-specified context_length (524288) is greater than the derived context_length (262144). This may lead to incorrect model outputs or CUDA errors. To allow overriding this maximum, set the env var SGLANG_ALLOW_OVERWRITE_LONGER_CONTEXT_LEN=1',
    code: 'sglang.context-too-long',
    says: /supports 262,144 tokens, and 524,288/,
    change: {contextLengthTokens: 262_144},
  },
  {
    line: 'AssertionError: 64 is not divisible by 7',
    code: 'sglang.not-divisible',
    says: /64 is not divisible by 7/,
    change: {tensorParallelSize: 4},
  },
  {
    line: 'AssertionError: 163840 is not divisible by 12',
    code: 'sglang.not-divisible',
    says: /12 GPUs/,
    change: {tensorParallelSize: 8},
  },
  {
    line: 'torch.AcceleratorError: CUDA error: invalid device ordinal',
    code: 'sglang.too-few-gpus',
    says: /GPU that does not exist/,
    change: null,
  },
  {
    line: "ValueError: Model architectures ['KimiK25ForConditionalGeneration'] are not supported for now. Supported architectures: dict_keys(['LlamaForCausalLM'])",
    code: 'sglang.unsupported-model',
    says: /KimiK25ForConditionalGeneration/,
    change: null,
  },
  {
    line: 'RuntimeError: Cannot find any model weights with `/models/kimi-k2.7`',
    code: 'sglang.model-missing',
    says: /no model at \/models\/kimi-k2\.7\./,
    change: null,
  },
  {
    line: "OSError: moonshotai/Kimi-K2.7-Kode is not a local folder and is not a valid model identifier listed on 'https://huggingface.co/models'",
    code: 'sglang.model-missing',
    says: /moonshotai\/Kimi-K2\.7-Kode/,
    change: null,
  },
  {
    line: 'ValueError: The repository moonshotai/Kimi-K2.7-Code contains custom code which must be executed to correctly load the model. Please pass the argument `trust_remote_code=True` to allow custom code to be run.',
    code: 'sglang.trust-remote-code',
    says: /its own code/,
    change: null,
  },
  {
    line: 'launch_server.py: error: unrecognized arguments: --dcp-size 8',
    code: 'sglang.unknown-argument',
    says: /--dcp-size 8/,
    advises: /0\.5\.15/,
    change: null,
  },
  {
    line: 'sglang: error: unrecognized arguments: --enable-magic',
    code: 'sglang.unknown-argument',
    says: /--enable-magic/,
    change: null,
  },
  {
    line: "launch_server.py: error: argument --kv-cache-dtype: invalid choice: 'fp9' (choose from auto, fp8_e5m2, fp8_e4m3)",
    code: 'sglang.invalid-argument',
    says: /--kv-cache-dtype: invalid choice/,
    change: null,
  },
  {
    line: 'OSError: You are trying to access a gated repo. Cannot access gated repo for url https://huggingface.co/x/resolve/main/config.json.',
    code: 'sglang.model-gated',
    says: /gated/,
    change: null,
  },
  {
    line: "OSError: We couldn't connect to 'https://huggingface.co' to load the files, and couldn't find them in the cached files.",
    code: 'sglang.hub-unreachable',
    says: /cannot be reached/,
    change: null,
  },
  {
    line: 'OSError: [Errno 28] No space left on device',
    code: 'sglang.disk-full',
    says: /disk is full/,
    change: null,
  },
  {
    line: 'UserWarning: Not enough free disk space to download the file. The expected file size is: 9809.03 MB. The target location /root/.cache/huggingface/hub/models--x/blobs only has 2120.44 MB free disk space.',
    code: 'sglang.disk-full',
    says: /2120\.44 MB are free/,
    change: null,
  },
  {
    line: 'RuntimeError: The NVIDIA driver on your system is too old (found version 12080). Please update your GPU driver',
    code: 'sglang.driver-too-old',
    says: /CUDA 12\.8/,
    change: null,
  },
  {
    line: 'RuntimeError: Found no NVIDIA driver on your system.',
    code: 'sglang.no-gpu',
    says: /finds no GPU/,
    change: null,
  },
  {
    // The hint that SGLang prints below it, a lower fraction, is of no use here.
    line: 'Exception: Capture cuda graph failed: CUDA error: no kernel image is available for execution on the device',
    code: 'sglang.wrong-build',
    says: /no kernels for these GPUs/,
    change: null,
  },
  {
    line: 'Exception: Capture cuda graph failed: Invalid configuration : num_mma_q=1',
    code: 'sglang.graph-capture-failed',
    says: /Invalid configuration/,
    advises: /^Start once with --disable-cuda-graph(?!.*memory fraction)/,
    change: null,
  },
  {
    line: `${rank} torch.AcceleratorError: CUDA error: an illegal memory access was encountered`,
    code: 'sglang.cuda-error',
    says: /illegal memory access/,
    change: null,
  },
  {
    line: 'Fatal Python error: Segmentation fault',
    code: 'sglang.segmentation-fault',
    says: /native code \(Segmentation fault\)/,
    change: null,
  },
  {
    line: `${rank} Scheduler watchdog timeout (self.watchdog_timeout=300, self.soft=False)`,
    code: 'sglang.scheduler-hung',
    says: /for 300 s/,
    change: null,
  },
  {
    line: `${rank} Watchdog timeout (self.watchdog_timeout=300)`,
    code: 'sglang.scheduler-hung',
    says: /for 300 s/,
    change: null,
  },
];

/** Lines that follow from another failure. */
export const consequences: readonly FailureLine[] = [
  {
    line: `${rank} Scheduler hit an exception: Traceback (most recent call last):`,
    code: 'sglang.scheduler-exception',
    says: /Scheduler/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${main} Received sigquit from a child process. It usually means the child failed.`,
    code: 'sglang.child-failed',
    says: /the others exited with it/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${main} Received sigquit from a child proces. It usually means the child failed.`,
    code: 'sglang.child-failed',
    says: /the others exited with it/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${main} SIGQUIT received. signum=None, frame=None. It usually means one child failed.`,
    code: 'sglang.child-failed',
    says: /the others exited with it/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${main} Subprocess detokenizer (pid=31379) crashed with exit code -15. Triggering SIGQUIT for cleanup...`,
    code: 'sglang.subprocess-crashed',
    says: /detokenizer exited with code -15/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${main} Subprocess scheduler_0 (pid=31379) crashed with exit code -9. Triggering SIGQUIT for cleanup...`,
    code: 'sglang.killed',
    says: /exit code -9/,
    advises: /Out of memory: Killed process/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${main} Rank 3 scheduler died during initialization (exit code: -9). If exit code is -9 (SIGKILL), a common cause is the OS OOM killer. Run \`dmesg -T | grep -i oom\` to check.`,
    code: 'sglang.killed',
    says: /was killed \(exit code -9\)/,
    advises: /dmesg/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${main} Rank 3 scheduler died during initialization (exit code: 1). If exit code is -9 (SIGKILL), a common cause is the OS OOM killer.`,
    code: 'sglang.scheduler-died',
    says: /rank 3.*exit code 1/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${main} Initialization failed. Please see the error messages above.`,
    code: 'sglang.start-failed',
    says: /did not start/,
    change: null,
    isConsequence: true,
  },
  {
    line: `${main} Initialization failed. warmup error: Traceback (most recent call last):`,
    code: 'sglang.warmup-failed',
    says: /own warm-up request/,
    change: null,
    isConsequence: true,
  },
  {
    line: '[rank0]:[E517 20:17:34.123 ProcessGroupNCCL.cpp:689] [Rank 0] Watchdog caught collective operation timeout: WorkNCCL(SeqNum=1, OpType=ALLREDUCE, Timeout(ms)=600000) ran for 600001 milliseconds before timing out.',
    code: 'sglang.nccl',
    says: /lost contact/,
    change: null,
    isConsequence: true,
  },
];

export function contextOf({context}: FailureLine): LogContext {
  return context ?? unknownLogContext;
}
