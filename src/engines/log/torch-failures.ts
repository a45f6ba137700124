import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../shared/units.ts';
import type {EngineLogEvent} from '../engine.ts';
import type {Failure} from './failure-catalog.ts';
import {fact} from './log-rules.ts';

/** PyTorch's out-of-memory message; groups: requested, GPU, capacity, free, held by this process. */
export const cudaOutOfMemoryPattern =
  /CUDA out of memory\. Tried to allocate ([\d.]+ [KMG]iB)(?:\. GPU (\d+) has a total capacity of ([\d.]+ GiB) of which ([\d.]+ [KMG]?i?B) is free(?:\. .{0,40}?\bprocess(?: \d+)? has ([\d.]+ [KMG]iB) memory in use)?)?/i;

/** What a match of `cudaOutOfMemoryPattern` measures: what the process held, and what it wanted more. */
export function outOfMemoryFacts(match: RegExpExecArray): readonly EngineLogEvent[] {
  const [, wanted, , , , held] = match;
  if (wanted === undefined || held === undefined) return [];
  return [fact('heldBytesPerGpu', sizeToBytes(held)), fact('wantedBytesPerGpu', sizeToBytes(wanted))];
}

const unitBytes: Readonly<Partial<Record<string, number>>> = {KiB: 2 ** 10, MiB: BYTES_PER_MIB, GiB: BYTES_PER_GIB};

/** `139.40 GiB` as bytes. */
export function sizeToBytes(text: string): number {
  const [count, unit = ''] = text.split(' ');
  return Math.round(Number(count) * (unitBytes[unit] ?? 1));
}

/** Kernels, NCCL and the driver report it with messages of their own. */
export const otherOutOfMemoryPattern =
  /CUDA (?:driver )?error: out of memory|Cuda failure (?:\d+ )?'out of memory'|CUDA_ERROR_OUT_OF_MEMORY/;

/** The message for a match of `cudaOutOfMemoryPattern`. */
export function outOfMemoryMessage(match: RegExpExecArray): string {
  return match[2] === undefined
    ? `A GPU ran out of memory allocating ${match[1]}`
    : `GPU ${match[2]} ran out of memory allocating ${match[1]}: ${match[4]} of ${match[3]} were free`;
}

/** GPU and driver failures, as PyTorch reports them in every engine built on it. In order of precedence. */
export function cardFailures(displayName: string): readonly Failure[] {
  return [
    {
      code: 'driver-too-old',
      curedBy: 'driver',
      pattern: /The NVIDIA driver on your system is too old \(found version (\d+)\)/,
      details: (match) => ({
        message: `The driver (CUDA ${cudaVersion(match[1])}) is too old for this build of ${displayName}.`,
        remedy: `Upgrade the driver to 580 or newer, or install ${displayName} built for CUDA 12.9.`,
      }),
    },
    {
      code: 'fabric-not-ready',
      curedBy: 'driver',
      pattern: /Error 802: system not yet initialized|CUDA error: system not yet initialized/,
      details: () => ({
        message: 'The NVSwitch fabric is not running (CUDA error 802), so no GPU can be used.',
        remedy: 'Start nvidia-fabricmanager (same version as the driver), and check the fabric state with gantry gpus.',
      }),
    },
    {
      code: 'no-gpu',
      curedBy: 'hardware',
      pattern: /Found no NVIDIA driver on your system|No CUDA GPUs are available|no CUDA-capable device is detected/,
      details: () => ({
        message: `${displayName} finds no GPU.`,
        remedy: 'Check gantry gpus, and CUDA_VISIBLE_DEVICES in the environment.',
      }),
    },
    {
      code: 'wrong-build',
      curedBy: 'installation',
      pattern: /no kernel image is available for execution on the device/,
      details: () => ({
        message: `This build of ${displayName} has no kernels for these GPUs.`,
        remedy: 'Install the build for the architecture of the GPUs.',
      }),
    },
    {
      code: 'ecc-error',
      curedBy: 'hardware',
      pattern: /CUDA error: uncorrectable ECC error encountered/,
      details: () => ({
        message: 'A GPU had an uncorrectable memory error.',
        remedy: 'Find the GPU with gantry gpus. Reset it or reboot; replace it if the error returns.',
      }),
    },
    {
      code: 'cuda-error',
      curedBy: 'hardware',
      pattern: /CUDA error: (an illegal memory access was encountered|[a-z][^\n]{3,80})|CUBLAS_STATUS_EXECUTION_FAILED/,
      details: (match) => ({
        message: `A GPU kernel failed: ${match[1] ?? 'CUBLAS_STATUS_EXECUTION_FAILED'}.`,
        remedy: `Look for an Xid in the kernel log, then restart. If it happens again, use another version of ${displayName}.`,
      }),
    },
    {
      code: 'shared-memory-full',
      curedBy: 'host',
      isPrecise: true,
      pattern: /Error while (?:creating|attaching to) shared memory segment (\/dev\/shm\/\S+)/,
      details: (match) => ({
        message: `/dev/shm is too small for the data that GPU processes share (${match[1]}).`,
        remedy: 'Give the container more (--shm-size=16g or --ipc=host), or run: mount -o remount,size=16G /dev/shm.',
      }),
    },
    {
      code: 'nccl',
      curedBy: 'hardware',
      // When one rank dies for another reason, the other ranks fail with this message.
      isConsequence: true,
      pattern: /Watchdog caught collective operation timeout|NCCL error|ncclSystemError|ncclRemoteError/,
      details: () => ({
        message: 'The GPUs lost contact: a collective operation failed or timed out.',
        remedy:
          'Look for an Xid in the kernel log, check /dev/shm, and restart. The first rank that failed is the cause.',
      }),
    },
  ];
}

