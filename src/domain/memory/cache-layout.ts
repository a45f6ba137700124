import type {MemoryTerms} from './engine-memory.ts';
import {kvBytesPerLayer, type PartialBlocks, stateBytesPerLayer, windowBytesPerLayer} from './kv-cache-size.ts';
import {type Architecture, layerCache} from './model/architecture.ts';

/** Layers of a stage by what they keep of a request. */
export type CacheLayers = {
  /** Keep every token. */
  readonly full: number;
  /** Keep the last tokens. */
  readonly window: number;
  /** Keep a state. */
  readonly linear: number;
  /** Keep nothing. */
  readonly none: number;
  /** Keep keys of an indexer as well. */
  readonly indexed: number;
};

/** How a pool is divided on one GPU. Blocks are those of the layers that keep every token. */
export type CacheLayout = PartialBlocks & {
  readonly layers: CacheLayers;
  /** Bytes that each further token of a request takes. */
  readonly bytesPerToken: number;
  /** Where all layers have pages of one size: their bytes, and the layers of a group, to which each kind is padded; else null. */
  readonly pages: {readonly bytes: number; readonly groupLayers: number} | null;
};

/** The layers of a stage by what they keep. */
export function cacheLayers(architecture: Architecture, firstLayer: number, count: number): CacheLayers {
  const kept = {full: 0, window: 0, linear: 0, none: 0, indexed: 0};
  for (let layer = firstLayer; layer < firstLayer + count; layer += 1) {
    kept[layerCache(architecture, layer)] += 1;
    if (architecture.indexer?.isOnLayer[layer] === true) kept.indexed += 1;
  }
  return kept;
}

type LayoutTerms = Pick<MemoryTerms, 'placement' | 'kvElementBytes' | 'blockTokens' | 'partialCache' | 'draft'>;

/** What a pool on one GPU of a stage is made of. */
export function cacheLayout(architecture: Architecture, terms: LayoutTerms, layers: CacheLayers): CacheLayout {
  const {placement, kvElementBytes, blockTokens, partialCache} = terms;
  const ranks = placement.attentionRanks;
  const perLayer = kvBytesPerLayer(architecture, ranks, kvElementBytes, partialCache.indexerElementBytes);
  const windowBytes = windowBytesPerLayer(architecture, ranks, kvElementBytes);
  const full = layers.full + (terms.draft?.kvLayers ?? 0);
  const shared = partialCache.windowShare;
  // Where windows take what they need, only full layers keep every token.
  const windows = shared === null ? layers.window : 0;
  const stateBytes = layers.linear * stateBytesPerLayer(architecture, ranks, partialCache.stateElementBytes);
  const hasPages = partialCache.isPaged && full > 0;
  const group = hasPages ? groupLayers([full, windows, layers.linear]) : full;
  const paged = pageBytesPerToken(perLayer.everyToken, windowBytes, terms);
  const everyToken = hasPages && windows > 0 ? paged : perLayer.everyToken;
  const bytesPerToken =
    (hasPages ? paddedLayers(full, group) : full) * everyToken +
    layers.window * (shared ?? 0) * windowBytes +
    layers.indexed * perLayer.indexer;
  const ratioOf = (count: number, bytes: number): number => {
    if (full === 0) return 0;
    return hasPages ? groupsOf(count, group) / groupsOf(full, group) : (count * bytes) / (full * perLayer.everyToken);
  };
  const windowBlockTokens = partialCache.windowBlockTokens ?? blockTokens;
  return {
    layers,
    bytesPerToken,
    pages: hasPages ? {bytes: everyToken * blockTokens, groupLayers: group} : null,
    tokenShare: layers.linear > 0 ? 1 - partialCache.stateShare : 1,
    windowRatio: ratioOf(windows, windowBytes),
    windowBlocks: windows === 0 ? 0 : windowBlocks(partialCache.windowTokens, windowBlockTokens),
    windowBlocksPerBlock: blockTokens / windowBlockTokens,
    windowLeadBlocks: partialCache.isPaged ? 1 : 0,
    stateBlocks:
      partialCache.stateShare > 0 || layers.linear === 0 || full === 0
        ? 0
        : partialCache.stateCopies *
          (hasPages ? ratioOf(layers.linear, 0) : stateBytes / (blockTokens * bytesPerToken)),
  };
}

/**
 * Layers of one group, all groups being of one size: as many as there are of the rarest kind, or of the most frequent one where that
 * is less than half as many again (vLLM `kv_cache_utils.py`, _get_kv_cache_groups_uniform_page_size).
 */
function groupLayers(kinds: readonly number[]): number {
  const counts = kinds.filter((count) => count > 0);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return most < least * 1.5 ? most : least;
}

/** Layers of a kind with those that fill its last group. */
export function paddedLayers(count: number, group: number): number {
  return groupsOf(count, group) * group;
}

function groupsOf(count: number, group: number): number {
  return Math.ceil(count / group);
}

/** All pages have the bytes of the largest: smaller ones hold more tokens, or are padded (unify_kv_cache_spec_page_size). */
function pageBytesPerToken(everyToken: number, windowBytes: number, {blockTokens, partialCache}: LayoutTerms): number {
  const window = windowBytes * (partialCache.windowBlockTokens ?? blockTokens);
  return Math.max(everyToken * blockTokens, window) / blockTokens;
}

/** A window begins within a block. */
function windowBlocks(windowTokens: number, blockTokens: number): number {
  return windowTokens === 0 ? 0 : Math.ceil(windowTokens / blockTokens) + 1;
}
