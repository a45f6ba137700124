import type {CardMemory} from '../../domain/memory/cards.ts';
import type {MemoryTerms, TermsInput} from '../../domain/memory/engine-memory.ts';
import {
  kvBytesPerLayer,
  kvElementsPerLayer,
  stateBytesPerLayer,
  windowBytesPerLayer,
} from '../../domain/memory/kv-cache-size.ts';
import type {Architecture} from '../../domain/memory/model/architecture.ts';
import type {LaunchSettings} from '../../domain/settings/launch-settings.ts';
import {isVersionAtLeast, releaseOf} from '../launch/engine-version.ts';
import type {MemoryArguments} from './memory-arguments.ts';
import {NEWEST_RELEASE} from './overhead/assumed-release.ts';
import {batchSizes} from './overhead/batch-sizes.ts';
import {usesSecondRunner} from './overhead/model-runner.ts';

/** Blocks of a hybrid model are a multiple of this: as the attention kernels need it. */
const GROUPED_ALIGNMENT = 16;
const LATENT_ALIGNMENT = 64;
/** Block of the indexer's cache, and of the latent one next to it (`DEEPSEEK_V32_INDEXER`). */
const INDEXER_BLOCK_TOKENS = 64;

/** How vLLM keeps the KV cache: the size of its elements and blocks, and what is not kept of every token. */
export function vllmCache(
  input: TermsInput,
  argv: MemoryArguments,
): Pick<MemoryTerms, 'kvElementBytes' | 'kvElementWhy' | 'blockTokens' | 'partialCache'> {
  const {settings, card, architecture, version, checkpointKvDtype} = input;
  const kv = kvElement(settings.kvCacheDtype, checkpointKvDtype);
  const release = releaseOf(version) ?? NEWEST_RELEASE;
  const tokens = blockTokens(card, architecture, kv.bytes, argv);
  const pages = windowPages(architecture, argv, kv.bytes, tokens);
  const batch = batchSizes(settings, argv, card, release).tokens;
  return {
    kvElementBytes: kv.bytes,
    kvElementWhy: kv.why,
    blockTokens: pages.full,
    partialCache: {
      windowTokens: windowTokens(architecture, batch * concurrentBatches(input, argv, release), pages.window),
      windowShare: keepsWholeWindows(architecture, argv, release) ? 1 : null,
      windowBlockTokens: pages.window,
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

/**
 * Tokens that a window has room for: with the batches that are not settled yet, of which there may be two with
 * asynchronous scheduling since 0.26 (vLLM's pull request 47728, `max_in_flight_tokens`). The whole chunk that a token is in
 * counts, which does not begin within a block as a window does.
 */
function windowTokens({windowTokens: tokens, isWindowChunk}: Architecture, batch: number, blockTokens: number): number {
  if (tokens === null) return 0;
  return isWindowChunk === true ? tokens + batch - blockTokens : tokens - 1 + batch;
}

function concurrentBatches(
  {architecture, isQuantized}: TermsInput,
  {settings: {pipelineParallelSize: stages}, isSynchronous}: MemoryArguments,
  release: string,
): number {
  if (!isVersionAtLeast(release, [0, 26])) return 1;
  if (isSynchronous) return stages;
  if (usesSecondRunner(architecture, release, isQuantized === true)) return stages + 1;
  return stages === 1 ? 2 : stages;
}

/**
 * Without the hybrid cache, windows keep every token. Until 0.13 it is off for chunks (`config/vllm.py`,
 * VLLM_ALLOW_CHUNKED_LOCAL_ATTN_WITH_HYBRID_KV_CACHE).
 */
export function keepsWholeWindows(
  {isWindowChunk}: Architecture,
  {isHybridOff}: MemoryArguments,
  release: string,
): boolean {
  return isHybridOff || (isWindowChunk === true && !isVersionAtLeast(release, [0, 13]));
}

/**
 * Tokens in a block of each kind of layer. Pages are of one size: where one kind keeps a multiple of the bytes of the other,
 * the other has as many times more tokens in a block (`kv_cache_utils.py`, unify_kv_cache_spec_page_size).
 */
function windowPages(
  architecture: Architecture,
  {settings}: MemoryArguments,
  elementBytes: number,
  tokens: number,
): {readonly full: number; readonly window: number} {
  const {attention, windowAttention} = architecture;
  if (windowAttention === undefined) return {full: tokens, window: tokens};
  const ranks = settings.tensorParallelSize;
  const full = kvElementsPerLayer({attention}, ranks) * elementBytes;
  const ratio = windowBytesPerLayer(architecture, ranks, elementBytes) / full;
  if (Number.isInteger(ratio)) return {full: tokens * ratio, window: tokens};
  return {full: tokens, window: Number.isInteger(1 / ratio) ? tokens / ratio : tokens};
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