/** Hub and disk failures, as the Hugging Face and Python libraries report them. In order of precedence. */
export function storageFailures(cacheVariables: string): readonly Failure[] {
  return [
    {
      code: 'model-gated',
      curedBy: 'model',
      pattern: /Cannot access gated repo|Access to model \S+ is restricted/,
      details: () => ({
        message: 'The model is gated, and this host has no access to it.',
        remedy: 'Accept its license on the hub and set HF_TOKEN.',
      }),
    },
    {
      code: 'model-missing',
      curedBy: 'model',
      pattern:
        /(?<=(\S+) )is not a local folder and is not a valid model identifier|Repository Not Found for url: \w+:\/\/[^/\s]+\/(?:api\/models\/)?([\w.-]+\/[\w.-]*\w)/,
      details: (match) => ({
        message: `There is no model at ${match[1] ?? match[2] ?? 'the given place'}.`,
        remedy: 'Check the name or directory, and whether the download is complete.',
      }),
    },
    {
      code: 'hub-unreachable',
      curedBy: 'network',
      pattern: /We couldn't connect to '([^']+)' to load|Cannot reach (\S+): offline mode is enabled/,
      details: (match) => ({
        message: `The model is incomplete on this disk, and ${match[1] ?? match[2] ?? 'the hub'} cannot be reached.`,
        remedy: 'Copy the model to this host and set engine.model to its directory, or allow access to the hub.',
      }),
    },
    {
      code: 'disk-full',
      curedBy: 'host',
      pattern: /\[Errno 28\] No space left on device|\[Errno 122\] Disk quota exceeded/,
      details: () => ({
        message: 'The disk is full.',
        remedy: `Free some space, or move the caches with ${cacheVariables}.`,
      }),
    },
    {
      // A warning; the download continues until it fails. Only this line has the sizes.
      code: 'disk-full',
      curedBy: 'host',
      pattern: /The expected file size is: ([\d.]+) MB\. The target location (\S+) only has ([\d.]+) MB free/,
      details: (match) => ({
        message: `The download needs ${match[1]} MB at ${match[2]}, and ${match[3]} MB are free.`,
        remedy: 'Free some space, or move the download with HF_HOME.',
      }),
    },
    {
      code: 'trust-remote-code',
      curedBy: 'arguments',
      pattern:
        /consider setting `trust_remote_code=True`|(?:pass the argument|set the option) `trust_remote_code=True`/,
      details: () => ({
        message: 'The model includes its own code, which must be allowed.',
        remedy: 'Add --trust-remote-code to engine.extraArguments.',
      }),
    },
  ];
}

/** CUDA's version number in its usual form: 12080 is 12.8. */
function cudaVersion(digits: string | undefined): string {
  const version = Number(digits);
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}
