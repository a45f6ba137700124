import {gibText, mibText} from '../../../shared/quantities/bytes.ts';
import {countText} from '../../../shared/quantities/counts.ts';
import type {LogContext} from '../../engine.ts';
import type {FailureDetails} from '../../log/failure-catalog.ts';
import {layerCacheBytes} from '../model-lines.ts';

/** What GPU memory was wanted for. The line of a failed allocation does not tell: lines before or after it do. */
export type Purpose = 'unknown' | 'weights' | 'other-weights' | 'cache' | 'compute' | 'serving';

/** Suffixes of the codes, of an allocation whose size is known. */
const codes: Readonly<Record<Purpose, string>> = {
  unknown: 'out-of-memory',
  weights: 'out-of-memory-loading',
  'other-weights': 'out-of-memory-loading',
  cache: 'out-of-memory-kv-cache',
  compute: 'compute-buffer-too-large',
  serving: 'out-of-memory-serving',
};

const WEIGHTS_REMEDY =
  'Check gantry gpus for other processes. Otherwise keep experts in host memory (--n-cpu-moe N in engine.extraArguments) or use a smaller quantization.';

/** Contexts are multiples of this in llama.cpp. */
const CONTEXT_STEP = 256;

/** What was allocated at this point of a start: weights, then the cache, of which a last line has all cells, then buffers to compute in. */
export function purposeAt({phase, isReady, facts}: LogContext): Purpose {
  if (isReady) return 'serving';
  switch (phase) {
    case null:
    case 'launch':
      return 'unknown';
    case 'resolve':
    case 'download':
    case 'load-weights':
      return 'weights';
    case 'kv-cache':
      return facts.kvCapacityTokens === undefined ? 'cache' : 'compute';
    default:
      return 'compute';
  }
}

/** Weights that fail after the cache of the model was allocated are those of a second model. */
export function weightsAt(context: LogContext): Purpose {
  const at = purposeAt(context);
  return at === 'compute' || at === 'cache' ? 'other-weights' : 'weights';
}

/** The code of a failed allocation for this purpose. */
export function allocationCode(purpose: Purpose): string {
  return codes[purpose];
}

/** True if an allocation of GPU memory failed before, so that this line says what it was for. */
export function followsAllocation({facts}: LogContext): boolean {
  return facts.wantedBytesPerGpu !== undefined;
}

/** The finding for memory that was wanted for a purpose; `message` is the beginning of a sentence, as "GPU 0 ran out of memory allocating 4.38 GiB". */
export function allocationDetails(message: string, purpose: Purpose, context: LogContext): FailureDetails {
  switch (purpose) {
    case 'serving':
      return {
        message: `${message} while serving.`,
        remedy: 'Lower --ubatch-size (-ub) in engine.extraArguments, or the concurrent requests.',
        curedBy: 'arguments',
      };
    case 'cache':
      return {...shorterContext(`${message} for the KV cache`, context), curedBy: 'gpus'};
    case 'compute':
      return {
        message: `${message} for compute buffers: weights and KV cache have left too little.`,
        remedy: 'Lower --ubatch-size (-ub) in engine.extraArguments, shorten the context, or keep more on the host.',
        curedBy: 'arguments',
      };
    case 'weights':
      return {message: `${message} for the weights.`, remedy: WEIGHTS_REMEDY};
    case 'other-weights':
      return {
        message: `${message} for the weights of a second model (a draft model or a projector), after the model itself.`,
        remedy:
          'Start without that model, or keep it on the host (--spec-draft-ngl 0, formerly --gpu-layers-draft 0; --no-mmproj-offload). A shorter context makes room for it too.',
        curedBy: 'arguments',
      };
    case 'unknown':
      return {
        message: `${message}; the text does not tell what for.`,
        remedy: `${WEIGHTS_REMEDY} If it was for the KV cache or compute buffers, the lines that follow say so: then shorten the context.`,
      };
  }
}

const HOST_REMEDY =
  'Free memory on the host, add swap (on Windows, a larger page file), and load with mmap and without mlock, as is the default. In a container or unit, raise its memory limit; with vm.overcommit_memory=2, the commit limit counts.';

/** What memory of the host was wanted for, and what makes it less; `size` as `68.7 GiB`. */
const hostPurposes: Readonly<Record<Purpose, {readonly what: string; readonly less: string}>> = {
  unknown: {what: '', less: ''},
  weights: {what: ' for the weights', less: ''},
  'other-weights': {
    what: ' for the weights of a second model',
    less: 'Start without that model (draft model or projector). ',
  },
  cache: {what: ' for the KV cache', less: 'Restart with a shorter context, or an 8-bit KV cache. '},
  compute: {
    what: ' for compute buffers',
    less: 'Lower --ubatch-size (-ub) in engine.extraArguments, or shorten the context. ',
  },
  serving: {what: ' while serving', less: ''},
};

