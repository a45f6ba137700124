import {z} from 'zod';

const count = z.int().nonnegative();

/** Multi-head latent attention (DeepSeek V2/V3, Kimi K2): one latent vector and one rotary key per token and layer. */
const latentAttentionSchema = z.strictObject({
  kind: z.literal('mla'),
  heads: count,
  /** Null: queries are not compressed (`q_proj` instead of `q_a_proj` and `q_b_proj`). */
  queryLoraRank: count.nullable(),
  kvLoraRank: count,
  queryKeyNopeHeadSize: count,
  queryKeyRopeHeadSize: count,
  valueHeadSize: count,
});

/** Grouped-query attention; as many KV heads as heads is plain multi-head attention. */
const groupedAttentionSchema = z.strictObject({
  kind: z.literal('gqa'),
  heads: count,
  kvHeads: count,
  headSize: count,
  hasQueryKeyValueBias: z.boolean(),
  hasOutputBias: z.boolean(),
  /** A norm of the head's size for queries and one for keys (Qwen 3). */
  hasQueryKeyNorms: z.boolean(),
  /** Queries are projected together with a gate for the output, of the same size (Qwen 3 Next). */
  hasOutputGate: z.boolean(),
  /** A learned number for each head in addition to its scores (gpt-oss). */
  hasSinks: z.boolean(),
  /** Of values, where they are smaller than keys (MiMo V2). */
  valueHeadSize: count.optional(),
  /** Values are projected with the matrix of the keys (Gemma 4); the cache keeps both. */
  sharesKeysAndValues: z.boolean().optional(),
  /** A number for each head that scales its output (Step 3.5). */
  hasHeadGate: z.boolean().optional(),
});

/** What a layer keeps of a request: every token, only the last ones, a state that does not grow, or nothing. */
const layerCacheSchema = z.enum(['full', 'window', 'linear', 'none']);

/** Layers that are either attention or a feed-forward part, never both (Nemotron-H). */
const layerBlockSchema = z.enum(['attention', 'linear', 'dense', 'experts']);

/** Linear attention: a state for each request instead of keys and values of every token. */
const linearAttentionSchema = z.strictObject({
  /** Gated delta net (Qwen 3 Next), Kimi delta attention or Mamba 2, whose groups count as key heads: they differ in their projections. */
  kind: z.enum(['gated-delta', 'kda', 'mamba2']),
  keyHeads: count,
  valueHeads: count,
  keyHeadSize: count,
  valueHeadSize: count,
  /** Tokens that the short convolution looks at. */
  convolutionTokens: count,
  /** Bytes of one number of the recurrent state. */
  stateElementBytes: z.union([z.literal(2), z.literal(4)]),
});

/** Selects the tokens that latent attention looks at (DeepSeek V3.2, GLM 5), with a small cache of its own. */
const indexerSchema = z.strictObject({
  heads: count,
  headSize: count,
  /** Whether each layer has its own; others use that of an earlier layer. */
  isOnLayer: z.array(z.boolean()),
});

const mixtureSchema = z.strictObject({
  /** Layers before the first mixture-of-experts layer. */
  firstDenseLayers: count,
  /** Every n-th layer from there on has experts. */
  layerStep: count,
  routedExperts: count,
  expertsPerToken: count,
  expertIntermediateSize: count,
  sharedExperts: count,
  /** Of all shared experts together. */
  sharedIntermediateSize: count,
  /** A learned correction for each expert (`e_score_correction_bias`), F32. */
  hasCorrectionBias: z.boolean(),
  /** Biases of experts and router (gpt-oss). */
  hasBiases: z.boolean(),
  /** Routed experts work on a projection of this size instead of the hidden one (Nemotron 3 Super). */
  latentSize: count.optional(),
});

/** The vision tower (MoonViT) and its projector: kept in 16 bit, next to the text tower. */
const visionSchema = z.strictObject({
  layers: count,
  hiddenSize: count,
  intermediateSize: count,
  patchSize: count,
  positionGrid: count,
  /** Patches merged into one, along each side. */
  mergeSize: count,
});

