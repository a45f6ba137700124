import type {Failure} from './failure-catalog.ts';

/** PyTorch's words for a full card; groups: wanted, GPU, capacity, free. */
export const cudaOutOfMemoryPattern =
  /CUDA out of memory\. Tried to allocate ([\d.]+ [KMG]iB)(?:\. GPU (\d+) has a total capacity of ([\d.]+ GiB) of which ([\d.]+ [KMG]?i?B) is free)?/i;

/** Kernels, NCCL and the driver say it in words of their own. */
export const otherOutOfMemoryPattern =
  /CUDA (?:driver )?error: out of memory|Cuda failure (?:\d+ )?'out of memory'|CUDA_ERROR_OUT_OF_MEMORY/;

/** What a match of `cudaOutOfMemoryPattern` says. */
export function outOfMemoryMessage(match: RegExpExecArray): string {
  return match[2] === undefined
    ? `A card ran out of memory allocating ${match[1]}`
    : `GPU ${match[2]} ran out of memory: ${match[1]} were wanted and ${match[4]} of ${match[3]} were free`;
}

/** Cards and driver, as PyTorch tells of them in every engine that is built on it. In the order of precedence. */
export function cardFailures(displayName: string): readonly Failure[] {
  return [
    {
      code: 'driver-too-old',
      pattern: /The NVIDIA driver on your system is too old \(found version (\d+)\)/,
      details: (match) => ({
        message: `The driver (CUDA ${cudaVersion(match[1])}) is too old for this build of ${displayName}.`,
        remedy: `Upgrade the driver to 580 or newer, or install the CUDA 12.9 build of ${displayName}.`,
      }),
    },
    {
      code: 'fabric-not-ready',
      pattern: /Error 802: system not yet initialized|CUDA error: system not yet initialized/,
      details: () => ({
        message: 'The NVSwitch fabric is not up (CUDA error 802), so no card can be used.',
        remedy: 'Start nvidia-fabricmanager in the version of the driver, and check the fabric state with gantry gpus.',
      }),
    },
    {
      code: 'no-gpu',
      pattern: /Found no NVIDIA driver on your system|No CUDA GPUs are available|no CUDA-capable device is detected/,
      details: () => ({
        message: `${displayName} sees no card.`,
        remedy: 'See gantry gpus, and CUDA_VISIBLE_DEVICES in the environment.',
      }),
    },
    {
      code: 'wrong-build',
      pattern: /no kernel image is available for execution on the device/,
      details: () => ({
        message: `This build of ${displayName} has no kernels for these cards.`,
        remedy: 'Install the build for the architecture of the cards.',
      }),
    },
    {
      code: 'ecc-error',
      pattern: /CUDA error: uncorrectable ECC error encountered/,
      details: () => ({
        message: 'A card has met a memory error that it could not correct.',
        remedy: 'See gantry gpus for the card; reset it or reboot, and replace it if it comes back.',
      }),
    },
    {
      code: 'cuda-error',
      pattern: /CUDA error: (an illegal memory access was encountered|[a-z][^\n]{3,80})|CUBLAS_STATUS_EXECUTION_FAILED/,
      details: (match) => ({
        message: `A kernel failed: ${match[1] ?? 'CUBLAS_STATUS_EXECUTION_FAILED'}.`,
        remedy: `Look for an Xid in the kernel log, then restart; if it comes back, change the version of ${displayName}.`,
      }),
    },
    {
      code: 'nccl',
      // A rank that dies for a reason of its own takes the others with it in these words.
      isConsequence: true,
      pattern: /Watchdog caught collective operation timeout|NCCL error|ncclSystemError|ncclRemoteError/,
      details: () => ({
        message: 'The cards lost each other: a collective operation failed or timed out.',
        remedy: 'Look for an Xid in the kernel log, check /dev/shm, and restart; the first failing rank is the cause.',
      }),
    },
  ];
}

/** The hub and the disk, as the libraries of Hugging Face and Python tell of them. In the order of precedence. */
export function storageFailures(cacheVariables: string): readonly Failure[] {
  return [
    {
      code: 'model-gated',
      pattern: /Cannot access gated repo|Access to model \S+ is restricted/,
      details: () => ({
        message: 'The model is gated, and this host may not read it.',
        remedy: 'Accept its licence on the hub and set HF_TOKEN.',
      }),
    },
    {
      code: 'model-missing',
      pattern:
        /(?<=(\S+) )is not a local folder and is not a valid model identifier|Repository Not Found for url: \S*?\/(?:api\/models\/)?([\w.-]+\/[\w.-]+)/,
      details: (match) => ({
        message: `There is no model at ${match[1] ?? match[2] ?? 'the given place'}.`,
        remedy: 'Check the name or directory, and that the download is complete.',
      }),
    },
    {
      code: 'hub-unreachable',
      pattern: /We couldn't connect to '([^']+)' to load|Cannot reach (\S+): offline mode is enabled/,
      details: (match) => ({
        message: `The model is not complete on this disk, and ${match[1] ?? match[2] ?? 'the hub'} cannot be reached.`,
        remedy:
          'Bring the model here by another way and name its directory as engine.model, or open the way to the hub.',
      }),
    },
    {
      code: 'disk-full',
      pattern: /\[Errno 28\] No space left on device|\[Errno 122\] Disk quota exceeded/,
      details: () => ({
        message: 'The disk is full.',
        remedy: `Make room, or move the caches with ${cacheVariables}.`,
      }),
    },
    {
      // A warning, after which the download goes on until it fails: this line is the one with the sizes.
      code: 'disk-full',
      pattern: /The expected file size is: ([\d.]+) MB\. The target location (\S+) only has ([\d.]+) MB free/,
      details: (match) => ({
        message: `The download wants ${match[1]} MB at ${match[2]}, and ${match[3]} MB are free.`,
        remedy: 'Make room, or move the download with HF_HOME.',
      }),
    },
    {
      code: 'trust-remote-code',
      pattern:
        /consider setting `trust_remote_code=True`|(?:pass the argument|set the option) `trust_remote_code=True`/,
      details: () => ({
        message: 'The model brings code of its own, which has to be allowed.',
        remedy: 'Add --trust-remote-code to engine.extraArguments.',
      }),
    },
  ];
}

/** CUDA's number for its version, as a reader knows it: 12080 is 12.8. */
function cudaVersion(digits: string | undefined): string {
  const version = Number(digits);
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}
