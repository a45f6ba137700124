import type {Architecture} from './model/architecture.ts';
import type {Placement} from './placement.ts';

/**
 * Elements of the KV cache a token and layer on one card. Latent attention keeps one vector and one rotary key and no
 * separate value, whole on every rank (vLLM `mla_attention.py`: num_kv_heads 1, head_size 576); grouped attention keeps
 * a key and a value for each of this rank's heads, of which there is always one.
 */
export function kvElementsPerLayer({attention}: Architecture, attentionRanks: number): number {
  if (attention.kind === 'mla') return attention.kvLoraRank + attention.queryKeyRopeHeadSize;
  return 2 * Math.ceil(attention.kvHeads / attentionRanks) * attention.headSize;
}

/** Bytes of KV cache a token takes on each card that has `layers` of the layers. */
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
  /** Ranks that share one sequence's cache between them; 1 is plain. */
  readonly decodeContextRanks: number;
  readonly contextLengthTokens: number;
};

export type KvCacheCapacity = {
  readonly blocks: number;
  /** As vLLM prints it: concurrency x context length, which is whole blocks where the context is a multiple of one. */
  readonly capacityTokens: number;
  /** Requests of full length at once, in whole blocks each; may be a fraction. */
  readonly fullLengthSequences: number;
  /** The longest request that could be had, tokens: of the pool, or of a pool that took all that is left. */
  readonly longestSequenceTokens: number;
  /** On each card. */
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
