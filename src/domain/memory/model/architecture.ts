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
  vision: visionSchema.nullable(),
});
export type Architecture = z.infer<typeof architectureSchema>;
export type LatentAttention = z.infer<typeof latentAttentionSchema>;
export type GroupedAttention = z.infer<typeof groupedAttentionSchema>;
export type MixtureOfExperts = z.infer<typeof mixtureSchema>;
export type VisionArchitecture = z.infer<typeof visionSchema>;

/** True for a layer whose feed-forward part is a mixture of experts. */
export function isExpertLayer({experts}: Architecture, layer: number): boolean {
  return (
    experts !== null &&
    layer >= experts.firstDenseLayers &&
    (layer - experts.firstDenseLayers) % experts.layerStep === 0
  );
}
