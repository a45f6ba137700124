import type {LaunchSettings} from '../lifecycle/launch-settings.ts';
import type {Architecture} from './architecture.ts';

/** Tokens in one block of vLLM's KV cache where `--block-size` is not given. */
export const DEFAULT_BLOCK_TOKENS = 16;

/** Elements of the KV cache a token: one latent vector and the rotary key in each layer, no separate value. */
function kvElementsPerToken(architecture: Architecture): number {
  return architecture.layers * (architecture.kvLoraRank + architecture.queryKeyRopeHeadSize);
}

/** Bytes of one element. `auto` counts as 16 bit: what every checkpoint of the family starts with on Hopper. */
export function kvElementBytes(dtype: LaunchSettings['kvCacheDtype']): number {
  return dtype === 'fp8' ? 1 : 2;
}

/**
 * Bytes of KV cache a token takes on every tensor-parallel rank: latent attention has one KV head, so that the ranks
 * keep copies (vLLM `mla_attention.py`: num_kv_heads 1, head_size 576).
 */
export function kvBytesPerToken(architecture: Architecture, dtype: LaunchSettings['kvCacheDtype']): number {
  return kvElementsPerToken(architecture) * kvElementBytes(dtype);
}

export type KvCacheInput = {
  readonly poolBytes: number;
  readonly bytesPerToken: number;
  readonly blockTokens: number;
  /** Ranks that share one sequence's cache between them (vLLM `--decode-context-parallel-size`); 1 is plain. */
  readonly decodeContextParallelSize: number;
  readonly contextLengthTokens: number;
};

export type KvCacheCapacity = {
  readonly blocks: number;
  readonly capacityTokens: number;
  /** Requests of full length at once, in whole blocks each; may be a fraction. */
  readonly fullLengthSequences: number;
  /** On each card. */
  readonly bytesPerFullLengthSequence: number;
};

/** What a pool holds: whole blocks only; decode context parallelism multiplies the tokens, not the bytes. */
export function kvCacheCapacity(input: KvCacheInput): KvCacheCapacity {
  const {poolBytes, bytesPerToken, blockTokens, decodeContextParallelSize, contextLengthTokens} = input;
  const blockBytes = blockTokens * bytesPerToken;
  const blocks = Math.max(0, Math.floor(poolBytes / blockBytes));
  const blocksPerSequence = Math.ceil(Math.ceil(contextLengthTokens / decodeContextParallelSize) / blockTokens);
  return {
    blocks,
    capacityTokens: blocks * blockTokens * decodeContextParallelSize,
    fullLengthSequences: blocks / blocksPerSequence,
    bytesPerFullLengthSequence: blocksPerSequence * blockBytes,
  };
}

/**
 * What the memory fraction leaves for the KV cache on one card. vLLM takes the fraction of what CUDA shows as total,
 * not of nvidia-smi's total (`gpu_worker.py`, request_memory). Negative when weights and overhead exceed the budget.
 */
export function kvPoolBytes(input: {
  readonly budgetBytes: number;
  readonly weightsBytes: number;
  readonly overheadBytes: number;
}): number {
  return input.budgetBytes - input.weightsBytes - input.overheadBytes;
}

/** What an engine may take of a card: its memory fraction of what CUDA sees, rounded up as vLLM does. */
export function budgetBytes(cudaVisibleBytes: number, memoryFraction: number): number {
  return Math.ceil(cudaVisibleBytes * memoryFraction);
}
