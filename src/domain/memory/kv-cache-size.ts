import type {Architecture} from './model/architecture.ts';

/**
 * Elements of the KV cache per token and layer on one GPU. Latent attention keeps one vector and one rotary key and no
 * separate value, complete on every rank (vLLM `mla_attention.py`: num_kv_heads 1, head_size 576); grouped attention
 * keeps a key and a value for each of this rank's heads, at least one.
 */
export function kvElementsPerLayer({attention}: Pick<Architecture, 'attention'>, attentionRanks: number): number {
  if (attention.kind === 'mla') return attention.kvLoraRank + attention.queryKeyRopeHeadSize;
  const {kvHeads, headSize, valueHeadSize} = attention;
  return Math.ceil(kvHeads / attentionRanks) * (headSize + (valueHeadSize ?? headSize));
}

/** Bytes that a layer with a window keeps of a token in it, on one GPU. */
export function windowBytesPerLayer(
  {attention, windowAttention}: Architecture,
  attentionRanks: number,
  elementBytes: number,
): number {
  return kvElementsPerLayer({attention: windowAttention ?? attention}, attentionRanks) * elementBytes;
}

/** Numbers of the latent vector that share a scale in the FP8 layout of sparse attention. */
const SPARSE_SCALE_GROUP = 128;

/**
 * Bytes that a layer keeps of every token on one GPU, and what an indexer adds. With an indexer an FP8 cache keeps the
 * latent vector in FP8 with a scale in F32 per 128, and the rotary key in 16 bit (vLLM's `fp8_ds_mla`: 656 bytes); the
 * indexer's keys are FP8 with such scales whatever the cache is (132 bytes), unless the engine keeps them as plain numbers.
 */
export function kvBytesPerLayer(
  architecture: Architecture,
  attentionRanks: number,
  elementBytes: number,
  indexerElementBytes: number | null = null,
): {readonly everyToken: number; readonly indexer: number} {
  const {attention, indexer} = architecture;
  const plain = kvElementsPerLayer(architecture, attentionRanks) * elementBytes;
  if (indexer === null || attention.kind !== 'mla') return {everyToken: plain, indexer: 0};
  const {kvLoraRank, queryKeyRopeHeadSize} = attention;
  return {
    everyToken: elementBytes === 1 ? withScales(kvLoraRank) + queryKeyRopeHeadSize * 2 : plain,
    indexer: indexerElementBytes === null ? withScales(indexer.headSize) : indexer.headSize * indexerElementBytes,
  };
}

function withScales(size: number): number {
  return size + Math.ceil(size / SPARSE_SCALE_GROUP) * 4;
}

/**
 * Bytes of the state of one layer with linear attention, for each request on one GPU: the last inputs of the short
 * convolution in 16 bit, and a matrix for each value head (vLLM `mamba_utils.py`). 0 without such layers.
 *
 * @param elementBytes - of every number, where the engine has one type for both
 */
export function stateBytesPerLayer(
  {linearAttention}: Architecture,
  attentionRanks: number,
  elementBytes: number | null = null,
): number {
  if (linearAttention === null) return 0;
  const {keyHeads, valueHeads, keyHeadSize, valueHeadSize, convolutionTokens, stateElementBytes} = linearAttention;
  const [keys, values] = [keyHeads, valueHeads].map((heads) => Math.ceil(heads / attentionRanks));
  const inputs = 2 * (keys ?? 0) * keyHeadSize + (values ?? 0) * valueHeadSize;
  const [ofInputs, ofMatrices] = [elementBytes ?? 2, elementBytes ?? stateElementBytes];
  return (convolutionTokens - 1) * inputs * ofInputs + (values ?? 0) * keyHeadSize * valueHeadSize * ofMatrices;
}

/** What requests keep besides the blocks of their tokens; see `CacheLayout`. */
export type PartialBlocks = {
  readonly tokenShare: number;
  readonly windowRatio: number;
  readonly windowBlocks: number;
  /** Absent: as many as blocks of tokens. */
  readonly windowBlocksPerBlock?: number;
  /** Absent: none. */
  readonly windowLeadBlocks?: number;
  readonly stateBlocks: number;
};

export type KvCacheInput = PartialBlocks & {
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
 * `kv_cache_utils.py`: num_blocks / ceil(max_model_len / block)). Windows and states take blocks of the same pool.
 */
export function kvCacheCapacity(input: KvCacheInput): KvCacheCapacity {
  const {poolBytes, bytesPerToken, blockTokens, decodeContextRanks, contextLengthTokens} = input;
  const blockBytes = blockTokens * bytesPerToken;
  const blocks = Math.max(0, Math.floor((poolBytes * input.tokenShare) / blockBytes));
  const contextBlocks = Math.ceil(Math.ceil(contextLengthTokens / decodeContextRanks) / blockTokens);
  const blocksPerSequence = contextBlocks + partialBlocks(input, contextBlocks);
  const fullLengthSequences = blocks / blocksPerSequence;
  return {
    blocks,
    capacityTokens: Math.floor((blocks * contextLengthTokens) / blocksPerSequence),
    fullLengthSequences,
    longestSequenceTokens: longestBlocks(input, blocks) * blockTokens * decodeContextRanks,
    bytesPerFullLengthSequence: Math.ceil((blocksPerSequence * blockBytes) / input.tokenShare),
  };
}

/** Blocks that the windows and states of a request of so many blocks take. */
export function partialBlocks(partial: PartialBlocks, contextBlocks: number): number {
  const {windowRatio, windowBlocks, windowBlocksPerBlock = 1, windowLeadBlocks = 0, stateBlocks} = partial;
  return windowRatio * Math.min(contextBlocks * windowBlocksPerBlock + windowLeadBlocks, windowBlocks) + stateBlocks;
}

/** The most blocks of tokens of a single request: within the window each takes more than one. */
function longestBlocks(partial: PartialBlocks, blocks: number): number {
  const {windowRatio, windowBlocks, windowBlocksPerBlock = 1, windowLeadBlocks = 0, stateBlocks} = partial;
  const beyond = Math.floor(blocks - windowRatio * windowBlocks - stateBlocks);
  if (beyond * windowBlocksPerBlock + windowLeadBlocks >= windowBlocks) return Math.max(0, beyond);
  const within = (blocks - stateBlocks - windowRatio * windowLeadBlocks) / (1 + windowRatio * windowBlocksPerBlock);
  return Math.max(0, Math.floor(within));
}
