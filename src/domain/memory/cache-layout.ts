import type {MemoryTerms} from './engine-memory.ts';
import {kvBytesPerLayer, stateBytesPerLayer} from './kv-cache-size.ts';
import {type Architecture, layerCache} from './model/architecture.ts';

/** Layers of a stage by what they keep of a request. */
export type CacheLayers = {
  /** Keep every token. */
  readonly full: number;
  /** Keep the last tokens. */
  readonly window: number;
  /** Keep a state. */
  readonly linear: number;
  /** Keep keys of an indexer as well. */
  readonly indexed: number;
};

/** How a pool is divided on one GPU. Blocks are those of the layers that keep every token. */
export type CacheLayout = {
  readonly layers: CacheLayers;
  /** Bytes that each further token of a request takes. */
  readonly bytesPerToken: number;
  /** The share of the pool that is for tokens: an engine may divide it beforehand. */
  readonly tokenShare: number;
  /** Blocks of a sliding window for each block of tokens, until the window is full. */
  readonly windowRatio: number;
  /** Blocks of tokens that fill the window. */
  readonly windowBlocks: number;
  /** Blocks that the states of a request take, whatever its length; may be a fraction. */
  readonly stateBlocks: number;
};

/** The layers of a stage by what they keep. */
export function cacheLayers(architecture: Architecture, firstLayer: number, count: number): CacheLayers {
  const kept = {full: 0, window: 0, linear: 0, indexed: 0};
  for (let layer = firstLayer; layer < firstLayer + count; layer += 1) {
    kept[layerCache(architecture, layer)] += 1;
    if (architecture.indexer?.isOnLayer[layer] === true) kept.indexed += 1;
  }
  return kept;
}

/** What a pool on one GPU of a stage is made of. */
export function cacheLayout(
  architecture: Architecture,
  terms: Pick<MemoryTerms, 'placement' | 'kvElementBytes' | 'blockTokens' | 'partialCache' | 'draft'>,
  layers: CacheLayers,
): CacheLayout {
  const {placement, kvElementBytes, blockTokens, partialCache} = terms;
  const perLayer = kvBytesPerLayer(
    architecture,
    placement.attentionRanks,
    kvElementBytes,
    partialCache.indexerElementBytes,
  );
  const full = layers.full + (terms.draft?.kvLayers ?? 0);
  const shared = partialCache.windowShare ?? 0;
  const bytesPerToken = (full + layers.window * shared) * perLayer.everyToken + layers.indexed * perLayer.indexer;
  const plain = {layers, bytesPerToken, tokenShare: 1, windowRatio: 0, windowBlocks: 0, stateBlocks: 0};
  const stateBytes =
    layers.linear * stateBytesPerLayer(architecture, placement.attentionRanks, partialCache.stateElementBytes);
  const ratioOf = (count: number): number => {
    const ratio = full === 0 ? 0 : count / full;
    return partialCache.isPaged && ratio > 1 ? Math.ceil(ratio) : ratio;
  };
  return {
    ...plain,
    tokenShare: layers.linear > 0 ? 1 - partialCache.stateShare : 1,
    ...(partialCache.windowShare === null
      ? {windowRatio: ratioOf(layers.window), windowBlocks: windowBlocks(partialCache.windowTokens, blockTokens)}
      : {}),
    stateBlocks:
      partialCache.stateShare > 0 || layers.linear === 0 || full === 0
        ? 0
        : partialCache.stateCopies *
          (partialCache.isPaged ? ratioOf(layers.linear) : stateBytes / (blockTokens * bytesPerToken)),
  };
}

/** A window begins within a block. */
function windowBlocks(windowTokens: number, blockTokens: number): number {
  return windowTokens === 0 ? 0 : Math.ceil(windowTokens / blockTokens) + 1;
}
