import type {CardMemory} from '../../domain/memory/cards.ts';
import type {MemoryTerms, TermsInput} from '../../domain/memory/engine-memory.ts';
import {kvBytesPerLayer, stateBytesPerLayer} from '../../domain/memory/kv-cache-size.ts';
import type {Architecture} from '../../domain/memory/model/architecture.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {isVersionAtLeast, releaseOf} from '../launch/engine-version.ts';
import type {MemoryArguments} from './memory-arguments.ts';
import {NEWEST_RELEASE} from './overhead/assumed-release.ts';
import {batchSizes} from './overhead/batch-sizes.ts';

/** Blocks of a hybrid model are a multiple of this: as the attention kernels need it. */
const GROUPED_ALIGNMENT = 16;
const LATENT_ALIGNMENT = 64;
/** Block of the indexer's cache, and of the latent one next to it (`DEEPSEEK_V32_INDEXER`). */
const INDEXER_BLOCK_TOKENS = 64;

/** How vLLM keeps the KV cache: the size of its elements and blocks, and what is not kept of every token. */
export function vllmCache(
  {settings, card, architecture, version, checkpointKvDtype}: TermsInput,
  argv: MemoryArguments,
): Pick<MemoryTerms, 'kvElementBytes' | 'kvElementWhy' | 'blockTokens' | 'partialCache'> {
  const kv = kvElement(settings.kvCacheDtype, checkpointKvDtype);
  const release = releaseOf(version) ?? NEWEST_RELEASE;
  return {
    kvElementBytes: kv.bytes,
    kvElementWhy: kv.why,
    blockTokens: blockTokens(card, architecture, kv.bytes, argv),
    partialCache: {
      windowTokens:
        architecture.windowTokens === null
          ? 0
          : architecture.windowTokens - 1 + batchSizes(settings, argv, card, release).tokens,
      windowShare: null,
      // With prefix caching a request keeps the state before the present block as well. It is the default next to linear
      // attention since 0.28 (`arg_utils.py`, _set_default_chunked_prefill_and_prefix_caching_args).
      stateCopies: (argv.keepsPrefixes ?? isVersionAtLeast(release, [0, 28])) ? 2 : 1,
      stateElementBytes: null,
      stateShare: 0,
      indexerElementBytes: null,
      isPaged: true,
    },
  };
}

/** `auto` is what ModelOpt's `kv_cache_quant_algo` says (`torch_utils.py`, resolve_kv_cache_dtype_string), else as the model. */
function kvElement(
  dtype: LaunchSettings['kvCacheDtype'],
  ofCheckpoint: TermsInput['checkpointKvDtype'],
): {readonly bytes: number; readonly why: string} {
  switch (dtype) {
    case 'fp8':
      return {bytes: 1, why: 'FP8'};
    case 'bf16':
      return {bytes: 2, why: 'BF16'};
    case 'auto':
      if (ofCheckpoint === 'fp8') return {bytes: 1, why: 'auto: FP8, as the checkpoint says'};
      return {bytes: 2, why: 'auto: like the model, 16 bit'};
  }
}

/**
 * Tokens in one block. Next to linear attention a block holds as many bytes as the state of a request: published starts
 * of Qwen 3.5 27B have 1,568 tokens, of Qwen 3.5 35B 2,096, of Kimi Linear on two GPUs 960.
 */
function blockTokens(
  card: CardMemory,
  architecture: Architecture,
  elementBytes: number,
  {blockTokens: asked, settings}: MemoryArguments,
): number {
  const ranks = settings.tensorParallelSize;
  if (architecture.linearAttention !== null) {
    const alignment = architecture.attention.kind === 'mla' ? LATENT_ALIGNMENT : GROUPED_ALIGNMENT;
    const {everyToken} = kvBytesPerLayer(architecture, ranks, elementBytes);
    return Math.ceil(stateBytesPerLayer(architecture, ranks) / everyToken / alignment) * alignment;
  }
  if (asked !== null) return asked;
  if (architecture.indexer !== null) return INDEXER_BLOCK_TOKENS;
  return defaultBlockTokens(card, elementBytes, architecture.attention.kind);
}

/**
 * Tokens in one block if `--block-size` is not given, by the attention backend that vLLM selects (`cuda.py`): Hopper
 * FLASH_ATTN_MLA 16, with an FP8 cache FLASHMLA 64; data-center Blackwell FLASHINFER_MLA 32; others 16.
 */
function defaultBlockTokens(card: CardMemory, elementBytes: number, attention: 'mla' | 'gqa'): number {
  if (attention !== 'mla') return 16;
  if (card.family === 'blackwell') return 32;
  return card.family === 'hopper' && elementBytes === 1 ? 64 : 16;
}