/** The vision tower of Qwen 3 VL and Qwen 3.5, with a merger for its output and one for each of some inner layers. */
const qwenVisionSchema = z.strictObject({
  layers: count,
  hiddenSize: count,
  intermediateSize: count,
  patchSize: count,
  temporalPatchSize: count,
  positions: count,
  mergeSize: count,
  innerMergers: count,
});

/** Any other tower by its parameters: SigLIP of Gemma 3, those of Gemma 4 and Llama 4. */
const plainVisionSchema = z.strictObject({
  hiddenSize: count,
  intermediateSize: count,
  /** Patches of the largest image. */
  patches: count,
  towerParameters: count,
  projectorParameters: count,
});

/** The shapes that decide how many parameters a model has and how large its KV cache is. */
export const architectureSchema = z.strictObject({
  /** Display name. */
  name: z.string().min(1),
  layers: count,
  hiddenSize: count,
  attention: z.discriminatedUnion('kind', [latentAttentionSchema, groupedAttentionSchema]),
  denseIntermediateSize: count,
  /** Null for a dense model. */
  experts: mixtureSchema.nullable(),
  vocabularySize: count,
  /** The output head is the embedding. */
  tiesEmbeddings: z.boolean(),
  maxContextTokens: count,
  vision: z.union([visionSchema, qwenVisionSchema, plainVisionSchema]).nullable(),
  /** What each layer keeps; null: every layer keeps every token. */
  layerCaches: z.array(layerCacheSchema).nullable(),
  /** Tokens that a layer with a sliding window keeps; null if there is none. */
  windowTokens: count.nullable(),
  /** The type of the text tower whose windows these are, as transformers names it (`gpt_oss`): engines treat them differently. */
  windowModel: z.string().min(1).optional(),
  /** The window is the chunk of a fixed length that a token is in (Llama 4), not the tokens before it. */
  isWindowChunk: z.boolean().optional(),
  /** Of the layers with a window, where it differs from that of the others. */
  windowAttention: groupedAttentionSchema.optional(),
  /** What each layer is, where it is one thing only. */
  layerBlocks: z.array(layerBlockSchema).optional(),
  /** Feed-forward layers are two matrices without a gate. */
  hasPlainFeedForward: z.boolean().optional(),
  linearAttention: linearAttentionSchema.nullable(),
  indexer: indexerSchema.nullable(),
  /** Layers that predict further tokens, in the checkpoint after the model's own; loaded on request only. */
  predictionLayers: count,
  /** The table of rotary positions that engines compute when they load; absent where that is unknown. */
  rotaryTable: z.strictObject({positions: count, size: count}).optional(),
});
export type Architecture = z.infer<typeof architectureSchema>;
export type LatentAttention = z.infer<typeof latentAttentionSchema>;
export type GroupedAttention = z.infer<typeof groupedAttentionSchema>;
export type LayerCache = z.infer<typeof layerCacheSchema>;
export type LinearAttention = z.infer<typeof linearAttentionSchema>;
export type Indexer = z.infer<typeof indexerSchema>;
export type MixtureOfExperts = z.infer<typeof mixtureSchema>;
export type VisionArchitecture = z.infer<typeof visionSchema>;
export type QwenVisionArchitecture = z.infer<typeof qwenVisionSchema>;
export type PlainVisionArchitecture = z.infer<typeof plainVisionSchema>;

/** True for a layer whose feed-forward part is a mixture of experts. */
export function isExpertLayer({experts, layerBlocks}: Architecture, layer: number): boolean {
  if (layerBlocks !== undefined) return layerBlocks[layer] === 'experts';
  return (
    experts !== null &&
    layer >= experts.firstDenseLayers &&
    (layer - experts.firstDenseLayers) % experts.layerStep === 0
  );
}

/** What a layer keeps of a request. */
export function layerCache({layerCaches}: Architecture, layer: number): LayerCache {
  return layerCaches?.[layer] ?? 'full';
}

/** The attention of a layer that keeps tokens. */
export function layerAttention(architecture: Architecture, layer: number): Architecture['attention'] {
  const {attention, windowAttention} = architecture;
  return layerCache(architecture, layer) === 'window' ? (windowAttention ?? attention) : attention;
}
