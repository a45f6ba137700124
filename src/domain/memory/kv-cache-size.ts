import type {Architecture} from './model/architecture.ts';
import type {Placement} from './placement.ts';

/**
 * Elements of the KV cache per token and layer on one GPU. Latent attention keeps one vector and one rotary key and no
 * separate value, complete on every rank (vLLM `mla_attention.py`: num_kv_heads 1, head_size 576); grouped attention
 * keeps a key and a value for each of this rank's heads, at least one.
 */
export function kvElementsPerLayer({attention}: Architecture, attentionRanks: number): number {
  if (attention.kind === 'mla') return attention.kvLoraRank + attention.queryKeyRopeHeadSize;
  return 2 * Math.ceil(attention.kvHeads / attentionRanks) * attention.headSize;
}

/** Bytes of KV cache per token on each GPU that has `layers` of the layers. */
export function kvBytesPerToken(
  architecture: Architecture,
  placement: Pick<Placement, 'attentionRanks'>,
  layers: number,
  elementBytes: number,
): number {
  return layers * kvElementsPerLayer(architecture, placement.attentionRanks) * elementBytes;
}

export type KvCacheInput = {
  readonly poolBytes: number;
  readonly bytesPerToken: number;
  readonly blockTokens: number;
  /** Ranks that share one sequence's cache; 1 means no sharing. */
  readonly decodeContextRanks: number;
  readonly contextLengthTokens: number;
};

export type KvCacheCapacity = {
  readonly blocks: number;
  /** As vLLM prints it: concurrency x context length, which is whole blocks if the context is a multiple of the block. */
  readonly capacityTokens: number;
  /** Concurrent requests of full length, each in whole blocks; may be a fraction. */
  readonly fullLengthSequences: number;
  /** The longest possible request, tokens: in the pool, or in a pool that took all that is left. */
  readonly longestSequenceTokens: number;
  /** Per GPU. */
  readonly bytesPerFullLengthSequence: number;
};

/**
 * What a pool holds: whole blocks only; decode context parallelism multiplies the tokens, not the bytes (vLLM
 * `kv_cache_utils.py`: num_blocks / ceil(max_model_len / block)).
 */
export function kvCacheCapacity(input: KvCacheInput): KvCacheCapacity {
  const {poolBytes, bytesPerToken, blockTokens, decodeContextRanks, contextLengthTokens} = input;
  const blockBytes = blockTokens * bytesPerToken;
  const blocks = Math.max(0, Math.floor(poolBytes / blockBytes));
  const blocksPerSequence = Math.ceil(Math.ceil(contextLengthTokens / decodeContextRanks) / blockTokens);
  const fullLengthSequences = blocks / blocksPerSequence;
  return {
    blocks,
    capacityTokens: Math.floor((blocks * contextLengthTokens) / blocksPerSequence),
    fullLengthSequences,
    longestSequenceTokens: blocks * blockTokens * decodeContextRanks,
    bytesPerFullLengthSequence: blocksPerSequence * blockBytes,
  };
}
