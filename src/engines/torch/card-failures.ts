import {driverFailures} from '../cuda/driver-failures.ts';
import {rankSubject} from './rank.ts';
import type {TorchFailure} from './torch-engine.ts';

/** GPU and driver failures, as CUDA and PyTorch report them in every engine built on them. In order of precedence. */
export const cardFailures: readonly TorchFailure[] = [
  {
    code: 'driver-too-old',
    curedBy: 'driver',
    words: 'The NVIDIA driver on your system is too old (found version 12080).',
    pattern: /The NVIDIA driver on your system is too old \(found version (\d+)\)/,
    details: (match, _context, {displayName}) => ({
      message: `The driver (CUDA ${cudaVersion(match[1])}) is too old for this build of ${displayName}.`,
      remedy: `Upgrade the driver, or install ${displayName} built for CUDA ${cudaVersion(match[1])} or older.`,
    }),
  },
  ...driverFailures,
  {
    code: 'cuda-not-available',
    curedBy: 'host',
    words: 'CUDA unknown error - this may be due to an incorrectly set up environment',
    pattern: /CUDA unknown error - this may be due to an incorrectly set up environment|\bError 999: unknown error/,
    details: () => ({
      message: 'CUDA could not be initialized, and gave no reason.',
      remedy:
        'If nvidia-smi fails too, restart the container (it lost its devices) or reload the driver; otherwise run: modprobe nvidia_uvm.',
    }),
  },
  {
    code: 'no-gpu',
    curedBy: 'hardware',
    words: 'RuntimeError: Found no NVIDIA driver on your system.',
    pattern:
      /Found no NVIDIA driver on your system|No (?:CUDA|HIP|XPU) GPUs are available|no CUDA-capable device is detected|Failed to infer device type|you might not have a CUDA gpu|CUDA driver initialization failed/,
    details: (_match, _context, {displayName}) => ({
      message: `${displayName} finds no GPU.`,
      remedy:
        'Check gantry gpus, CUDA_VISIBLE_DEVICES in the environment, and that a container was started with its GPUs (--gpus all).',
    }),
  },
  {
    code: 'too-few-gpus',
    curedBy: 'hardware',
    words: 'CUDA error: invalid device ordinal',
    pattern: /\binvalid device ordinal\b/,
    details: (match) => ({
      message: `${rankSubject(match)} was assigned a GPU that does not exist here.`,
      remedy:
        'Each node or container needs the GPUs of its ranks: check gantry gpus for a lost GPU and CUDA_VISIBLE_DEVICES for hidden ones, or lower the tensor parallel size.',
    }),
  },
  {
    code: 'no-peer-access',
    curedBy: 'arguments',
    words: 'CUDA error: peer access is not supported between these two devices',
    pattern: /peer access is not supported between these two devices/,
    details: () => ({
      message: 'Two GPUs cannot access the memory of each other.',
      remedy:
        'Add --disable-custom-all-reduce to engine.extraArguments, or set NCCL_P2P_DISABLE=1. In a virtual machine, check that IOMMU and ACS permit peer access.',
    }),
  },
  {
    code: 'forked-cuda',
    curedBy: 'arguments',
    words: 'RuntimeError: Cannot re-initialize CUDA in forked subprocess.',
    pattern: /Cannot re-initialize CUDA in forked subprocess/,
    details: (_match, _context, {ownSettings: {spawnedWorkers}}) => ({
      message: 'CUDA was initialized before the workers were forked.',
      remedy:
        spawnedWorkers === null
          ? 'Remove what uses CUDA before the engine starts: a plugin, or a script that starts it.'
          : `Set ${spawnedWorkers}, and remove what uses CUDA before the engine starts.`,
    }),
  },
  {
    code: 'visible-devices',
    curedBy: 'arguments',
    words: "ValueError: invalid literal for int() with base 10: 'MIG-4bf1c2d9-77aa'",
    pattern: /invalid literal for int\(\) with base 10: '((?:GPU|MIG)-[\w.-]{1,80})'/,
    details: ([, device = ''], _context, {displayName}) => ({
      message: `This release of ${displayName} reads numbers in CUDA_VISIBLE_DEVICES, and ${device} is an identifier.`,
      remedy: device.startsWith('MIG')
        ? `Give the container only this MIG instance (--gpus device=${device}) and leave CUDA_VISIBLE_DEVICES unset.`
        : 'Set CUDA_VISIBLE_DEVICES to the numbers that gantry gpus shows.',
    }),
  },
  {
    code: 'index-out-of-range',
    curedBy: 'installation',
    words: 'CUDA error: device-side assert triggered',
    pattern: /CUDA error: device-side assert triggered/,
    details: (_match, {isReady}, {displayName}) => ({
      message: `${isReady ? 'One request made a GPU kernel stop' : 'A GPU kernel stopped'} at an assertion: usually an index out of range, such as a token beyond the vocabulary.`,
      remedy: `Restart: neither the GPU nor its memory is the cause. A line with "Assertion" names the kernel, and CUDA_LAUNCH_BLOCKING=1 the place. Check that tokenizer, draft model and model belong together, or use another version of ${displayName}.`,
    }),
  },
  {
    // Creating a handle takes GPU memory outside PyTorch's own.
    code: 'cublas-no-memory',
    curedBy: 'arguments',
    words: 'RuntimeError: CUDA error: CUBLAS_STATUS_NOT_INITIALIZED when calling `cublasCreate(handle)`',
    pattern: /CUBLAS_STATUS_(?:NOT_INITIALIZED|ALLOC_FAILED)|CUDNN_STATUS_(?:NOT_INITIALIZED|ALLOC_FAILED)/,
    details: (match) => ({
      message: `${rankSubject(match)} could not set up cuBLAS or cuDNN: usually its GPU has no memory left outside PyTorch\u2019s own.`,
      remedy:
        'Check gantry gpus for other processes, and lower the memory fraction by 0.02. If the GPU is empty, its process failed before: look for an error of another rank above, and for an Xid in the kernel log.',
    }),
  },
  {
    code: 'tma-failed',
    curedBy: 'restart',
    isConsequence: true,
    words: 'Failed to initialize the TMA descriptor 700',
    pattern: /Failed to initialize the TMA descriptor (\d+)/,
    details: () => ({
      message: 'A kernel could not describe its data to the GPU, usually because a kernel before it had failed.',
      remedy:
        'Look for the first error of any rank in this log, and for an Xid in the kernel log. If there is none, set CUDA_LAUNCH_BLOCKING=1 to find the kernel.',
    }),
  },
  {
    // Whatever ran before it on the same GPU may have failed; it says only that the GPU does not answer.
    code: 'cublas-failed',
    curedBy: 'restart',
    isConsequence: true,
    words: 'RuntimeError: CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasGemmEx`',
    pattern: /CUBLAS_STATUS_(EXECUTION_FAILED|INTERNAL_ERROR|MAPPING_ERROR)/,
    details: (match, _context, {displayName}) => ({
      message: `A matrix multiplication failed (CUBLAS_STATUS_${match[1]}), usually because of a kernel before it.`,
      remedy: `Look for an error of another rank in this log, and for an Xid in the kernel log. If there is none, set CUDA_LAUNCH_BLOCKING=1 to find the kernel, or use another version of ${displayName}.`,
    }),
  },
  {
    code: 'cuda-error',
    curedBy: 'hardware',
    words: 'CUDA error: an illegal memory access was encountered',
    codeAt: ({functions}) => (pinsHostMemory(functions) ? 'host-memory-not-pinned' : 'cuda-error'),
    pattern:
      /(?:CUDA error|CUDA driver error|Triton Error \[CUDA\]): (an illegal memory access was encountered|(?!out of memory)[a-z][^\n]{3,80})|(?:CUDA|Cuda) (?:error|failure) (?:\S{1,200}:)?\d+ '([^'\n]{3,80})|\bcuda[A-Z]\w{2,60} failed\. Error: ([a-z][^\n]{3,80})/,
    details: (match, {functions}, {displayName}) =>
      pinsHostMemory(functions)
        ? {
            message: `Host memory for a KV cache could not be pinned for the GPUs: ${match[1] ?? match[2] ?? match[3]}.`,
            remedy: `Make that cache smaller${displayName === 'SGLang' ? ' (--hicache-size or --hicache-ratio in engine.extraArguments, per GPU)' : ''}, set ulimit -l unlimited (--ulimit memlock=-1 of the container), and look at free -h. It is neither a kernel nor GPU memory.`,
            curedBy: 'arguments',
          }
        : {
            message: `A GPU kernel failed: ${match[1] ?? match[2] ?? match[3]}.`,
            remedy: `Look for an Xid in the kernel log, then restart. If it happens again, switch off the kernel or fusion that the last frames of the traceback name, or use another version of ${displayName}.`,
          },
  },
];

/** Functions that allocate caches in host memory; the innermost of a traceback is the one that failed. */
const pinning = /^(?:init_kv_buffer|alloc_with_(?:pin_memory|host_register)|\w{0,20}pin_memory|\w{0,20}host_buffers?)$/;

function pinsHostMemory(functions: readonly string[] | undefined): boolean {
  return pinning.test(functions?.at(-1) ?? '');
}

/** CUDA's version number in its usual form: 12080 is 12.8. */
function cudaVersion(digits: string | undefined): string {
  const version = Number(digits);
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}

/** What PyTorch prints below an error of CUDA, where the error itself was cut off. */
export const cutFailures: readonly TorchFailure[] = [
  {
    code: 'cuda-error-cut',
    curedBy: 'host',
    isConsequence: true,
    words: 'CUDA kernel errors might be asynchronously reported at some other API call',
    pattern: /CUDA kernel errors might be asynchronously reported at some other API call/,
    details: (_match, _context, {displayName}) => ({
      message: `A process of ${displayName} ended with an error of CUDA, and the line that names it is not in this text.`,
      remedy: 'Get the lines above the evidence: the error is there, below its traceback.',
    }),
  },
];
