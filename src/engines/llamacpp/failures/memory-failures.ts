import {gibText, mibText} from '../../../shared/quantities/bytes.ts';
import {countText} from '../../../shared/quantities/counts.ts';
import {BYTES_PER_MIB} from '../../../shared/units.ts';
import type {LogContext} from '../../engine.ts';
import type {Failure, FailureDetails} from '../../log/failure-catalog.ts';
import {fact, mibToBytes} from '../../log/log-rules.ts';
import {layerCacheBytes} from '../model-lines.ts';

/** A GPU, or the host, does not have enough memory. In order of precedence. */
export const memoryFailures: readonly Failure[] = [
  {
    code: 'out-of-memory',
    curedBy: 'gpus',
    words: 'allocating 4480.00 MiB on device 0: cudaMalloc failed: out of memory',
    codeAt: ({phase, isReady}) =>
      isReady ? 'out-of-memory-serving' : phase === 'kv-cache' ? 'out-of-memory-kv-cache' : 'out-of-memory-loading',
    pattern: /allocating ([\d.]+) MiB on device (\d+): (?:cudaMalloc|hipMalloc) failed: out of memory/,
    facts: (match) => [fact('wantedBytesPerGpu', mibToBytes(match[1]))],
    details: (match, context) => outOfMemory(`GPU ${match[2]} ran out of memory allocating ${gib(match[1])}`, context),
  },
  {
    // Before the weights, the cache and the compute buffers, which fail because of it.
    code: 'host-memory',
    curedBy: 'host',
    words: 'ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 68719476736',
    pattern:
      /(?:ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer|failed to allocate CPU\w{0,40} buffer)(?: of size (\d+))?|unable to allocate CPU\w{0,40} buffer|ggml_aligned_malloc: insufficient memory \(attempted to allocate ([\d.]+) MB\)/,
    details: ([, bytes, mib]) => ({
      message: `${sizeOf(bytes, mib)} of host memory (RAM) could not be allocated: this is not the memory of the GPUs.`,
      remedy:
        'Free memory on the host, add swap (on Windows, a larger page file), and load with mmap and without mlock, as is the default. In a container or unit, raise its memory limit; with vm.overcommit_memory=2, the commit limit counts.',
    }),
  },
  {
    code: 'kv-cache-too-large',
    curedBy: 'arguments',
    words: 'failed to allocate buffer for kv cache',
    pattern: /failed to allocate buffer for kv cache|failed to allocate (?:\S+ )?buffer for (?:the )?KV cache/i,
    details: (_, context) => shorterContext('The KV cache does not fit in the memory left by the weights', context),
  },
  {
    code: 'compute-buffer-too-large',
    curedBy: 'arguments',
    words: 'graph_reserve: failed to allocate compute buffers',
    pattern: /failed to allocate compute (?:pp )?buffers|failed to reserve (?:initial )?memory/,
    details: () => ({
      message: 'The compute buffers do not fit in the memory left by weights and KV cache.',
      remedy: 'Lower --ubatch-size (-ub) in engine.extraArguments, or shorten the context.',
    }),
  },
  {
    code: 'weights-too-large',
    curedBy: 'gpus',
    words: 'unable to allocate CUDA0 buffer',
    pattern: /unable to allocate (\S+) buffer|error loading model: .{0,400}(?:alloc|out of memory)/i,
    details: () => ({
      message: 'The weights do not fit in GPU memory.',
      remedy: weightsRemedy,
    }),
  },
  {
    code: 'kv-cache-full',
    curedBy: 'arguments',
    words: 'failed to find free space in the KV cache, retrying with smaller batch size',
    severity: 'warning',
    pattern: /failed to find free space in the KV cache, retrying with smaller batch size|failed to find a memory slot/,
    details: () => ({
      message: 'The KV cache is full: running requests wait for each other or fail.',
      remedy: 'Restart with a larger context (all requests share it), or with fewer concurrent requests.',
    }),
  },
];

const weightsRemedy =
  'Check gantry gpus for other processes. Otherwise keep experts in host memory (--n-cpu-moe N in engine.extraArguments) or use a smaller quantization.';

function outOfMemory(message: string, context: LogContext): FailureDetails {
  if (context.isReady) {
    return {
      message: `${message} while serving.`,
      remedy: 'Lower --ubatch-size (-ub) in engine.extraArguments, or the concurrent requests.',
      curedBy: 'arguments',
    };
  }
  if (context.phase === 'kv-cache') {
    return shorterContext(`${message} for the KV cache`, context);
  }
  return {message: `${message} for the weights.`, remedy: weightsRemedy};
}

/** Half the context needs half the cache; an 8-bit cache is half the size too, and keeps the context. */
function shorterContext(message: string, context: LogContext): FailureDetails {
  const {contextLengthTokens = 0} = context.facts;
  const halved = Math.floor(contextLengthTokens / 2 / 256) * 256;
  const other = 'an 8-bit KV cache, or fewer layers on the GPU (--n-gpu-layers)';
  if (halved < 1) return {message: `${message}.`, remedy: `Restart with a shorter context, ${other}.`};
  const layerBytes = layerCacheBytes(contextLengthTokens, context);
  const whole = layerBytes === null ? '' : `, ${mibText(layerBytes)} per layer in 16 bits`;
  return {
    message: `${message} (${countText(contextLengthTokens)} tokens${whole}).`,
    remedy: `Restart with a shorter context, such as ${countText(halved)} tokens, with ${other}.`,
    settingsChange: {contextLengthTokens: halved},
  };
}

/** Groups of a match: bytes or MiB; without both, no size is known. */
function sizeOf(bytes: string | undefined, mib: string | undefined): string {
  if (bytes !== undefined) return gibText(Number(bytes));
  return mib === undefined ? 'A part' : gib(mib);
}

function gib(mib: string | undefined): string {
  return gibText(Number(mib) * BYTES_PER_MIB);
}