/** The finding for memory of the host (RAM) that could not be allocated; `size` begins the sentence, as "68.7 GiB". */
export function hostMemoryDetails(size: string, context: LogContext): FailureDetails {
  const purpose = purposeAt(context);
  const {what, less} = hostPurposes[purpose];
  const {contextLengthTokens} = context.facts;
  const length =
    purpose === 'cache' && contextLengthTokens !== undefined ? ` (${countText(contextLengthTokens)} tokens)` : '';
  return {
    message: `${size} of host memory (RAM) could not be allocated${what}${length}: this is not the memory of the GPUs.`,
    remedy: `${less}${HOST_REMEDY}`,
  };
}

/** The beginning of the sentence for an allocation that failed before this line; `buffer` is the name of a buffer of one GPU (`CUDA0`). */
export function wantedMessage({facts: {wantedBytesPerGpu}}: LogContext, buffer?: string): string {
  const subject = `${gpuOf(buffer)} ran out of memory`;
  return wantedBytesPerGpu === undefined ? subject : `${subject} allocating ${gibText(wantedBytesPerGpu)}`;
}

/** `GPU 0` for the buffer `CUDA0`; `A GPU` if the name has none. */
export function gpuOf(buffer: string | undefined): string {
  const index = /^(?:CUDA|ROCm|HIP|MUSA|Vulkan|SYCL)(\d{1,3})$/.exec(buffer ?? '')?.[1];
  return index === undefined ? 'A GPU' : `GPU ${index}`;
}

/** A context is offered only if its cache fits by the numbers of the log: an 8-bit cache takes half and keeps the context. */
export function shorterContext(message: string, context: LogContext): FailureDetails {
  const {contextLengthTokens} = context.facts;
  const other = 'an 8-bit KV cache, or fewer layers on the GPU (--n-gpu-layers)';
  if (contextLengthTokens === undefined)
    return {message: `${message}.`, remedy: `Restart with a shorter context, ${other}.`};
  const layerBytes = layerCacheBytes(contextLengthTokens, context);
  const whole = layerBytes === null ? '' : `, ${mibText(layerBytes)} per layer in 16 bits`;
  const asked = `${message} (${countText(contextLengthTokens)} tokens${whole})`;
  const room = roomBytes(context);
  if (room === null) return {message: `${asked}.`, remedy: `Restart with a shorter context, ${other}.`};
  const fitting = fittingTokens(context, room.bytes);
  const left = `${asked}, and the weights leave ${gibText(Math.max(0, room.leftBytes))}`;
  if (fitting < CONTEXT_STEP)
    return {
      message: `${left}.`,
      remedy: `Hardly any context fits in that: use ${other}.`,
    };
  return {
    message: `${left}.`,
    remedy: `Restart with a context of at most ${countText(fitting)} tokens${room.isHalved ? ' (half of what is left: compute buffers need the rest)' : ''}, with ${other}.`,
    settingsChange: {contextLengthTokens: fitting},
  };
}

type Room = {readonly leftBytes: number; readonly bytes: number; readonly isHalved: boolean};

/** What weights leave on the fullest GPU, and how much of it the cache may have; null if the log does not say. */
function roomBytes({facts}: LogContext): Room | null {
  const {freeBeforeLoadBytesPerGpu: freeBytes, weightsBytesPerGpu, computeBufferBytesPerGpu} = facts;
  if (freeBytes === undefined || weightsBytesPerGpu === undefined || facts.wantedBytesPerGpu === undefined) return null;
  const leftBytes = freeBytes - weightsBytesPerGpu - (facts.kvCachePoolBytesPerGpu ?? 0);
  return computeBufferBytesPerGpu === undefined
    ? {leftBytes, bytes: leftBytes / 2, isHalved: true}
    : {leftBytes, bytes: leftBytes - computeBufferBytesPerGpu, isHalved: false};
}

/** The cache grows with the context: what was wanted for all of it, scaled to the room. */
function fittingTokens({facts}: LogContext, bytes: number): number {
  const {contextLengthTokens = 0, wantedBytesPerGpu = 0} = facts;
  if (wantedBytesPerGpu <= 0) return 0;
  const tokens = Math.min(contextLengthTokens - 1, (contextLengthTokens * bytes) / wantedBytesPerGpu);
  return Math.floor(tokens / CONTEXT_STEP) * CONTEXT_STEP;
}
