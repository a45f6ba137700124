import {gibText} from '../../../shared/quantities/bytes.ts';
import {BYTES_PER_MIB} from '../../../shared/units.ts';
import type {Failure} from '../../log/failure-catalog.ts';
import {fact, largest, mibToBytes} from '../../log/log-rules.ts';
import {
  allocationCode,
  allocationDetails,
  followsAllocation,
  gpuOf,
  hostMemoryDetails,
  purposeAt,
  shorterContext,
  wantedMessage,
  weightsAt,
} from './allocation.ts';

/** Memory of the host, also what is pinned for copies to a GPU. */
const hostBuffer = String.raw`(?:CPU\w{0,40}|(?:\w{1,20}_)?Host)`;

/**
 * A GPU, or the host, does not have enough memory. The allocator reports first and knows only a size; what the memory was for
 * is in the lines after it. In order of precedence.
 */
export const memoryFailures: readonly Failure[] = [
  {
    code: 'out-of-memory',
    curedBy: 'gpus',
    words: 'allocating 4480.00 MiB on device 0: cudaMalloc failed: out of memory',
    codeAt: (context) => allocationCode(purposeAt(context)),
    pattern: /allocating ([\d.]+) MiB on device (\d+): (?:cudaMalloc|hipMalloc|musaMalloc) failed: out of memory/,
    facts: (match) => [fact('wantedBytesPerGpu', mibToBytes(match[1]))],
    details: (match, context) => {
      const wantedBytesPerGpu = mibToBytes(match[1]);
      const facts = {...context.facts, wantedBytesPerGpu};
      const message = `GPU ${match[2]} ran out of memory allocating ${gibText(wantedBytesPerGpu)}`;
      return allocationDetails(message, purposeAt(context), {...context, facts});
    },
  },
  {
    code: 'out-of-memory',
    curedBy: 'gpus',
    words: 'ggml_vulkan: Device memory allocation of size 4831838208 failed.',
    codeAt: (context) => allocationCode(purposeAt(context)),
    pattern: /ggml_vulkan: Device memory allocation of size (\d+) failed/,
    facts: (match) => [fact('wantedBytesPerGpu', Number(match[1]))],
    details: (match, context) => {
      const facts = {...context.facts, wantedBytesPerGpu: Number(match[1])};
      return allocationDetails(wantedMessage({...context, facts}), purposeAt(context), {...context, facts});
    },
  },
  {
    // Before the weights, the cache and the compute buffers, which fail because of it.
    code: 'host-memory',
    curedBy: 'host',
    words: 'ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer of size 68719476736',
    pattern: new RegExp(
      String.raw`(?:ggml_backend_cpu_buffer_type_alloc_buffer: failed to allocate buffer|failed to allocate ${hostBuffer} buffer)(?: of size (\d+))?|unable to allocate ${hostBuffer} buffer|ggml_aligned_malloc: insufficient memory \(attempted to allocate ([\d.]+) MB\)`,
    ),
    details: ([, bytes, mib], context) => hostMemoryDetails(sizeOf(bytes, mib), context),
  },
  {
    code: 'kv-cache-too-large',
    curedBy: 'arguments',
    words: 'failed to allocate buffer for kv cache',
    codeAt: (context) => (followsAllocation(context) ? allocationCode('cache') : 'kv-cache-too-large'),
    isPreciseAt: followsAllocation,
    pattern: /failed to allocate buffer for kv cache|failed to allocate (?:\S+ )?buffer for (?:the )?KV cache/i,
    details: (_, context) =>
      followsAllocation(context)
        ? allocationDetails(wantedMessage(context), 'cache', context)
        : shorterContext('The KV cache does not fit in the memory left by the weights', context),
  },
  {
    code: 'compute-buffer-too-large',
    curedBy: 'arguments',
    words: 'ggml_gallocr_reserve_n_impl: failed to allocate CUDA0 buffer of size 1383203328',
    codeAt: ({isReady}) => allocationCode(isReady ? 'serving' : 'compute'),
    isPreciseAt: followsAllocation,
    pattern: /ggml_gallocr_reserve\w{0,40}: failed to allocate (\S+) buffer of size (\d+)/,
    facts: ([, , bytes], context) => [largest('computeBufferBytesPerGpu', Number(bytes), context)],
    details: ([, buffer, bytes], context) => {
      const message = `${gpuOf(buffer)} ran out of memory allocating ${gibText(Number(bytes))}`;
      return allocationDetails(message, context.isReady ? 'serving' : 'compute', context);
    },
  },
  {
    code: 'compute-buffer-too-large',
    curedBy: 'arguments',
    words: 'graph_reserve: failed to allocate compute buffers',
    codeAt: ({isReady}) => allocationCode(isReady ? 'serving' : 'compute'),
    isPreciseAt: followsAllocation,
    pattern: /failed to allocate compute (?:pp |tg )?buffers|failed to reserve (?:initial )?memory/,
    details: (_, context) =>
      allocationDetails(wantedMessage(context), context.isReady ? 'serving' : 'compute', context),
  },
  {
    code: 'rpc-memory',
    curedBy: 'arguments',
    words: 'alloc_tensor_range: failed to allocate RPC0[10.0.0.2:50052] buffer of size 193608946688',
    pattern: /(?:failed to allocate|unable to allocate) RPC\d{0,4}\[([^\]\s]{1,255})\] buffer(?: of size (\d{1,18}))?/,
    details: ([, place, bytes]) => ({
      message: `The node at ${place} could not allocate ${bytes === undefined ? 'its part of the model' : `${gibText(Number(bytes))} for its part of the model`}: it is the memory of that node, not of this host.`,
      remedy:
        'Look at the output of rpc-server there: the free memory that it offers, and whether one buffer may be so large. Give that node less with --tensor-split in engine.extraArguments, or add a node.',
    }),
  },
  {
    code: 'weights-too-large',
    curedBy: 'gpus',
    words: 'unable to allocate CUDA0 buffer',
    codeAt: (context) => (followsAllocation(context) ? allocationCode(weightsAt(context)) : 'weights-too-large'),
    isPreciseAt: followsAllocation,
    pattern: /unable to allocate (\S+) buffer|error loading model: .{0,400}(?:alloc|out of memory)/i,
    details: ([, buffer], context) => allocationDetails(wantedMessage(context, buffer), weightsAt(context), context),
  },
  {
    code: 'kv-cache-full',
    curedBy: 'arguments',
    words: 'failed to find free space in the KV cache, retrying with smaller batch size',
    severity: 'warning',
    pattern:
      /failed to find free space in the KV cache, retrying with smaller (?:batch size|n_batch)|failed to find a memory slot|failed to decode(?: the batch)?, (?:n_batch = \d{1,6}, )?ret = 1\b/,
    details: () => ({
      message: 'The KV cache is full: running requests wait for each other or fail.',
      remedy: 'Restart with a larger context (all requests share it), or with fewer concurrent requests.',
    }),
  },
];

/** Groups of a match: bytes or MiB; without both, no size is known. */
function sizeOf(bytes: string | undefined, mib: string | undefined): string {
  if (bytes !== undefined) return gibText(Number(bytes));
  return mib === undefined ? 'A part' : gibText(Number(mib) * BYTES_PER_MIB);
}
