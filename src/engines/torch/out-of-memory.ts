import {gibText} from '../../shared/quantities/bytes.ts';
import {BYTES_PER_GIB, BYTES_PER_MIB} from '../../shared/units.ts';
import type {EngineLogEvent, LogContext} from '../engine.ts';
import type {FailureDetails} from '../log/failure-catalog.ts';
import {fact} from '../log/log-rules.ts';

/**
 * PyTorch's out-of-memory message, alone or within that of another exception; groups: requested, GPU, capacity, free.
 * What processes hold follows.
 */
export const cudaOutOfMemoryPattern =
  /(?:CUDA|HIP|XPU|MUSA|NPU) out of memory\. Tried to allocate ([\d.]+ [KMG]iB)(?:\. GPU (\d+) has a total capacity of ([\d.]+ GiB) of which ([\d.]+ [KMG]?i?B) is free)?/i;

/** Kernels, NCCL and the driver report it with messages of their own. */
export const otherOutOfMemoryPattern =
  /(?:CUDA|HIP) (?:driver )?error: out of memory|Cuda failure (?:\d+ )?'out of memory'|(?:CUDA|HIP)_ERROR_OUT_OF_MEMORY|hipErrorOutOfMemory|OutOfMemoryError: (?:CUDA|HIP|XPU|MUSA|NPU) out of memory/;

const unitBytes: Readonly<Partial<Record<string, number>>> = {KiB: 2 ** 10, MiB: BYTES_PER_MIB, GiB: BYTES_PER_GIB};

/** `139.40 GiB` as bytes. */
export function sizeToBytes(text: string): number {
  const [count, unit = ''] = text.split(' ');
  return Math.round(Number(count) * (unitBytes[unit] ?? 1));
}

/** What a match of `cudaOutOfMemoryPattern` measures: what the process held, and what it wanted more. */
export function outOfMemoryFacts(match: RegExpExecArray): readonly EngineLogEvent[] {
  const {ownBytes} = holdersOf(match);
  if (match[1] === undefined || ownBytes === null) return [];
  return [fact('heldBytesPerGpu', ownBytes), fact('wantedBytesPerGpu', sizeToBytes(match[1]))];
}

/** The message for a match of `cudaOutOfMemoryPattern`, without its end. */
export function outOfMemoryMessage(match: RegExpExecArray): string {
  return match[2] === undefined
    ? `A GPU ran out of memory allocating ${match[1]}`
    : `GPU ${match[2]} ran out of memory allocating ${match[1]}: ${match[4]} of ${match[3]} were free`;
}

/** Less than this is a display or a monitor, and not why memory is missing. */
const MUCH_BYTES = BYTES_PER_GIB;

/** With this part of a GPU, weights leave no room for anything that serves. */
const FULL_RATIO = 0.85;

/** Where an out-of-memory error says how large the GPU is, and who holds it. */
export type ExhaustedCard = {readonly otherBytes: number; readonly capacityBytes: number | null};

/** What a match of `cudaOutOfMemoryPattern` says about the GPU. */
export function exhaustedCard(match: RegExpExecArray): ExhaustedCard {
  return {
    otherBytes: holdersOf(match).otherBytes,
    capacityBytes: match[3] === undefined ? null : sizeToBytes(match[3]),
  };
}

/** What other processes hold of a GPU, and weights that fill it, come before every other fix. */
export function withHolders(
  {otherBytes, capacityBytes}: ExhaustedCard,
  {facts}: LogContext,
  own: FailureDetails,
): FailureDetails {
  const {weightsBytesPerGpu} = facts;
  const isFull =
    weightsBytesPerGpu !== undefined && capacityBytes !== null && weightsBytesPerGpu >= capacityBytes * FULL_RATIO;
  if (isFull) {
    return {
      message: `${own.message} The largest share of the weights is ${gibText(weightsBytesPerGpu)}, and that GPU has ${gibText(capacityBytes)}.`,
      remedy:
        'Use more GPUs, or a smaller format of the model: neither a memory fraction nor --enforce-eager makes this room.',
      curedBy: 'gpus',
    };
  }
  if (otherBytes < MUCH_BYTES) return own;
  return {
    message: `${own.message} Other processes hold ${gibText(otherBytes)} of that GPU.`,
    remedy:
      'End those processes (see gantry gpus), or use GPUs that are free: the memory fraction is of the whole GPU.',
    curedBy: 'other-programs',
  };
}

/** Longest part of a message that lists processes, in characters: a GPU has a few. */
const LONGEST_LIST = 4_000;
const processes = /\b(this process|process \d+) has ([\d.]+ [KMG]iB) memory in use/gi;
const allocated = /allocated memory ([\d.]+ [KMG]iB) is allocated by PyTorch/;

/** PyTorch names its own process only sometimes: otherwise it is the one that holds what PyTorch allocated, and little more. */
function holdersOf({input, index}: RegExpExecArray): {readonly ownBytes: number | null; readonly otherBytes: number} {
  const text = input.slice(index, index + LONGEST_LIST);
  const all = [...text.matchAll(processes)].map(([, name = '', size = '']) => ({
    isOwn: name.toLowerCase() === 'this process',
    bytes: sizeToBytes(size),
  }));
  const leastBytes = sizeToBytes(allocated.exec(text)?.[1] ?? '0 GiB');
  const candidates = all.filter(({bytes}) => bytes >= leastBytes).toSorted((one, other) => one.bytes - other.bytes);
  const own = all.find(({isOwn}) => isOwn) ?? candidates[0] ?? null;
  const others = all.filter((holder) => holder !== own);
  return {ownBytes: own?.bytes ?? null, otherBytes: others.reduce((sum, {bytes}) => sum + bytes, 0)};
}

/** No process but the engine's is known to hold memory, and the size of the GPU is unknown. */
export const unknownCard: ExhaustedCard = {otherBytes: 0, capacityBytes: null};
